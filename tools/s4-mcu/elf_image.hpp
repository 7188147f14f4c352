// SPDX-License-Identifier: MIT
// A bare-metal RISC-V program as the linker left it. Every offset in the file is checked: any bytes
// at all are safe to parse.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace s4::mcu_tool {

struct Segment {
  uint32_t load_address = 0;       // p_paddr, where `bytes` go
  uint32_t run_address = 0;        // p_vaddr; start-up code may copy it there
  uint32_t size = 0;               // in memory; what `bytes` do not fill is zero
  std::span<const uint8_t> bytes;  // into the file
};

struct Symbol {
  uint32_t address = 0;
  std::string_view name;  // into the file
  bool absolute = false;  // a number rather than a place
};

struct ElfImage {
  uint32_t entry = 0;
  std::vector<Segment> segments;
  std::vector<Symbol> symbols;  // by address

  std::optional<uint32_t> find(std::string_view name) const;
  // "name+0x12", or an empty string when no symbol stands before `address`.
  std::string describe(uint32_t address) const;
};

// `file` must outlive the image. The error is a sentence for the user.
tl::expected<ElfImage, std::string> parse_elf(std::span<const uint8_t> file);

}  // namespace s4::mcu_tool
