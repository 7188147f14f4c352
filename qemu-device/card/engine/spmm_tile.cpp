// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstring>

#include "engine/access.hpp"
#include "engine/spmm.hpp"

namespace s4::card {
namespace {

// Rows [row, row + rows) of the tile, to or onto `sums`.
void multiply(const SpmmShape& shape, const SpmmPanel& panel, const SpmmTile& tile,
              size_t block, size_t row, size_t rows, const std::byte* packed, std::byte* sums) {
  const size_t entries = shape.block_entries(block);
  const size_t base =
      shape.entries_before(block) * panel.rows + (tile.row + row) * entries;
  const MultiplyKernels& kernels = shape.tiles.multiply;
  (shape.sparse() ? kernels.sparse : kernels.dense)(
      {.tile = packed,
       .offsets = shape.sparse() ? panel.offsets + base : nullptr,
       .values = panel.row_values(shape, tile.row + row, block),
       .rows = rows,
       .entries = entries,
       .columns = tile.columns,
       .first = block == 0,
       .start = panel.start + tile.row + row,
       .sums = sums});
}

Fault write(AccessScope& scope, const Job& job, const SpmmShape& shape, const SpmmPanel& panel,
            const SpmmTile& tile, const TileEnds& ends, const TileBuffers& buffers) {
  const s4_cmd_spmm& c = shape.c;
  const uint64_t row = panel.first_row + tile.row;
  if (c.y_layout == S4_LAYOUT_ROWS) {
    return write_rows(scope, c.y + row * c.y_pitch + tile.column * shape.y_size, c.y_pitch,
                      tile.rows, tile.columns * shape.y_size, buffers.out,
                      shape.tiles.columns * shape.y_size);
  }
  const size_t run = tile.rows * shape.y_size;
  for (const Span& span : ends.y_spans(tile)) {
    const uint64_t va = span.va + row * shape.y_size;
    std::byte* in_place = scope.view_write(va, (span.count - 1) * span.pitch + run);
    turn_of(job, shape.y_size)(buffers.out + span.first * shape.y_size,
                               shape.tiles.columns * shape.y_size, tile.rows, span.count,
                               in_place ? in_place : buffers.turned,
                               in_place ? span.pitch : run);
    if (in_place == nullptr) {
      if (const Fault fault = write_rows(scope, va, span.pitch, span.count, run, buffers.turned,
                                         run)) {
        return fault;
      }
    }
  }
  return {};
}

}  // namespace

Fault run_tile(const Job& job, const SpmmShape& shape, const SpmmPanel& panel,
               const SpmmTile& tile, const TileEnds& ends) {
  Scratch scratch = job.scratch.get(TileBuffers::scratch_bytes());
  const TileBuffers buffers(scratch);
  const TileKernels& tiles = shape.tiles;
  const size_t last = shape.blocks - 1;
  for (size_t block = 0; block <= last; ++block) {
    {
      const Scope scope(job.memory);
      if (!scope) {
        return cancelled();
      }
      // Positions from the command's k on read as zero.
      const uint64_t k = block * shape.full_block_banks * S4_BANK;
      const size_t padded = shape.block_banks(block) * S4_BANK;
      const size_t ks = std::min<uint64_t>(padded, shape.c.k - k);
      if (const Fault fault = ends.pack(*scope, tile, k, ks, buffers)) {
        return fault;
      }
      std::memset(buffers.tile + ks * kTileLineBytes, std::to_integer<int>(tiles.zero),
                  (padded - ks) * kTileLineBytes);
      if (!shape.sparse() && tiles.multiply.interleave) {
        tiles.multiply.interleave(buffers.tile, padded);
      }
    }
    if (block < last) {
      multiply(shape, panel, tile, block, 0, tile.rows, buffers.tile, buffers.sums);
    }
    job.memory.retire(1);
  }

  if (shape.has_residual) {
    const Scope scope(job.memory);
    if (!scope) {
      return cancelled();
    }
    if (const Fault fault = read_residual(*scope, job, shape, panel, tile, ends, buffers)) {
      return fault;
    }
  }

  // The last block and the epilogue, chunk by chunk: in place where y is contiguous, else into
  // `out` and from there when the tile is complete.
  const bool in_place =
      shape.c.y_layout == S4_LAYOUT_ROWS && tile.columns == tiles.columns;
  const size_t out_pitch = tiles.columns * shape.y_size;
  const uint64_t y = shape.c.y + (panel.first_row + tile.row) * shape.c.y_pitch +
                     tile.column * shape.y_size;
  for (size_t row = 0; row < tile.rows; row += kChunkRows) {
    const size_t rows = std::min(kChunkRows, tile.rows - row);
    std::byte* sums = buffers.sums + (last > 0 ? row * tiles.columns * 4 : 0);
    const auto finish = [&](std::byte* out, size_t pitch) {
      finish_rows(job, shape, panel, tile, row, rows, sums, buffers, out, pitch);
    };
    multiply(shape, panel, tile, last, row, rows, buffers.tile, sums);
    if (!in_place) {
      finish(buffers.out + row * out_pitch, out_pitch);
      continue;
    }
    const Scope scope(job.memory);
    if (!scope) {
      return cancelled();
    }
    const uint64_t va = y + row * shape.c.y_pitch;
    if (std::byte* to = scope->view_write(va, (rows - 1) * shape.c.y_pitch + out_pitch)) {
      finish(to, shape.c.y_pitch);
    } else {
      finish(buffers.out, out_pitch);
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
  return write(*scope, job, shape, panel, tile, ends, buffers);
}

}  // namespace s4::card
