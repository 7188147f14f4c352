// SPDX-License-Identifier: MIT
// Memory planning: blocks share an arena; two that are needed at the same time never overlap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace s4::compiler {

// A block's size, and the first and last command that need it. first > last: nobody does.
struct Lifetime {
  uint64_t bytes = 0;
  size_t first = 1;
  size_t last = 0;
};

struct Arena {
  std::vector<uint64_t> offsets;  // one a block, multiples of kPlaceAlign
  uint64_t bytes = 0;
};

inline constexpr uint64_t kPlaceAlign = 64;  // a burst of DRAM

// The largest first, each at the lowest offset that is free over its whole life.
Arena place(std::span<const Lifetime> blocks);

// No plan can do with less: the largest sum of blocks that are alive at one command.
uint64_t lower_bound(std::span<const Lifetime> blocks);

}  // namespace s4::compiler
