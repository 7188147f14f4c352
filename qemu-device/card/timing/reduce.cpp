// SPDX-License-Identifier: MIT
#include "timing/model.hpp"
#include "timing/traffic.hpp"

namespace s4::card::timing {

Cost reduce_cost(const s4_cmd_reduce& c, s4_slice axis, uint64_t begin, uint64_t end) {
  const uint32_t split = axis != S4_SLICE_ALL ? s4_reduce_split(&c) : c.dims;
  uint64_t elements = 1;
  uint64_t results = 1;
  uint64_t x = 1;  // elements that x really has
  for (uint32_t i = 0; i < c.dims; ++i) {
    const uint64_t extent = i == split ? end - begin : c.shape[i];
    elements *= extent;
    results *= (c.reduced >> i) & 1 ? 1 : extent;
    x *= c.x_stride[i] != 0 ? extent : 1;
  }
  const uint64_t each = c.op == S4_REDUCE_SUM_SQUARES ? 2 : 1;
  const uint64_t fold = kFoldOps + (c.op == S4_REDUCE_MEAN ? kDivideOps : 0);
  const uint64_t bytes = dram_bytes(c.x, 1, x * s4_type_bytes(c.x_type)) +
                         dram_bytes(c.y, 1, results * s4_type_bytes(c.y_type));
  return {.fixed = overhead(),
          .vpu = divide_up(elements * each + results * fold, kVpuLanes),
          .memory = memory_cycles(bytes, axis)};
}

}  // namespace s4::card::timing
