// SPDX-License-Identifier: MIT
#include "engine/matmul.hpp"

#include <algorithm>
#include <bit>
#include <vector>

#include "s4/abi/s4_check.h"
#include "timing/model.hpp"

namespace s4::card {
namespace {

constexpr size_t divide_up(size_t a, size_t b) { return (a + b - 1) / b; }

s4_cmd_spmm as_spmm(const s4_cmd_matmul& c, uint64_t matrix) {
  const uint64_t batch = matrix / c.heads;
  const uint64_t head = matrix % c.heads;
  s4_cmd_spmm m{};
  m.x = c.w + batch * c.w_stride[0] + head * c.w_stride[1];
  m.y = c.y + batch * c.y_stride[0] + head * c.y_stride[1];
  m.x_pitch = c.w_pitch;
  m.y_pitch = c.y_pitch;
  m.rows = c.m;
  m.k = c.k;
  m.columns = c.n;
  m.degree = 1;
  m.type = c.type;
  m.y_type = c.y_type;
  m.activation = S4_ACT_NONE;
  m.x_layout = c.w_layout;
  m.y_layout = S4_LAYOUT_ROWS;
  m.y_scale = S4_FLOAT_ONE;
  return m;
}

// SPMM's flags.
uint32_t flags_of(const s4_cmd_matmul& c) {
  return c.y_type == S4_TYPE_INT32 ? 0 : S4_SPMM_SCALE;
}

// What the command's slice has: matrices, each with the same rows and columns of it.
struct Work {
  uint64_t matrix_begin;
  uint64_t matrix_end;

  explicit Work(const Job& job) : matrix_begin(0) {
    const s4_cmd_matmul& c = job.command.matmul;
    matrix_end = uint64_t{c.batches} * c.heads;
    if (job.axis() == S4_SLICE_COLUMNS && matrix_end > 1) {
      matrix_begin = job.slice.begin;
      matrix_end = job.slice.end;
    }
  }
};

// Multiplies the parts, all of which are prepared.
Fault multiply_parts(const Job& job, const SpmmShape& shape, const std::vector<MatmulPart>& parts,
                     size_t part_rows) {
  const size_t tile_columns = shape.tiles.columns;
  const size_t column_tiles = divide_up(shape.column_end - shape.column_begin, tile_columns);
  const size_t rows = tile_rows(job, part_rows, parts.size() * column_tiles);
  const size_t row_tiles = divide_up(part_rows, rows);
  return for_each_tile(job.pool, parts.size() * column_tiles * row_tiles, [&](size_t i) -> Fault {
    const MatmulPart& part = parts[i / (column_tiles * row_tiles)];
    const size_t row = i % row_tiles * rows;
    if (row >= part.panel.rows) {
      return {};
    }
    const uint64_t column = shape.column_begin + i / row_tiles % column_tiles * tile_columns;
    const MatmulMatrix matrix(job, part.matrix);
    const SpmmEnds ends(matrix.shape);
    return run_tile(job, matrix.shape, part.panel,
                    {.row = row,
                     .rows = std::min(rows, part.panel.rows - row),
                     .column = column,
                     .columns = std::min<uint64_t>(tile_columns, shape.column_end - column)},
                    ends);
  });
}

Fault run_matmul(const Job& job) {
  const s4_cmd_matmul& c = job.command.matmul;
  const Work work(job);
  if (work.matrix_begin == work.matrix_end) {
    return {};
  }
  const MatmulMatrix first(job, work.matrix_begin);
  const SpmmShape& shape = first.shape;
  const size_t part_rows =
      std::min<uint64_t>(panel_rows(shape), shape.row_end - shape.row_begin);
  if (part_rows == 0 || shape.column_begin == shape.column_end) {
    return {};
  }
  const size_t entries = part_rows * shape.row_entries();
  const uint64_t row_parts = divide_up(shape.row_end - shape.row_begin, part_rows);
  const uint64_t all = (work.matrix_end - work.matrix_begin) * row_parts;
  const size_t together = std::min<uint64_t>(std::max<size_t>(kPanelEntries / entries, 1), all);

  const size_t part_bytes = entries * shape.tiles.value_size;
  Scratch scratch = job.scratch.get(Scratch::rounded(together * part_bytes) +
                                    Scratch::rounded(together * part_rows * sizeof(int32_t)) +
                                    Scratch::rounded(part_rows * sizeof(float)));
  SpmmPanel panel{};
  panel.values = scratch.take<std::byte>(together * part_bytes);
  panel.start = scratch.take<int32_t>(together * part_rows);
  panel.scale = scratch.take<float>(part_rows);
  std::fill(panel.scale, panel.scale + part_rows, std::bit_cast<float>(c.scale));

  const size_t steps = matmul_steps(c, shape.tiles, part_rows);
  std::vector<MatmulPart> parts;
  for (uint64_t done = 0; done < all; done += parts.size()) {
    parts.resize(std::min<uint64_t>(together, all - done));
    for (size_t i = 0; i < parts.size(); ++i) {
      parts[i] = {.matrix = work.matrix_begin + (done + i) / row_parts, .panel = panel};
      SpmmPanel& mine = parts[i].panel;
      mine.first_row = shape.row_begin + (done + i) % row_parts * part_rows;
      mine.rows = std::min<uint64_t>(part_rows, shape.row_end - mine.first_row);
      mine.values = panel.values + i * part_bytes;
      mine.start = panel.start + i * part_rows;
    }
    if (const Fault fault = for_each_tile(job.pool, parts.size() * steps, [&](size_t i) {
          return prepare_matmul(job, shape.tiles, parts[i / steps], i % steps);
        })) {
      return fault;
    }
    if (const Fault fault = multiply_parts(job, shape, parts, part_rows)) {
      return fault;
    }
  }
  return {};
}

timing::Cost matmul_cost(const s4_cmd& command, s4_slice axis, const Slice& slice) {
  return timing::matmul_cost(command.matmul, axis, slice.begin, slice.end);
}

}  // namespace

MatmulMatrix::MatmulMatrix(const Job& job, uint64_t matrix)
    : command(as_spmm(job.command.matmul, matrix)), shape(SpmmShape::of(job, command, flags_of(job.command.matmul))) {
  const s4_cmd_matmul& c = job.command.matmul;
  a = c.a + matrix / c.heads * c.a_stride[0] + matrix % c.heads * c.a_stride[1];
  if (job.axis() == S4_SLICE_COLUMNS && uint64_t{c.batches} * c.heads > 1) {
    shape.column_begin = 0;  // the slice is of matrices
    shape.column_end = c.n;
  }
}

const Command kMatmulCommand{S4_OP_MATMUL, run_matmul, matmul_cost};

}  // namespace s4::card
