// SPDX-License-Identifier: MIT
#include <algorithm>

#include "timing/model.hpp"
#include "timing/traffic.hpp"

namespace s4::card::timing {
namespace {

// Runs of elements that follow each other, and how long each is. What is repeated is read once.
struct Runs {
  uint64_t count = 1;
  uint64_t length = 1;

  Runs(const uint32_t* extent, const uint32_t* stride, uint32_t dims) {
    for (uint32_t i = 0; i < dims; ++i) {
      count *= stride[i] != 0 ? extent[i] : 1;
    }
    for (bool grown = true; grown;) {
      grown = false;
      for (uint32_t i = 0; i < dims && !grown; ++i) {
        if (extent[i] > 1 && stride[i] == length) {
          length *= extent[i];
          grown = true;
        }
      }
    }
    count /= length;
  }
};

}  // namespace

Cost move_cost(const s4_cmd_move& c) {
  const Runs src(c.src_extent, c.src_stride, c.dims);
  const Runs dst(c.shape, c.dst_stride, c.dims);
  const uint64_t src_run = src.length * c.element_bytes;
  const uint64_t dst_run = dst.length * c.element_bytes;
  const uint64_t bytes =
      dram_bytes(c.src, src.count, src_run) + dram_bytes(c.dst, dst.count, dst_run);
  // The unit takes a burst a clock in, and one out.
  const uint64_t bursts = std::max(src.count * divide_up(src_run, kBurstBytes),
                                   dst.count * divide_up(dst_run, kBurstBytes));
  return {.fixed = overhead(), .memory = std::max(memory_cycles(bytes, S4_SLICE_ALL), bursts)};
}

Cost gather_cost(const s4_cmd_gather& c) {
  const bool dense = c.index_stride == 1;
  const uint64_t bytes =
      dram_bytes(c.table, c.count, c.row_bytes) + dram_bytes(c.dst, c.count, c.row_bytes) +
      dram_bytes(c.indices, dense ? 1 : c.count, (dense ? c.count : 1) * uint64_t{c.index_bytes});
  const uint64_t bursts = c.count * divide_up(c.row_bytes, kBurstBytes);
  return {.fixed = overhead(), .memory = std::max(memory_cycles(bytes, S4_SLICE_ALL), bursts)};
}

}  // namespace s4::card::timing
