// SPDX-License-Identifier: MIT
#include "timing/matrix.hpp"
#include "timing/model.hpp"
#include "timing/traffic.hpp"

namespace s4::card::timing {

Cost matmul_cost(const s4_cmd_matmul& c, s4_slice axis, uint64_t begin, uint64_t end) {
  const uint64_t all = uint64_t{c.batches} * c.heads;
  const bool by_matrices = axis == S4_SLICE_COLUMNS && all > 1;
  const bool by_columns = axis == S4_SLICE_COLUMNS && all == 1;
  const uint64_t matrices = by_matrices ? end - begin : all;
  const uint64_t rows = axis == S4_SLICE_ROWS ? end - begin : c.m;
  const uint64_t columns = by_columns ? end - begin : c.n;
  const uint64_t size = s4_type_bytes(c.type);
  const uint64_t rate = c.type == S4_TYPE_INT8 ? kEntriesInt8 : kEntriesBf16;
  const uint64_t entries = divide_up(c.k, S4_BANK) * S4_BANK;
  const uint64_t tiles =
      matrices * divide_up(rows, kArrayRows) * divide_up(columns, kArrayColumns);
  const uint64_t a = matrix_bytes(c.a, c.a_layout, rows, c.k, size);
  const uint64_t w = matrix_bytes(c.w, c.w_layout, c.k, columns, size);
  const uint64_t y = dram_bytes(c.y, rows, columns * s4_type_bytes(c.y_type));
  return {.fixed = overhead() + kFillCycles,
          .array = tiles * divide_up(entries, rate),
          .vpu = tiles * kVpuTileCycles,
          .memory = memory_cycles(matrices * (y + streamed_bytes(w, a)), axis)};
}

}  // namespace s4::card::timing
