// SPDX-License-Identifier: MIT
// The parameters of card time, each with its reason; docs/commands/time.md has the table.
#pragma once

#include <cstdint>

#include "s4/abi/s4_limits.h"

namespace s4::card::timing {

// A core's array: 16 rows x 64 columns, each place 4 INT8 or 2 BF16 entries a clock, which is
// S4_MACS_INT8 and S4_MACS_BF16.
inline constexpr uint64_t kArrayRows = 16;
inline constexpr uint64_t kArrayColumns = 64;
inline constexpr uint64_t kArrayPlaces = kArrayRows * kArrayColumns;
inline constexpr uint64_t kEntriesInt8 = S4_MACS_INT8 / kArrayPlaces;
inline constexpr uint64_t kEntriesBf16 = S4_MACS_BF16 / kArrayPlaces;
static_assert(kEntriesInt8 * kArrayPlaces == S4_MACS_INT8);
static_assert(kEntriesBf16 * kArrayPlaces == S4_MACS_BF16);

// A VPU: a lane for as many multiply-accumulates of INT8 as the greatest degree: what pruning
// leaves of a sum of 1024 products takes the array as long as its result takes the VPU.
inline constexpr uint64_t kVpuLanes = S4_MACS_INT8 / S4_MAX_DEGREE;
// Clocks that it takes for a tile's results.
inline constexpr uint64_t kVpuTileCycles = kArrayPlaces / kVpuLanes;

// Operations of the VPU that are not one a result: an iterative division or square root; the fold of
// sixteen partial sums, 8 + 4 + 2 + 1.
inline constexpr uint64_t kDivideOps = 8;
// exp, log, tanh, sigmoid and erf come from function pipelines, one for every four lanes, which is
// the share that vector processors usually give them.
inline constexpr uint64_t kFunctionOps = 4;
inline constexpr uint64_t kFoldOps = 15;

// DRAM: 72 GB/s at 900 MHz, in bursts of a cache line; a core of a split command has its share.
inline constexpr uint64_t kDramBytesPerCycle =
    S4_DRAM_BYTES_PER_SECOND / (uint64_t{S4_CLOCK_TOP_KHZ} * 1000);
static_assert(kDramBytesPerCycle * S4_CLOCK_TOP_KHZ * 1000 == S4_DRAM_BYTES_PER_SECOND);
static_assert(kDramBytesPerCycle % S4_NUM_CORES == 0);
inline constexpr uint64_t kBurstBytes = 64;

// On-chip memory holds a matrix that is used again; the other half takes what streams.
inline constexpr uint64_t kHeldBytes = S4_SRAM_BYTES / 2;

// Per command: its descriptor's 64 words through the MCU's port and out to the unit, two cycles
// each; the first DRAM access, 100 ns; the array's own depth.
inline constexpr uint64_t kIssueCycles = 128;
inline constexpr uint64_t kLatencyCycles = 90;
inline constexpr uint64_t kFillCycles = kArrayColumns + kArrayRows;

}  // namespace s4::card::timing
