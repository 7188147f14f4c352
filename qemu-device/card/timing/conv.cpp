// SPDX-License-Identifier: MIT
#include <algorithm>

#include "timing/matrix.hpp"
#include "timing/model.hpp"
#include "timing/traffic.hpp"

namespace s4::card::timing {
namespace {

// What is touched along one axis of the image by `runs` runs of together `outputs` outputs.
uint64_t touched(uint64_t outputs, uint64_t runs, uint64_t stride, uint64_t span) {
  return (outputs - runs) * std::min(span, stride) + runs * span;
}

}  // namespace

uint64_t image_bytes(const s4_conv_window& w, uint64_t va, uint64_t pixel_pitch, uint64_t run,
                     uint64_t begin, uint64_t end) {
  const uint64_t first = begin / w.out_width;
  const uint64_t last = (end - 1) / w.out_width;
  const uint64_t images = last / w.out_height - first / w.out_height + 1;
  const uint64_t span_y = (w.kernel_height - 1u) * w.dilation_y + 1u;
  const uint64_t span_x = (w.kernel_width - 1u) * w.dilation_x + 1u;
  const uint64_t rows = std::min(images * w.in_height,
                                 touched(last - first + 1, images, w.stride_y, span_y));
  const uint64_t pixels =
      std::min<uint64_t>(w.in_width, touched(w.out_width, 1, w.stride_x, span_x));
  // Neighbours without a gap are transferred together.
  return pixel_pitch == run && span_x >= w.stride_x ? dram_bytes(va, rows, pixels * run)
                                                    : dram_bytes(va, rows * pixels, run);
}

Cost conv_cost(const s4_cmd& command, s4_slice axis, uint64_t begin, uint64_t end) {
  const s4_cmd_conv& c = command.conv;
  const uint64_t row_begin = axis == S4_SLICE_ROWS ? begin : 0;
  const uint64_t row_end = axis == S4_SLICE_ROWS ? end : c.matrix.rows;
  const uint64_t column_begin = axis == S4_SLICE_COLUMNS ? begin : 0;
  const uint64_t column_end = axis == S4_SLICE_COLUMNS ? end : c.matrix.columns;

  // Rows of different groups want different activations, so they are never in one tile.
  const uint64_t group_rows = c.matrix.rows / c.groups;
  const uint64_t first = row_begin / group_rows;
  const uint64_t last = (row_end - 1) / group_rows;
  uint64_t row_tiles = divide_up(row_end - row_begin, kArrayRows);
  if (first < last) {
    row_tiles = divide_up((first + 1) * group_rows - row_begin, kArrayRows) +
                (last - first - 1) * divide_up(group_rows, kArrayRows) +
                divide_up(row_end - last * group_rows, kArrayRows);
  }
  // Each stored entry's place in the bank becomes an address in the image: a line of the index stream
  // a clock. Dense rows share one sequence. A window of one pixel needs none.
  uint64_t addresses = 0;
  if (c.window.kernel_height > 1 || c.window.kernel_width > 1) {
    const uint64_t rows = c.matrix.degree == 1 ? 1 : row_end - row_begin;
    addresses = divide_up(rows * row_entries(c.matrix), kBurstBytes);
  }
  const uint64_t run = (last - first + 1) * c.channels * s4_type_bytes(c.matrix.type);
  return matrix_cost(command, axis,
                     {.rows = row_end - row_begin,
                      .columns = column_end - column_begin,
                      .row_tiles = row_tiles,
                      .addresses = addresses,
                      .x = image_bytes(c.window, c.matrix.x, c.matrix.x_pitch, run, column_begin,
                                         column_end)});
}

}  // namespace s4::card::timing
