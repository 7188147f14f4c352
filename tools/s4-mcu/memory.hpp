// SPDX-License-Identifier: MIT
// The program's RAM: zeroed pages of the host, which cost nothing until they are written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "elf_image.hpp"
#include "mcu/bus.hpp"

namespace s4::mcu_tool {

struct AddressRange {
  uint32_t base = 0;
  uint64_t size = 0;  // base + size <= 2^32

  bool overlaps(uint32_t other, uint64_t other_size) const {
    return other < base + size && base < other + other_size;
  }
};

class Memory {
 public:
  static constexpr uint32_t kPage = 4096;
  static constexpr uint64_t kExtra = 1u << 20;  // after the highest segment, for stack and heap

  // RAM around the image's segments and for `extra`, with the segments in it.
  static tl::expected<Memory, std::string> build(const ElfImage& image,
                                                 std::span<const AddressRange> extra);

  // The bytes at [address, address + size), or null when they are not all in one block of RAM.
  uint8_t* at(uint32_t address, uint64_t size) const;

  // Puts all of it on the bus, but for `hole` (the host's mailbox), which may be empty.
  tl::expected<void, std::string> attach(card::mcu::Bus& bus, const AddressRange& hole) const;

 private:
  struct Unmap {
    size_t size = 0;
    void operator()(uint8_t* data) const;
  };
  struct Block {
    AddressRange range;
    std::unique_ptr<uint8_t, Unmap> data;
  };
  std::vector<Block> blocks_;
};

}  // namespace s4::mcu_tool
