// SPDX-License-Identifier: MIT
// s4-mcu: runs a bare-metal program on the core of the card's MCU. See docs/s4-mcu.md.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include "machine.hpp"
#include "signature.hpp"
#include "trace.hpp"

namespace {

using namespace s4::mcu_tool;

constexpr int kStatusInstructions = 124, kStatusError = 125, kStatusCrash = 126,
              kStatusAsleep = 127;
constexpr uint32_t kMaxExitCode = 255;  // a larger code must not wrap to success
constexpr size_t kMaxFile = size_t{256} << 20;

struct Options {
  std::string file, signature;
  std::vector<std::string> ram;
  uint64_t max_instructions = UINT64_MAX;
  unsigned granularity = 4;
  bool trace = false, statistics = false;
};

tl::unexpected<std::string> failure(std::string text) {
  return tl::make_unexpected(text);
}

tl::expected<std::vector<uint8_t>, std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return failure(std::strerror(errno));
  }
  std::vector<uint8_t> bytes;
  std::vector<char> piece(1 << 16);
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0) {
    bytes.insert(bytes.end(), piece.data(), piece.data() + in.gcount());
    if (bytes.size() > kMaxFile) {
      return failure("larger than 256 MiB");
    }
  }
  if (in.bad()) {
    return failure("cannot be read");
  }
  return bytes;
}

bool parse_number(const std::string& text, uint64_t& value) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  const char* const begin = text.data() + (hex ? 2 : 0);
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, value, hex ? 16 : 10);
  return error == std::errc{} && stop == end;
}

tl::expected<AddressRange, std::string> parse_range(const std::string& text) {
  const size_t colon = text.find(':');
  uint64_t base = 0, size = 0;
  if (colon == std::string::npos || !parse_number(text.substr(0, colon), base) ||
      !parse_number(text.substr(colon + 1), size) || size == 0 || base >= uint64_t{1} << 32 ||
      size > (uint64_t{1} << 32) - base) {
    return failure(fmt::format("--ram {}: want BASE:SIZE, bytes within 4 GiB", text));
  }
  return AddressRange{static_cast<uint32_t>(base), size};
}

tl::expected<void, std::string> write_signature(const Options& options, const ElfImage& image,
                                                const Memory& memory) {
  const auto begin = image.find("begin_signature"), end = image.find("end_signature");
  if (!begin || !end || *end < *begin) {
    return failure("--signature: the program has no begin_signature and end_signature");
  }
  const uint8_t* const data = memory.at(*begin, *end - *begin);
  if (data == nullptr) {
    return failure("--signature: begin_signature to end_signature is not memory");
  }
  const std::string text = format_signature({data, *end - *begin}, options.granularity);
  std::ofstream out(options.signature, std::ios::binary);
  if (!(out << text) || !out.flush()) {
    return failure(fmt::format("--signature: {}: {}", options.signature, std::strerror(errno)));
  }
  return {};
}

// What became of the program, for the user and for the exit status.
int report(const Options& options, const ElfImage& image, const Machine& machine,
           const Outcome& outcome) {
  const auto& core = machine.core();
  const auto place = [&image](uint32_t address) {
    const std::string name = image.describe(address);
    return name.empty() ? fmt::format("{:#010x}", address)
                        : fmt::format("{:#010x} ({})", address, name);
  };
  switch (outcome.ending) {
    case Ending::kExit:
      return static_cast<int>(std::min(outcome.exit_code, kMaxExitCode));
    case Ending::kInstructions:
      fmt::print(stderr, "s4-mcu: stopped after {} instructions, at {}\n", options.max_instructions,
                 place(core.pc()));
      return kStatusInstructions;
    case Ending::kCrashed:
      fmt::print(stderr,
                 "s4-mcu: crashed: {} at {}, value {:#x}, and no trap handler at {:#010x}\n",
                 cause_name(core.crash()->cause), place(core.crash()->epc), core.crash()->tval,
                 core.crash()->handler);
      return kStatusCrash;
    case Ending::kAsleep:
      fmt::print(stderr, "s4-mcu: asleep for ever: WFI before {} with no interrupt to come\n",
                 place(core.pc()));
      return kStatusAsleep;
  }
  return kStatusError;
}

tl::expected<int, std::string> execute(const Options& options) {
  const auto file = read_file(options.file);
  if (!file) {
    return failure(fmt::format("{}: {}", options.file, file.error()));
  }
  const auto image = parse_elf(*file);
  if (!image) {
    return failure(fmt::format("{}: {}", options.file, image.error()));
  }
  std::vector<AddressRange> ram;
  for (const std::string& text : options.ram) {
    const auto range = parse_range(text);
    if (!range) {
      return tl::make_unexpected(range.error());
    }
    ram.push_back(*range);
  }
  const auto print = [](int descriptor, std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), descriptor == 2 ? stderr : stdout);
  };
  const auto machine = Machine::build(*image, ram, print);
  if (!machine) {
    return failure(fmt::format("{}: {}", options.file, machine.error()));
  }
  Trace trace((*machine)->memory(), *image, stderr);
  const std::clock_t start = std::clock();
  const Outcome outcome =
      (*machine)->run(options.max_instructions, options.trace ? &trace : nullptr);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  std::fflush(stdout);
  const int status = report(options, *image, **machine, outcome);
  if (options.statistics) {
    const auto executed = static_cast<double>((*machine)->core().executed());
    fmt::print(stderr,
               "s4-mcu: {} instructions in {:.3f} s of processor time, {:.1f} million a second\n",
               (*machine)->core().executed(), seconds, executed / seconds / 1e6);
  }
  if (!options.signature.empty()) {
    if (const auto written = write_signature(options, *image, (*machine)->memory()); !written) {
      return tl::make_unexpected(written.error());
    }
  }
  return status;
}

int run_tool(int argc, char** argv) {
  Options options;
  CLI::App app{
      "Runs a bare-metal RISC-V program (RV32IMC, machine mode) on the core of the S4's MCU."};
  app.footer(
      "The program ends by writing (code << 1) | 1 to its symbol tohost; s4-mcu exits with code\n"
      "(with 255 when it is more). Otherwise: 124 --max-instructions reached, 125 s4-mcu could "
      "not\n"
      "run it, 126 trap without a handler, 127 asleep (WFI) with no interrupt to come.\n"
      "RAM is around the program's segments, with 1 MiB after the last, and where --ram says.\n"
      "mtime, mtimecmp and msip are at 0x0200bff8, 0x02004000 and 0x02000000.");
  app.add_option("FILE", options.file, "ELF file, linked to fixed addresses")->required();
  app.add_flag("--trace", options.trace,
               "Print every instruction, what it wrote and every trap to standard error");
  app.add_option("--max-instructions", options.max_instructions, "Stop after N instructions")
      ->type_name("N");
  app.add_option("--signature", options.signature,
                 "When the program ends, write memory from begin_signature to end_signature")
      ->type_name("FILE");
  app.add_option("--signature-granularity", options.granularity, "Bytes a line of the signature")
      ->type_name("BYTES")
      ->check(CLI::IsMember({1, 2, 4, 8, 16}))
      ->capture_default_str();
  app.add_option("--ram", options.ram, "More RAM (numbers may be hexadecimal); may be repeated")
      ->type_name("BASE:SIZE")
      ->allow_extra_args(false);
  app.add_flag("--stats", options.statistics, "Print the instruction count and speed at the end");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kStatusError;
  }
  // Whole lines of the trace at a time: it is long.
  std::vector<char> buffer(1 << 16);
  if (options.trace) {
    std::setvbuf(stderr, buffer.data(), _IOFBF, buffer.size());
  }
  const auto status = execute(options);
  if (!status) {
    fmt::print(stderr, "s4-mcu: {}\n", status.error());
  }
  std::fflush(stdout);
  std::fflush(stderr);
  std::setvbuf(stderr, nullptr, _IONBF, 0);  // the buffer ends here
  return status ? *status : kStatusError;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run_tool(argc, argv);
  } catch (const std::exception& error) {  // no memory, mostly
    std::fprintf(stderr, "s4-mcu: %s\n", error.what());
    return kStatusError;
  }
}
