// SPDX-License-Identifier: MIT
#include "timing/matrix.hpp"
#include "timing/model.hpp"
#include "timing/traffic.hpp"

namespace s4::card::timing {

Cost pool_cost(const s4_cmd_pool& c, s4_slice axis, uint64_t begin, uint64_t end) {
  const s4_conv_window& w = c.window;
  if (axis == S4_SLICE_ALL) {
    begin = 0;
    end = uint64_t{w.images} * w.out_height;
  }
  const uint64_t pixels = (end - begin) * w.out_width;
  const uint64_t x_run = c.channels * uint64_t{s4_type_bytes(c.x_type)};
  const uint64_t y_run = c.channels * uint64_t{s4_type_bytes(c.y_type)};
  // Places in the padding are taken like any other: the unit steps through whole windows.
  const uint64_t places = uint64_t{w.kernel_height} * w.kernel_width;
  const uint64_t ops = places + (c.op == S4_POOL_MAX ? 0 : kDivideOps);
  const uint64_t y = c.y_pitch == y_run ? dram_bytes(c.y, end - begin, w.out_width * y_run)
                                        : dram_bytes(c.y, pixels, y_run);
  const uint64_t x =
      image_bytes(w, c.x, c.x_pitch, x_run, begin * w.out_width, end * w.out_width);
  return {.fixed = overhead(),
          .vpu = divide_up(pixels * c.channels * ops, kVpuLanes),
          .memory = memory_cycles(x + y, axis)};
}

}  // namespace s4::card::timing
