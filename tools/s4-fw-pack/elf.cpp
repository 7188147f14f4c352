// SPDX-License-Identifier: MIT
#include "s4-fw-pack/elf.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "s4/abi/s4_mcu.h"

namespace s4::fwpack {
namespace {

constexpr uint64_t kRamEnd = uint64_t{S4_MCU_RAM} + S4_MCU_RAM_BYTES;

Result<Elf32_Ehdr> read_header(const Bytes& file) {
  Elf32_Ehdr header;
  if (file.size() < sizeof(header))
    return failure("not an ELF file: too short");
  std::memcpy(&header, file.data(), sizeof(header));
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
    return failure("not an ELF file");
  if (header.e_ident[EI_CLASS] != ELFCLASS32 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
      header.e_machine != EM_RISCV || header.e_type != ET_EXEC) {
    return failure(
        "not a 32-bit little-endian RISC-V executable: build it with the firmware's flags");
  }
  if (header.e_phentsize != sizeof(Elf32_Phdr))
    return failure("odd size of program headers");
  return header;
}

Result<std::vector<Elf32_Phdr>> read_segments(const Bytes& file, const Elf32_Ehdr& header) {
  std::vector<Elf32_Phdr> segments;
  for (uint32_t i = 0; i < header.e_phnum; i++) {
    const uint64_t at = header.e_phoff + uint64_t{i} * sizeof(Elf32_Phdr);
    if (at + sizeof(Elf32_Phdr) > file.size())
      return failure("the program headers are cut off");
    Elf32_Phdr segment;
    std::memcpy(&segment, file.data() + at, sizeof(segment));
    if (segment.p_type != PT_LOAD || segment.p_memsz == 0)
      continue;
    const uint64_t end = uint64_t{segment.p_paddr} + segment.p_memsz;
    if (segment.p_paddr < S4_MCU_RAM || end > kRamEnd) {
      return failure(fmt::format("a segment at {:#x} of {:#x} bytes leaves MCU RAM",
                                 segment.p_paddr, segment.p_memsz));
    }
    if (segment.p_filesz > segment.p_memsz ||
        uint64_t{segment.p_offset} + segment.p_filesz > file.size()) {
      return failure(fmt::format("the segment at {:#x} is cut off", segment.p_paddr));
    }
    if (segment.p_filesz != 0)
      segments.push_back(segment);
  }
  if (segments.empty())
    return failure("no loadable segment");
  std::sort(segments.begin(), segments.end(),
            [](const auto& a, const auto& b) { return a.p_paddr < b.p_paddr; });
  return segments;
}

}  // namespace

Result<Payload> flatten_elf(const Bytes& file) {
  const auto header = read_header(file);
  if (!header)
    return failure(header.error());
  const auto segments = read_segments(file, *header);
  if (!segments)
    return failure(segments.error());

  Payload payload;
  payload.load_addr = segments->front().p_paddr;
  payload.entry = header->e_entry;
  if (payload.load_addr % 4 != 0)
    return failure("the first segment is not 4-byte aligned");
  for (const Elf32_Phdr& segment : *segments) {
    const size_t at = segment.p_paddr - payload.load_addr;
    if (at < payload.data.size())
      return failure("segments overlap");
    payload.data.resize(at + segment.p_filesz);
    std::memcpy(payload.data.data() + at, file.data() + segment.p_offset, segment.p_filesz);
  }
  payload.data.resize((payload.data.size() + 3) & ~size_t{3});
  if (payload.entry < payload.load_addr ||
      payload.entry - payload.load_addr >= payload.data.size() || payload.entry % 2 != 0) {
    return failure(fmt::format("entry {:#x} is outside the payload", payload.entry));
  }
  return payload;
}

}  // namespace s4::fwpack
