// SPDX-License-Identifier: MIT
// What a command costs the modelled card, by part. The parts but `fixed` overlap, so that the greatest
// counts; which one that is, is what bounds the command.
#pragma once

#include <algorithm>
#include <cstdint>

namespace s4::card::timing {

// Cycles at the top clock.
struct Cost {
  uint64_t fixed = 0;   // issue, first access, the array's depth
  uint64_t array = 0;   // multiply-accumulates, and the expansion of their indices
  uint64_t vpu = 0;     // the vector unit; of matrix commands its epilogue
  uint64_t memory = 0;  // DRAM traffic, or the DMA unit's bursts

  constexpr uint64_t total() const { return fixed + std::max({array, vpu, memory}); }
};

}  // namespace s4::card::timing
