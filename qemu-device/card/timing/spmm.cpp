// SPDX-License-Identifier: MIT
#include <algorithm>

#include "timing/functions.hpp"
#include "timing/matrix.hpp"
#include "timing/model.hpp"
#include "timing/traffic.hpp"

namespace s4::card::timing {
namespace {

// Traffic of a matrix [features][columns] in its layout.
uint64_t matrix_bytes(uint64_t va, uint32_t layout, uint64_t features, uint64_t columns,
                      uint64_t size) {
  return layout == S4_LAYOUT_ROWS ? dram_bytes(va, features, columns * size)
                                  : dram_bytes(va, columns, features * size);
}

}  // namespace

uint64_t row_entries(const s4_cmd_spmm& c) {
  return divide_up(c.k, S4_BANK) * S4_BANK / c.degree;
}

Cost matrix_cost(const s4_cmd& command, s4_slice axis, const MatrixWork& work) {
  const s4_cmd_spmm& c = command.spmm;
  const uint64_t size = s4_type_bytes(c.type);
  const uint64_t entries = row_entries(c);
  const uint64_t rate = c.type == S4_TYPE_INT8 ? kEntriesInt8 : kEntriesBf16;
  const uint64_t tiles = work.row_tiles * divide_up(work.columns, kArrayColumns);

  const uint64_t y =
      matrix_bytes(c.y, c.y_layout, work.rows, work.columns, s4_type_bytes(c.y_type));
  uint64_t weights = dram_bytes(c.values, 1, work.rows * entries * size);
  if (c.degree > 1) {
    weights += dram_bytes(c.indices, 1, work.rows * entries);
  }
  uint64_t once = y;
  if (command.header.flags & S4_SPMM_BIAS) {
    once += dram_bytes(c.bias, 1, work.rows * 4);
  }
  if (command.header.flags & S4_SPMM_SCALE) {
    once += dram_bytes(c.scale, 1, work.rows * 4);
  }
  uint64_t extra = std::max<uint64_t>(activation_ops(c.activation), 1) - 1;
  extra += c.y_scale != S4_FLOAT_ONE ? 1 : 0;
  if (command.header.flags & S4_SPMM_RESIDUAL) {
    extra += 1;
    once += matrix_bytes(c.residual, c.y_layout, work.rows, work.columns,
                         s4_type_bytes(c.residual_type));
  }
  // As much of one matrix as fits is held while all of the other streams past, whichever way
  // round moves less.
  const uint64_t x = work.x;
  const uint64_t hold_x = x + weights * std::max<uint64_t>(divide_up(x, kHeldBytes), 1);
  const uint64_t hold_weights = weights + x * std::max<uint64_t>(divide_up(weights, kHeldBytes), 1);
  const uint64_t bytes = once + std::min(hold_x, hold_weights);
  // The VPU takes a tile's results while the array is at the next tile; both begin when
  // the addresses are there.
  return {.fixed = overhead() + kFillCycles,
          .array = tiles * divide_up(entries, rate) + work.addresses,
          .vpu = tiles * kVpuTileCycles * (1 + extra) + work.addresses,
          .memory = memory_cycles(bytes, axis)};
}

Cost spmm_cost(const s4_cmd& command, s4_slice axis, uint64_t begin, uint64_t end) {
  const s4_cmd_spmm& c = command.spmm;
  const uint64_t rows = axis == S4_SLICE_ROWS ? end - begin : c.rows;
  const uint64_t columns = axis == S4_SLICE_COLUMNS ? end - begin : c.columns;
  return matrix_cost(
      command, axis,
      {.rows = rows,
       .columns = columns,
       .row_tiles = divide_up(rows, kArrayRows),
       .addresses = 0,
       .x = matrix_bytes(c.x, c.x_layout, c.k, columns, s4_type_bytes(c.type))});
}

}  // namespace s4::card::timing
