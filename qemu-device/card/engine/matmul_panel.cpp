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

size_t step_rows(const s4_cmd_matmul& c) {
  return c.a_layout == S4_LAYOUT_ROWS ? std::max<size_t>(kStepEntries / c.k, 1) : kTileColumns;
}

// Where row `row` of the panel has its entries of the block.
float* place(const SpmmShape& shape, const SpmmPanel& panel, size_t row, size_t block) {
  return panel.values + shape.entries_before(block) * panel.rows +
         row * shape.block_entries(block);
}

// Entries of the block that a has; those behind are zeros.
size_t block_ks(const SpmmShape& shape, size_t block) {
  return std::min<size_t>(shape.block_entries(block), shape.c.k - shape.entries_before(block));
}

void unpack_row(const Job& job, const SpmmShape& shape, const SpmmPanel& panel, size_t row,
                const std::byte* data) {
  const PrepareKernels& kernels = job.kernels.prepare;
  const auto unpack = shape.int8 ? kernels.values_int8 : kernels.values_bf16;
  for (size_t block = 0; block < shape.blocks; ++block) {
    float* to = place(shape, panel, row, block);
    const size_t ks = block_ks(shape, block);
    unpack(data + shape.entries_before(block) * shape.size, ks, to);
    std::fill(to + ks, to + shape.block_entries(block), 0.0f);
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
          unpack_row(job, matrix.shape, panel, row + first + i, data + i * data_pitch);
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
  const PackKernels& kernels = job.kernels.pack;
  const auto pack = shape.int8 ? kernels.rows_int8 : kernels.rows_bf16;
  Scratch scratch = job.scratch.get(2 * kBlockBytes + kTileLineBytes);
  auto* tile = scratch.take<uint16_t>(kBlockBytes / 2);
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
                pack(data, data_pitch, count, rows, tile + first * kTileColumns);
              })) {
        return fault;
      }
    }
    job.kernels.turn.bytes2(reinterpret_cast<const std::byte*>(tile), ks, rows, turned);
    for (size_t i = 0; i < rows; ++i) {
      float* to = place(shape, panel, row + i, block);
      job.kernels.prepare.values_bf16(turned + i * ks * 2, ks, to);
      std::fill(to + ks, to + shape.block_entries(block), 0.0f);
    }
    job.memory.retire(1);
  }
  return {};
}

}  // namespace

size_t matmul_steps(const s4_cmd_matmul& c, size_t rows) {
  return (rows + step_rows(c) - 1) / step_rows(c);
}

Fault prepare_matmul(const Job& job, const MatmulPart& part, size_t step) {
  const s4_cmd_matmul& c = job.command.matmul;
  const size_t row = step * step_rows(c);
  if (row >= part.panel.rows) {
    return {};  // the last part of a matrix may have fewer
  }
  const MatmulMatrix matrix(job, part.matrix);
  const size_t rows = std::min(step_rows(c), part.panel.rows - row);
  return c.a_layout == S4_LAYOUT_ROWS ? prepare_rows(job, matrix, part.panel, row, rows)
                                      : prepare_columns(job, matrix, part.panel, row, rows);
}

}  // namespace s4::card
