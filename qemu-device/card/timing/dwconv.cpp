// SPDX-License-Identifier: MIT
#include <algorithm>

#include "timing/functions.hpp"
#include "timing/matrix.hpp"
#include "timing/model.hpp"
#include "timing/traffic.hpp"

namespace s4::card::timing {

Cost dwconv_cost(const s4_cmd& command, s4_slice axis, uint64_t begin, uint64_t end) {
  const s4_cmd_dwconv& c = command.dwconv;
  const s4_cmd_spmm& m = c.matrix;
  const s4_conv_window& w = c.window;
  const uint64_t rows = uint64_t{w.images} * w.out_height;
  if (axis == S4_SLICE_ALL) {
    begin = 0;
    end = m.columns;
  } else if (rows > 1) {  // else the share is one of pixels
    begin *= w.out_width;
    end *= w.out_width;
  }
  const uint64_t pixels = end - begin;
  const uint64_t lines = rows > 1 ? pixels / w.out_width : 1;
  // Neighbours without a gap are transferred together.
  const auto output = [&](uint64_t va, uint64_t pitch, uint32_t type) {
    const uint64_t run = uint64_t{m.rows} * s4_type_bytes(type);
    return pitch == run ? dram_bytes(va, lines, pixels / lines * run) : dram_bytes(va, pixels, run);
  };
  const uint64_t x_run = uint64_t{c.channels} * s4_type_bytes(m.type);
  uint64_t bytes = image_bytes(w, m.x, m.x_pitch, x_run, begin, end) +
                   output(m.y, m.y_pitch, m.y_type) + dram_bytes(m.values, 1, s4_dwconv_values(&c));
  if (command.header.flags & S4_SPMM_BIAS) {
    bytes += dram_bytes(m.bias, 1, uint64_t{m.rows} * 4);
  }
  if (command.header.flags & S4_SPMM_SCALE) {
    bytes += dram_bytes(m.scale, 1, uint64_t{m.rows} * 4);
  }
  // Taps in the padding are taken like any other. Then the result's own operation, as a matrix
  // command's.
  uint64_t ops = m.k + std::max<uint64_t>(activation_ops(m.activation), 1);
  ops += m.y_scale != S4_FLOAT_ONE ? 1 : 0;
  if (command.header.flags & S4_SPMM_RESIDUAL) {
    ops += 1;
    bytes += output(m.residual, m.residual_pitch, m.residual_type);
  }
  return {.fixed = overhead(),
          .vpu = divide_up(pixels * m.rows * ops, kVpuLanes),
          .memory = memory_cycles(bytes, axis)};
}

}  // namespace s4::card::timing
