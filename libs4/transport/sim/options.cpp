// SPDX-License-Identifier: MIT
#include "transport/sim/options.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "s4/abi/s4_mmu.h"
#include "s4/abi/s4_regs.h"

namespace s4::sim {
namespace {

// "4096", "512M", "2G".
std::optional<uint64_t> parse_bytes(std::string_view text) {
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest == text.data())
    return std::nullopt;
  int shift = 0;
  if (rest != end) {
    if (end - rest != 1)
      return std::nullopt;
    switch (*rest) {
      case 'K':
        shift = 10;
        break;
      case 'M':
        shift = 20;
        break;
      case 'G':
        shift = 30;
        break;
      default:
        return std::nullopt;
    }
  }
  if (value > (UINT64_MAX >> shift))
    return std::nullopt;
  return value << shift;
}

std::optional<uint64_t> parse_number(std::string_view text, uint64_t most) {
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end || value > most)
    return std::nullopt;
  return value;
}

Error wrong(std::string_view key, std::string_view value, std::string_view want) {
  return Error{Code::kInvalidArgument, 0, "sim", "open",
               fmt::format("\"{}={}\": give {}", key, value, want)};
}

Result<void> set(Options& options, std::string_view key, std::string_view value) {
  if (key == "memory" || key == "aperture") {
    const auto bytes = parse_bytes(value);
    if (!bytes || *bytes == 0 || *bytes % S4_LARGE_SIZE != 0) {
      return wrong(key, value, "a multiple of 2M, such as 512M or 4G");
    }
    (key == "memory" ? options.memory : options.aperture) = *bytes;
  } else if (key == "threads") {
    const auto number = parse_number(value, 1024);
    if (!number || *number == 0)
      return wrong(key, value, "a number from 1 to 1024");
    options.threads = static_cast<unsigned>(*number);
  } else if (key == "faults" || key == "unsigned") {
    const auto number = parse_number(value, 1);
    if (!number)
      return wrong(key, value, "0 or 1");
    (key == "faults" ? options.faults : options.unsigned_firmware) = *number == 1;
  } else if (key == "hang-ms") {
    const auto number = parse_number(value, 3600 * 1000);
    if (!number || *number < 10)
      return wrong(key, value, "milliseconds, 10 or more");
    options.hang = std::chrono::milliseconds(*number);
  } else if (key == "serial") {
    if (value.empty() || value.size() >= S4_SERIAL_BYTES) {
      return wrong(key, value, "1 to 31 characters");
    }
    options.serial = value;
  } else if (key == "firmware") {
    if (value.empty())
      return wrong(key, value, "the path of a firmware image");
    options.firmware = value;
  } else {
    return Error{Code::kInvalidArgument, 0, "sim", "open",
                 fmt::format("the simulated card has no option \"{}\"; there are memory, "
                             "aperture, threads, faults, unsigned, hang-ms, serial and firmware",
                             key)};
  }
  return {};
}

}  // namespace

bool names_sim(std::string_view name) {
  return name == "sim" || name.substr(0, 4) == "sim:";
}

Result<Options> parse_options(std::string_view name) {
  Options options;
  std::string_view rest = name.size() > 4 ? name.substr(4) : std::string_view();
  if (rest == "0")
    rest = {};  // "sim:0" is its bus id
  while (!rest.empty()) {
    const size_t comma = rest.find(',');
    const std::string_view item = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    const size_t equals = item.find('=');
    const std::string_view key = item.substr(0, equals);
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : item.substr(equals + 1);
    if (auto done = set(options, key, value); !done)
      return std::move(done).error();
  }
  return options;
}

}  // namespace s4::sim
