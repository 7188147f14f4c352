// SPDX-License-Identifier: MIT
// Unpacks the a operand of MATMUL into panels, by rows or by columns.
#include <algorithm>
#include <cstring>

#include "engine/access.hpp"
#include "engine/matmul.hpp"

namespace s4::card {
namespace {

// Entries of a step, under one scope: some tens of microseconds. A row has at most S4_MAX_K.
constexpr size_t kStepEntries = S4_MAX_K / 4;

size_t step_rows(const s4_cmd_matmul& c, const TileKernels& tiles) {
  return c.a_layout == S4_LAYOUT_ROWS ? std::max<size_t>(kStepEntries / c.k, 1) : tiles.columns;
}

// Entries of the block that a has; those behind are zeros.
size_t block_ks(const SpmmShape& shape, size_t block) {
  return std::min<size_t>(shape.block_entries(block), shape.c.k - shape.entries_before(block));
}

// One block of a row: `unpack` makes values of the elements at `from`, and zeros follow.
void unpack_block(const SpmmShape& shape, const SpmmPanel& panel, size_t row, size_t block,
                  void (*unpack)(const std::byte* from, size_t count, std::byte* values),
                  const std::byte* from) {
  const TileKernels& tiles = shape.tiles;
  std::byte* to = panel.row_values(shape, row, block);
  const size_t ks = block_ks(shape, block);
  unpack(from, ks, to);
  std::memset(to + ks * tiles.value_size, 0, (shape.block_entries(block) - ks) * tiles.value_size);
  panel.start[row] = (block == 0 ? 0 : panel.start[row]) +
                     (tiles.value.start ? tiles.value.start(to, ks) : 0);
}

void unpack_row(const SpmmShape& shape, const SpmmPanel& panel, size_t row,
                const std::byte* data) {
  for (size_t block = 0; block < shape.blocks; ++block) {
    unpack_block(shape, panel, row, block, shape.tiles.value.weights,
                 data + shape.entries_before(block) * shape.size);
  }
}

Fault prepare_rows(const Job& job, const MatmulMatrix& matrix, const SpmmPanel& panel, size_t row,
                   size_t rows) {
  const uint64_t pitch = job.command.matmul.a_pitch;
  const size_t bytes = matrix.command.k * matrix.shape.size;
  Scratch scratch = job.scratch.get(bytes);
  const Scope scope(job.memory);
  if (!scope) {
    return cancelled();
  }
  const Fault fault = read_rows(
      *scope, matrix.a + (panel.first_row + row) * pitch, pitch, rows, bytes,
      scratch.take<std::byte>(bytes),
      [&](size_t first, size_t count, const std::byte* data, size_t data_pitch) {
        for (size_t i = 0; i < count; ++i) {
          unpack_row(matrix.shape, panel, row + first + i, data + i * data_pitch);
        }
      });
  job.memory.retire(1);
  return fault;
}

// Rows side by side: packed as activations are, a tile's columns being rows of a, and turned.
Fault prepare_columns(const Job& job, const MatmulMatrix& matrix, const SpmmPanel& panel,
                      size_t row, size_t rows) {
  constexpr size_t kBlockBytes = kMaxBlockK * kTileLineBytes;
  const SpmmShape& shape = matrix.shape;
  const uint64_t pitch = job.command.matmul.a_pitch;
  const TileKernels& tiles = shape.tiles;
  const auto turn = tiles.size == 1 ? job.kernels.turn.bytes1 : job.kernels.turn.bytes2;
  Scratch scratch = job.scratch.get(2 * kBlockBytes + kTileLineBytes);
  auto* tile = scratch.take<std::byte>(kBlockBytes);
  auto* turned = scratch.take<std::byte>(kBlockBytes);
  auto* bounce = scratch.take<std::byte>(kTileLineBytes);
  for (size_t block = 0; block < shape.blocks; ++block) {
    const size_t ks = block_ks(shape, block);
    const uint64_t va = matrix.a + shape.entries_before(block) * pitch +
                        (panel.first_row + row) * shape.size;
    {
      const Scope scope(job.memory);
      if (!scope) {
        return cancelled();
      }
      if (const Fault fault = read_rows(
              *scope, va, pitch, ks, rows * shape.size, bounce,
              [&](size_t first, size_t count, const std::byte* data, size_t data_pitch) {
                tiles.pack.rows(data, data_pitch, count, rows, tile + first * kTileLineBytes);
              })) {
        return fault;
      }
    }
    turn(tile, kTileLineBytes, ks, rows, turned, ks * tiles.size);
    for (size_t i = 0; i < rows; ++i) {
      unpack_block(shape, panel, row + i, block, tiles.value.elements,
                   turned + i * ks * tiles.size);
    }
    job.memory.retire(1);
  }
  return {};
}

}  // namespace

size_t matmul_steps(const s4_cmd_matmul& c, const TileKernels& tiles, size_t rows) {
  return (rows + step_rows(c, tiles) - 1) / step_rows(c, tiles);
}

Fault prepare_matmul(const Job& job, const TileKernels& tiles, const MatmulPart& part,
                     size_t step) {
  const s4_cmd_matmul& c = job.command.matmul;
  const size_t most = step_rows(c, tiles);
  const size_t row = step * most;
  if (row >= part.panel.rows) {
    return {};  // the last part of a matrix may have fewer
  }
  const MatmulMatrix matrix(job, part.matrix);
  const size_t rows = std::min(most, part.panel.rows - row);
  return c.a_layout == S4_LAYOUT_ROWS ? prepare_rows(job, matrix, part.panel, row, rows)
                                      : prepare_columns(job, matrix, part.panel, row, rows);
}

}  // namespace s4::card
