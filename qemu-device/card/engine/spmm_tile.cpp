// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstring>

#include "engine/access.hpp"
#include "engine/spmm.hpp"

namespace s4::card {
namespace {

// Working memory of a tile.
struct Buffers {
  uint16_t* tile;     // [kMaxBlockK][kTileColumns]
  std::byte* sums;    // [rows][kTileColumns] of 4 bytes
  std::byte* out;     // likewise, of the y type
  std::byte* turned;  // the same by columns
  std::byte* bounce;  // one row or column of a block of activations

  static size_t scratch_bytes() { return kMaxBlockK * kTileLineBytes + 3 * kSumBytes + kBounceBytes; }
  explicit Buffers(Scratch& scratch)
      : tile(scratch.take<uint16_t>(kMaxBlockK * kTileColumns)),
        sums(scratch.take<std::byte>(kSumBytes)),
        out(scratch.take<std::byte>(kSumBytes)),
        turned(scratch.take<std::byte>(kSumBytes)),
        bounce(scratch.take<std::byte>(kBounceBytes)) {}

  static constexpr size_t kSumBytes = kTileRows * kTileColumns * 4;
  static constexpr size_t kBounceBytes = kMaxBlockK * 2;
};

// Packs [k, k + ks) of the tile's columns. Positions from the command's k on read as zero.
Fault pack(AccessScope& scope, const Job& job, const SpmmShape& shape, const SpmmTile& tile,
           size_t block, const Buffers& buffers) {
  const PackKernels& kernels = job.kernels.pack;
  const s4_cmd_spmm& c = shape.c;
  const uint64_t k = block * shape.full_block_banks * S4_BANK;
  const size_t padded = shape.block_banks(block) * S4_BANK;
  const size_t ks = std::min<uint64_t>(padded, c.k - k);
  std::memset(buffers.tile + ks * kTileColumns, 0, (padded - ks) * kTileLineBytes);

  if (c.x_layout == S4_LAYOUT_ROWS) {
    const auto rows = shape.int8 ? kernels.rows_int8 : kernels.rows_bf16;
    return read_rows(scope, c.x + k * c.x_pitch + tile.column * shape.size, c.x_pitch, ks,
                     tile.columns * shape.size, buffers.bounce,
                     [&](size_t first, size_t count, const std::byte* data, size_t pitch) {
                       rows(data, pitch, count, tile.columns,
                            buffers.tile + first * kTileColumns);
                     });
  }
  const auto columns = shape.int8 ? kernels.columns_int8 : kernels.columns_bf16;
  for (size_t first = 0; first < kTileColumns; first += 8) {
    if (first >= tile.columns) {
      for (size_t i = 0; i < ks; ++i) {
        std::memset(buffers.tile + i * kTileColumns + first, 0,
                    (kTileColumns - first) * sizeof(uint16_t));
      }
      break;
    }
    const size_t count = std::min<size_t>(8, tile.columns - first);
    const uint64_t va = c.x + (tile.column + first) * c.x_pitch + k * shape.size;
    if (const std::byte* data = scope.view(va, (count - 1) * c.x_pitch + ks * shape.size)) {
      columns(data, c.x_pitch, ks, count, buffers.tile, first);
      continue;
    }
    // Scattered: gather the columns first. `turned` is free until the results are there.
    for (size_t i = 0; i < count; ++i) {
      if (const Fault fault = scope.read(va + i * c.x_pitch,
                                         buffers.turned + i * kMaxBlockK * shape.size,
                                         ks * shape.size)) {
        return fault;
      }
    }
    columns(buffers.turned, kMaxBlockK * shape.size, ks, count, buffers.tile, first);
  }
  return {};
}

// Rows [row, row + rows) of the tile, to or onto `sums`.
void multiply(const Job& job, const SpmmShape& shape, const SpmmPanel& panel, const SpmmTile& tile,
              size_t block, size_t row, size_t rows, const uint16_t* packed, std::byte* sums) {
  const size_t entries = shape.block_entries(block);
  const size_t base =
      shape.entries_before(block) * panel.rows + (tile.row + row) * entries;
  const bool sparse = shape.bank_entries < S4_BANK;
  const MultiplyArgs args{.tile = packed,
                          .offsets = sparse ? panel.offsets + base : panel.offsets,
                          .offset_stride = sparse ? entries : 0,
                          .values = panel.values + base,
                          .rows = rows,
                          .entries = entries,
                          .columns = tile.columns,
                          .first = block == 0,
                          .sums = sums};
  (shape.int8 ? job.kernels.multiply.int8 : job.kernels.multiply.bf16)(args);
}

void finish(const Job& job, const SpmmShape& shape, const SpmmPanel& panel, const SpmmTile& tile,
            size_t row, size_t rows, const std::byte* sums, std::byte* out, size_t out_pitch) {
  const FinishKernels& kernels = job.kernels.finish;
  const size_t channel = tile.row + row;
  const FinishArgs args{
      .sums = sums,
      .rows = rows,
      .scale = shape.has_scale ? panel.scale + channel : nullptr,
      .bias = shape.has_bias ? static_cast<std::byte*>(panel.bias) + channel * 4 : nullptr,
      .relu = shape.c.activation == S4_ACT_RELU,
      .out = out,
      .out_pitch = out_pitch};
  switch (shape.c.y_type) {
    case S4_TYPE_INT8:
      return kernels.int8_to_int8(args);
    case S4_TYPE_INT32:
      return kernels.int8_to_int32(args);
    case S4_TYPE_BF16:
      return (shape.int8 ? kernels.int8_to_bf16 : kernels.bf16_to_bf16)(args);
    default:
      return (shape.int8 ? kernels.int8_to_float32 : kernels.bf16_to_float32)(args);
  }
}

// [rows][kTileColumns] to [columns][rows].
template <class T>
void turn(const std::byte* from, std::byte* to, size_t rows, size_t columns) {
  const T* in = reinterpret_cast<const T*>(from);
  T* out = reinterpret_cast<T*>(to);
  constexpr size_t kStep = 16;  // rows whose lines stay in the cache together
  for (size_t row = 0; row < rows; row += kStep) {
    const size_t last = std::min(row + kStep, rows);
    for (size_t column = 0; column < columns; ++column) {
      for (size_t r = row; r < last; ++r) {
        out[column * rows + r] = in[r * kTileColumns + column];
      }
    }
  }
}

Fault write(AccessScope& scope, const SpmmShape& shape, const SpmmPanel& panel,
            const SpmmTile& tile, const Buffers& buffers) {
  const s4_cmd_spmm& c = shape.c;
  const uint64_t row = panel.first_row + tile.row;
  if (c.y_layout == S4_LAYOUT_ROWS) {
    return write_rows(scope, c.y + row * c.y_pitch + tile.column * shape.y_size, c.y_pitch,
                      tile.rows, tile.columns * shape.y_size, buffers.out,
                      kTileColumns * shape.y_size);
  }
  switch (shape.y_size) {
    case 1:
      turn<uint8_t>(buffers.out, buffers.turned, tile.rows, tile.columns);
      break;
    case 2:
      turn<uint16_t>(buffers.out, buffers.turned, tile.rows, tile.columns);
      break;
    default:
      turn<uint32_t>(buffers.out, buffers.turned, tile.rows, tile.columns);
      break;
  }
  return write_rows(scope, c.y + tile.column * c.y_pitch + row * shape.y_size, c.y_pitch,
                    tile.columns, tile.rows * shape.y_size, buffers.turned,
                    tile.rows * shape.y_size);
}

}  // namespace

Fault run_tile(const Job& job, const SpmmShape& shape, const SpmmPanel& panel,
               const SpmmTile& tile) {
  Scratch scratch = job.scratch.get(Buffers::scratch_bytes());
  const Buffers buffers(scratch);
  const size_t last = shape.blocks - 1;
  for (size_t block = 0; block <= last; ++block) {
    {
      const Scope scope(job.memory);
      if (!scope) {
        return cancelled();
      }
      if (const Fault fault = pack(*scope, job, shape, tile, block, buffers)) {
        return fault;
      }
    }
    if (block < last) {
      multiply(job, shape, panel, tile, block, 0, tile.rows, buffers.tile, buffers.sums);
    }
    job.memory.retire(1);
  }

  // The last block and the epilogue, chunk by chunk: in place where y is contiguous, else into
  // `out` and from there when the tile is complete.
  const bool in_place = shape.c.y_layout == S4_LAYOUT_ROWS && tile.columns == kTileColumns;
  const size_t out_pitch = kTileColumns * shape.y_size;
  const uint64_t y = shape.c.y + (panel.first_row + tile.row) * shape.c.y_pitch +
                     tile.column * shape.y_size;
  for (size_t row = 0; row < tile.rows; row += kChunkRows) {
    const size_t rows = std::min(kChunkRows, tile.rows - row);
    std::byte* sums = buffers.sums + (last > 0 ? row * kTileColumns * 4 : 0);
    multiply(job, shape, panel, tile, last, row, rows, buffers.tile, sums);
    if (!in_place) {
      finish(job, shape, panel, tile, row, rows, sums, buffers.out + row * out_pitch, out_pitch);
      continue;
    }
    const Scope scope(job.memory);
    if (!scope) {
      return cancelled();
    }
    const uint64_t va = y + row * shape.c.y_pitch;
    if (std::byte* to = scope->view_write(va, (rows - 1) * shape.c.y_pitch + out_pitch)) {
      finish(job, shape, panel, tile, row, rows, sums, to, shape.c.y_pitch);
    } else {
      finish(job, shape, panel, tile, row, rows, sums, buffers.out, out_pitch);
      if (const Fault fault = write_rows(*scope, va, shape.c.y_pitch, rows, out_pitch, buffers.out,
                                         out_pitch)) {
        return fault;
      }
    }
  }
  if (in_place) {
    return {};
  }
  const Scope scope(job.memory);
  if (!scope) {
    return cancelled();
  }
  return write(*scope, shape, panel, tile, buffers);
}

}  // namespace s4::card
