// SPDX-License-Identifier: MIT
#include <algorithm>

#include "timing/model.hpp"
#include "timing/traffic.hpp"

namespace s4::card::timing {

Cost copy_cost(const s4_cmd_copy& c) {
  const uint64_t bytes =
      dram_bytes(c.src, c.rows, c.row_bytes) + dram_bytes(c.dst, c.rows, c.row_bytes);
  // On-chip to on-chip moves a burst a clock.
  const uint64_t bursts = c.rows * divide_up(c.row_bytes, kBurstBytes);
  return {.fixed = overhead(), .memory = std::max(memory_cycles(bytes, S4_SLICE_ALL), bursts)};
}

Cost fill_cost(const s4_cmd_fill& c) {
  const uint64_t bursts = divide_up(c.bytes, kBurstBytes);
  const uint64_t traffic = memory_cycles(dram_bytes(c.dst, 1, c.bytes), S4_SLICE_ALL);
  return {.fixed = overhead(), .memory = std::max(traffic, bursts)};
}

}  // namespace s4::card::timing
