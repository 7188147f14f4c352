// SPDX-License-Identifier: MIT
#include "timing/functions.hpp"
#include "timing/model.hpp"
#include "timing/traffic.hpp"

namespace s4::card::timing {

Cost softmax_cost(const s4_cmd_softmax& c, s4_slice axis, uint64_t begin, uint64_t end) {
  const uint32_t last = c.dims - 1u;
  const uint32_t split = axis != S4_SLICE_ALL ? s4_softmax_split(&c) : last;
  uint64_t rows = 1;
  uint64_t x = c.x_stride[last] != 0 ? c.shape[last] : 1;  // elements that x really has
  for (uint32_t i = 0; i < last; ++i) {
    const uint64_t extent = i == split ? end - begin : c.shape[i];
    rows *= extent;
    x *= c.x_stride[i] != 0 ? extent : 1;
  }
  const uint64_t lengths = split == 0 && last > 0 ? end - begin : c.shape[0];
  const uint64_t elements = rows * c.shape[last];
  // Factor, greatest, difference, sum and the last step; exp. Two folds, and the division or log.
  const uint64_t each = 5 + kFunctionOps;
  const uint64_t row = 2 * kFoldOps + (c.options & S4_SOFTMAX_LOG ? kFunctionOps : kDivideOps);
  const uint64_t bytes = dram_bytes(c.x, 1, x * s4_type_bytes(c.x_type)) +
                         dram_bytes(c.y, 1, elements * s4_type_bytes(c.y_type)) +
                         (c.lengths != 0 ? dram_bytes(c.lengths, 1, lengths * 4) : 0);
  return {.fixed = overhead(),
          .vpu = divide_up(elements * each + rows * row, kVpuLanes),
          .memory = memory_cycles(bytes, axis)};
}

}  // namespace s4::card::timing
