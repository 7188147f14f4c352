// SPDX-License-Identifier: MIT
// What the costs of all commands are made of: traffic, and the cycles that it takes.
#pragma once

#include <cstdint>

#include "s4/abi/s4_check.h"
#include "timing/parameters.hpp"

namespace s4::card::timing {

constexpr uint64_t divide_up(uint64_t a, uint64_t b) { return (a + b - 1) / b; }

// DRAM traffic of `rows` runs of `bytes` at `va`; on-chip memory has none.
constexpr uint64_t dram_bytes(uint64_t va, uint64_t rows, uint64_t bytes) {
  return va >= S4_SRAM_VA ? 0 : rows * divide_up(bytes, kBurstBytes) * kBurstBytes;
}

// A core of a split command has its share of the bandwidth.
constexpr uint64_t memory_cycles(uint64_t bytes, s4_slice axis) {
  const uint64_t rate =
      axis == S4_SLICE_ALL ? kDramBytesPerCycle : kDramBytesPerCycle / S4_NUM_CORES;
  return divide_up(bytes, rate);
}

constexpr uint64_t overhead() { return kIssueCycles + kLatencyCycles; }

}  // namespace s4::card::timing
