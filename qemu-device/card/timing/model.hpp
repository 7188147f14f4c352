// SPDX-License-Identifier: MIT
// Card time: what a command costs the modelled card, in cycles at the top clock. A pure function of
// the command and its slice; docs/commands.md, "Card time", gives the formulas and the reason of
// every parameter.
#pragma once

#include <cstdint>

#include "s4/abi/s4_mcu.h"

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

// A VPU: one row of the array's columns a clock, so that it takes results as they come.
inline constexpr uint64_t kVpuLanes = kArrayColumns;

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

uint64_t copy_cycles(const s4_cmd_copy& command);
uint64_t fill_cycles(const s4_cmd_fill& command);
// [begin, end) of the axis; S4_SLICE_ALL ignores it.
uint64_t spmm_cycles(const s4_cmd& command, s4_slice axis, uint64_t begin, uint64_t end);
uint64_t eltwise_cycles(const s4_cmd_eltwise& command, s4_slice axis, uint64_t begin,
                        uint64_t end);

}  // namespace s4::card::timing
