// SPDX-License-Identifier: MIT
// Where the tensors of a network stand: in on-chip memory as long as there is room, else in DRAM.
// Two tensors may share a place when they are never needed at the same time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/network.hpp"

namespace s4::bench {

// A tensor's size, and the first and last layer that need it.
struct Lifetime {
  uint64_t bytes;
  size_t first;
  size_t last;
  bool in_dram;  // whatever room there is
};

struct Spot {
  bool on_chip;
  uint64_t offset;  // in on-chip memory or in the block of DRAM
};

struct Placement {
  std::vector<Spot> spots;  // one a tensor
  uint64_t chip_bytes = 0;  // used at most
  uint64_t dram_bytes = 0;
};

inline constexpr uint64_t kPlaceAlign = 64;  // a burst

// Lifetimes of the tensors of `network`, in their order.
std::vector<Lifetime> lifetimes(const Network& network);

// The largest first, each at the lowest offset that is free over its whole life. One that finds no
// room in `chip_capacity` bytes goes to DRAM and leaves the room to smaller ones.
Placement place(std::span<const Lifetime> tensors, uint64_t chip_capacity);

}  // namespace s4::bench
