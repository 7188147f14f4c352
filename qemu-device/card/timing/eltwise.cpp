// SPDX-License-Identifier: MIT
#include "timing/model.hpp"
#include "timing/traffic.hpp"

namespace s4::card::timing {

Cost eltwise_cost(const s4_cmd_eltwise& c, s4_slice axis, uint64_t begin, uint64_t end) {
  const uint64_t size = s4_type_bytes(c.type);
  uint64_t elements = 1;
  uint64_t a = 1;  // elements that an operand really has: broadcasting reads none again
  uint64_t b = 1;
  bool split = axis != S4_SLICE_ALL;
  for (uint32_t i = 0; i < c.dims; ++i) {
    uint64_t extent = c.shape[i];
    if (split && extent > 1) {
      extent = end - begin;
      split = false;
    }
    elements *= extent;
    a *= c.a_stride[i] != 0 ? extent : 1;
    b *= c.b_stride[i] != 0 ? extent : 1;
  }
  const uint64_t bytes = dram_bytes(c.a, 1, a * size) + dram_bytes(c.b, 1, b * size) +
                         dram_bytes(c.y, 1, elements * size);
  return {.fixed = overhead(),
          .vpu = divide_up(elements, kVpuLanes),
          .memory = memory_cycles(bytes, axis)};
}

}  // namespace s4::card::timing
