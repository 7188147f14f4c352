// SPDX-License-Identifier: MIT
#include "engine/spmm.hpp"

#include <algorithm>

#include "s4/abi/s4_check.h"
#include "timing/model.hpp"

namespace s4::card {
namespace {

constexpr size_t divide_up(size_t a, size_t b) { return (a + b - 1) / b; }

constexpr size_t kMinPanelRows = 64;

// Tiles that every thread should have, so that none waits long for the last one.
constexpr size_t kTilesPerThread = 4;
constexpr size_t kMinTileRows = 64;

Fault run_spmm(const Job& job) {
  const SpmmShape shape = SpmmShape::of(job);
  const SpmmEnds ends(shape);
  return for_each_panel(job, shape, [&](const SpmmPanel& panel) {
    return run_tiles(job, shape, panel, ends, shape.column_begin, shape.column_end);
  });
}

timing::Cost spmm_cost(const s4_cmd& command, s4_slice axis, const Slice& slice) {
  return timing::spmm_cost(command, axis, slice.begin, slice.end);
}

}  // namespace

// In steps of 16.
size_t tile_rows(const Job& job, size_t rows, size_t column_tiles) {
  const size_t wanted = divide_up(job.pool.threads() * kTilesPerThread, column_tiles);
  return std::clamp(divide_up(divide_up(rows, wanted), 16) * 16, kMinTileRows, kTileRows);
}

size_t panel_rows(const SpmmShape& shape) {
  return std::max(kPanelEntries / shape.row_entries(), kMinPanelRows);
}

Fault run_tiles(const Job& job, const SpmmShape& shape, const SpmmPanel& panel,
                const TileEnds& ends, uint64_t begin, uint64_t end) {
  const size_t tile_columns = shape.tiles.columns;
  const size_t column_tiles = divide_up(end - begin, tile_columns);
  const size_t rows = tile_rows(job, panel.rows, column_tiles);
  const size_t row_tiles = divide_up(panel.rows, rows);
  return for_each_tile(job.pool, column_tiles * row_tiles, [&](size_t i) {
    const size_t row = i % row_tiles * rows;
    const uint64_t column = begin + i / row_tiles * tile_columns;
    return run_tile(job, shape, panel,
                    {.row = row,
                     .rows = std::min(rows, panel.rows - row),
                     .column = column,
                     .columns = std::min<uint64_t>(tile_columns, end - column)},
                    ends);
  });
}

SpmmShape SpmmShape::of(const Job& job, const s4_cmd_spmm& c, uint32_t flags) {
  const bool by_rows = job.axis() == S4_SLICE_ROWS;
  const bool by_columns = job.axis() == S4_SLICE_COLUMNS;
  const size_t banks = divide_up(c.k, S4_BANK);
  const size_t blocks = divide_up(banks, kMaxBlockBanks);
  return {.c = c,
          .tiles = c.type == S4_TYPE_INT8 ? job.kernels.int8 : job.kernels.bf16,
          .size = s4_type_bytes(c.type),
          .y_size = s4_type_bytes(c.y_type),
          .row_begin = by_rows ? job.slice.begin : 0,
          .row_end = by_rows ? job.slice.end : c.rows,
          .column_begin = by_columns ? job.slice.begin : 0,
          .column_end = by_columns ? job.slice.end : c.columns,
          .banks = banks,
          .bank_entries = static_cast<size_t>(S4_ENTRIES_PER_BANK(c.degree)),
          .blocks = blocks,
          .full_block_banks = divide_up(banks, blocks),
          .has_bias = (flags & S4_SPMM_BIAS) != 0,
          .has_scale = (flags & S4_SPMM_SCALE) != 0,
          .has_residual = (flags & S4_SPMM_RESIDUAL) != 0,
          .plain = c.activation <= S4_ACT_RELU &&
                   ((flags & S4_SPMM_RESIDUAL) == 0 || c.residual_type == c.type)};
}

const Command kSpmmCommand{S4_OP_SPMM, run_spmm, spmm_cost};

}  // namespace s4::card
