// SPDX-License-Identifier: MIT
#include "elf_image.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace s4::mcu_tool {
namespace {

template <typename... Args>
tl::unexpected<std::string> failure(fmt::format_string<Args...> text, Args&&... args) {
  return tl::make_unexpected(fmt::format(text, std::forward<Args>(args)...));
}

using Bytes = std::span<const uint8_t>;

// `size` bytes at `offset`, when the file has them.
std::optional<Bytes> slice(Bytes file, uint64_t offset, uint64_t size) {
  if (offset > file.size() || size > file.size() - offset) {
    return std::nullopt;
  }
  return file.subspan(offset, size);
}

template <typename T>
T read_at(Bytes bytes, size_t index) {
  T out;
  std::memcpy(&out, bytes.data() + index * sizeof(T), sizeof(T));
  return out;
}

tl::expected<Elf32_Ehdr, std::string> parse_header(Bytes file) {
  const auto bytes = slice(file, 0, sizeof(Elf32_Ehdr));
  if (!bytes || std::memcmp(bytes->data(), ELFMAG, SELFMAG) != 0) {
    return failure("not an ELF file");
  }
  const auto header = read_at<Elf32_Ehdr>(*bytes, 0);
  if (header.e_ident[EI_CLASS] != ELFCLASS32 || header.e_ident[EI_DATA] != ELFDATA2LSB) {
    return failure("not a 32-bit little-endian ELF file");
  }
  if (header.e_machine != EM_RISCV) {
    return failure("not a RISC-V program (machine {}, want {})", header.e_machine, EM_RISCV);
  }
  if (header.e_type != ET_EXEC) {
    return failure("not a linked, fixed-address program (type {}, want {}): link it with -no-pie",
                   header.e_type, ET_EXEC);
  }
  return header;
}

tl::expected<std::vector<Segment>, std::string> parse_segments(Bytes file,
                                                               const Elf32_Ehdr& header) {
  if (header.e_phnum != 0 && header.e_phentsize != sizeof(Elf32_Phdr)) {
    return failure("program headers of {} bytes, want {}", header.e_phentsize, sizeof(Elf32_Phdr));
  }
  const auto table = slice(file, header.e_phoff, uint64_t{header.e_phnum} * sizeof(Elf32_Phdr));
  if (!table) {
    return failure("the program headers lie outside the file");
  }
  std::vector<Segment> segments;
  for (size_t i = 0; i < header.e_phnum; ++i) {
    const auto entry = read_at<Elf32_Phdr>(*table, i);
    if (entry.p_type != PT_LOAD || entry.p_memsz == 0) {
      continue;
    }
    if (entry.p_filesz > entry.p_memsz) {
      return failure("segment {} has more bytes in the file than in memory", i);
    }
    const auto bytes = slice(file, entry.p_offset, entry.p_filesz);
    if (!bytes) {
      return failure("segment {} lies outside the file", i);
    }
    const uint64_t limit = uint64_t{1} << 32;
    if (uint64_t{entry.p_paddr} + entry.p_memsz > limit ||
        uint64_t{entry.p_vaddr} + entry.p_memsz > limit) {
      return failure("segment {} goes past the end of the address space", i);
    }
    segments.push_back({entry.p_paddr, entry.p_vaddr, entry.p_memsz, *bytes});
  }
  if (segments.empty()) {
    return failure("no segment to load");
  }
  std::vector<Segment> sorted = segments;
  std::ranges::sort(sorted, {}, &Segment::load_address);
  for (size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i].load_address - sorted[i - 1].load_address < sorted[i - 1].size) {
      return failure("two segments overlap at {:#x}", sorted[i].load_address);
    }
  }
  return segments;
}

tl::expected<std::vector<Symbol>, std::string> parse_symbols(Bytes file, const Elf32_Ehdr& header) {
  std::vector<Symbol> symbols;
  if (header.e_shnum == 0) {
    return symbols;
  }
  if (header.e_shentsize != sizeof(Elf32_Shdr)) {
    return failure("section headers of {} bytes, want {}", header.e_shentsize, sizeof(Elf32_Shdr));
  }
  const auto table = slice(file, header.e_shoff, uint64_t{header.e_shnum} * sizeof(Elf32_Shdr));
  if (!table) {
    return failure("the section headers lie outside the file");
  }
  for (size_t i = 0; i < header.e_shnum; ++i) {
    const auto section = read_at<Elf32_Shdr>(*table, i);
    if (section.sh_type != SHT_SYMTAB) {
      continue;
    }
    if (section.sh_entsize != sizeof(Elf32_Sym) || section.sh_link >= header.e_shnum) {
      return failure("the symbol table (section {}) is malformed", i);
    }
    const auto strings = read_at<Elf32_Shdr>(*table, section.sh_link);
    const auto entries = slice(file, section.sh_offset, section.sh_size);
    const auto names = slice(file, strings.sh_offset, strings.sh_size);
    if (!entries || !names || strings.sh_type != SHT_STRTAB) {
      return failure("the symbol table (section {}) lies outside the file", i);
    }
    for (size_t s = 0; s < entries->size() / sizeof(Elf32_Sym); ++s) {
      const auto symbol = read_at<Elf32_Sym>(*entries, s);
      const unsigned type = ELF32_ST_TYPE(symbol.st_info);
      if (symbol.st_shndx == SHN_UNDEF ||
          (type != STT_NOTYPE && type != STT_OBJECT && type != STT_FUNC)) {
        continue;
      }
      if (symbol.st_name >= names->size()) {
        return failure("symbol {} has its name outside the string table", s);
      }
      const auto* text = reinterpret_cast<const char*>(names->data()) + symbol.st_name;
      const std::string_view name(text, strnlen(text, names->size() - symbol.st_name));
      if (!name.empty()) {
        symbols.push_back({symbol.st_value, name, symbol.st_shndx == SHN_ABS});
      }
    }
    break;  // an ELF file has one
  }
  std::ranges::stable_sort(symbols, {}, &Symbol::address);
  return symbols;
}

bool holds(const ElfImage& image, uint32_t address) {
  return std::ranges::any_of(image.segments, [address](const Segment& segment) {
    return address - segment.load_address < segment.size ||
           address - segment.run_address < segment.size;
  });
}

}  // namespace

std::optional<uint32_t> ElfImage::find(std::string_view name) const {
  const auto found = std::ranges::find(symbols, name, &Symbol::name);
  return found == symbols.end() ? std::nullopt : std::optional(found->address);
}

std::string ElfImage::describe(uint32_t address) const {
  auto after = std::ranges::upper_bound(symbols, address, {}, &Symbol::address);
  // Mapping symbols ($x, $d) and the assembler's own labels say nothing to a person.
  while (after != symbols.begin()) {
    --after;
    if (!after->absolute && after->name[0] != '$' && !after->name.starts_with(".L")) {
      return after->address == address
                 ? std::string(after->name)
                 : fmt::format("{}+{:#x}", after->name, address - after->address);
    }
  }
  return {};
}

tl::expected<ElfImage, std::string> parse_elf(std::span<const uint8_t> file) {
  ElfImage image;
  const auto header = parse_header(file);
  if (!header) {
    return tl::make_unexpected(header.error());
  }
  auto segments = parse_segments(file, *header);
  if (!segments) {
    return tl::make_unexpected(segments.error());
  }
  auto symbols = parse_symbols(file, *header);
  if (!symbols) {
    return tl::make_unexpected(symbols.error());
  }
  image.entry = header->e_entry;
  image.segments = std::move(*segments);
  image.symbols = std::move(*symbols);
  if (!holds(image, image.entry) || image.entry % 2 != 0) {
    return failure("the entry point {:#x} is not in a segment", image.entry);
  }
  return image;
}

}  // namespace s4::mcu_tool
