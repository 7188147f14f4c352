// SPDX-License-Identifier: MIT
#include "timing/model.hpp"
#include "timing/traffic.hpp"

namespace s4::card::timing {

Cost norm_cost(const s4_cmd_norm& c, s4_slice axis, uint64_t begin, uint64_t end) {
  uint64_t extent[3] = {c.shape[0], c.shape[1], c.shape[2]};
  uint64_t groups = c.groups;
  if (axis != S4_SLICE_ALL) {
    const s4_norm_part part = s4_norm_split(&c);
    if (part == S4_NORM_GROUPS) {
      groups = end - begin;
      extent[2] = c.shape[2] / c.groups * groups;
    } else {
      extent[part] = end - begin;
    }
  }
  const uint64_t elements = extent[0] * extent[1] * extent[2];
  const uint64_t blocks = extent[0] * groups * (c.kind == S4_NORM_GROUP ? 1 : extent[1]);
  // A sum, the difference, its square and their sum, and the difference and a product at last;
  // without a mean a square, its sum, and a product.
  const bool rms = c.kind == S4_NORM_RMS;
  const uint64_t each = (rms ? 3 : 6) + (c.residual != 0) + (c.gamma != 0) + (c.beta != 0);
  // Each sum is folded and divided. Epsilon, the root and its reciprocal.
  const uint64_t block = (rms ? 1 : 2) * (kFoldOps + kDivideOps) + 1 + 2 * kDivideOps;
  const auto bytes = [&](uint64_t va, const uint32_t* stride, uint8_t type) {
    uint64_t there = 1;  // what is repeated is read once
    for (int i = 0; i < 3; ++i) {
      there *= stride[i] != 0 ? extent[i] : 1;
    }
    return dram_bytes(va, 1, there * s4_type_bytes(type));
  };
  uint64_t traffic = bytes(c.x, c.x_stride, c.x_type) + bytes(c.y, c.y_stride, c.y_type);
  if (c.residual != 0) {
    traffic += bytes(c.residual, c.residual_stride, c.residual_type);
  }
  for (const uint64_t va : {c.gamma, c.beta}) {
    traffic += va != 0 ? dram_bytes(va, 1, extent[2] * 4) : 0;
  }
  return {.fixed = overhead(),
          .vpu = divide_up(elements * each + blocks * block, kVpuLanes),
          .memory = memory_cycles(traffic, axis)};
}

}  // namespace s4::card::timing
