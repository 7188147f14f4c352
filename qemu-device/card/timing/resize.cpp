// SPDX-License-Identifier: MIT
#include <algorithm>

#include "timing/model.hpp"
#include "timing/traffic.hpp"

namespace s4::card::timing {
namespace {

// Operations of a bilinear result: twice along the row and once between rows, each time a
// difference, a product and a sum.
constexpr uint64_t kBilinearOps = 3 * 3;

}  // namespace

Cost resize_cost(const s4_cmd_resize& c, s4_slice axis, uint64_t begin, uint64_t end) {
  if (axis == S4_SLICE_ALL) {
    begin = 0;
    end = uint64_t{c.images} * c.out_height;
  }
  const bool nearest = c.mode == S4_RESIZE_NEAREST;
  const uint64_t taps = nearest ? 1 : 2;  // pixels of a result along an axis
  const uint64_t outputs = end - begin;
  const uint64_t images = (end - 1) / c.out_height - begin / c.out_height + 1;
  const uint64_t run = c.channels * uint64_t{s4_type_bytes(c.type)};
  const uint64_t rows =
      std::min({images * c.in_height, taps * outputs,
                divide_up((outputs - images) * c.in_height, c.out_height) + images * taps});
  uint64_t x = dram_bytes(c.x, rows * std::min<uint64_t>(c.in_width, taps * c.out_width), run);
  if (c.x_pitch == run) {  // neighbours are transferred together
    x = std::min(dram_bytes(c.x, rows, c.in_width * run),
                 dram_bytes(c.x, rows * c.out_width, std::min<uint64_t>(taps, c.in_width) * run));
  }
  const uint64_t y = c.y_pitch == run ? dram_bytes(c.y, outputs, c.out_width * run)
                                      : dram_bytes(c.y, outputs * c.out_width, run);
  return {.fixed = overhead(),
          .vpu = divide_up(outputs * c.out_width * c.channels * (nearest ? 1 : kBilinearOps),
                           kVpuLanes),
          .memory = memory_cycles(x + y, axis)};
}

}  // namespace s4::card::timing
