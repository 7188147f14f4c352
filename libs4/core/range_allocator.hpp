// SPDX-License-Identifier: MIT
// First-fit allocation of address ranges: device addresses in libs4, card memory and DMA addresses
// in the simulated kernel. Holds addresses only. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace s4::core {

class RangeAllocator {
 public:
  RangeAllocator(uint64_t begin, uint64_t end) {
    if (begin < end)
      free_[begin] = end;
  }

  // The lowest free range of `bytes` at a multiple of `align` (a power of two) within
  // [low, high), or nothing.
  std::optional<uint64_t> allocate(uint64_t bytes, uint64_t align, uint64_t low = 0,
                                   uint64_t high = UINT64_MAX);
  // The highest one.
  std::optional<uint64_t> allocate_high(uint64_t bytes, uint64_t align);
  void release(uint64_t begin, uint64_t bytes);

  // Bytes free, and in the largest free range, of [low, high).
  uint64_t free_bytes(uint64_t low = 0, uint64_t high = UINT64_MAX) const;
  uint64_t largest_free(uint64_t low = 0, uint64_t high = UINT64_MAX) const;

 private:
  void take(std::map<uint64_t, uint64_t>::iterator range, uint64_t begin, uint64_t end);
  std::map<uint64_t, uint64_t> free_;  // begin to end; ranges neither touch nor overlap
};

}  // namespace s4::core
