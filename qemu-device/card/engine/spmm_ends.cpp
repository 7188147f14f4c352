// SPDX-License-Identifier: MIT
// Activations and results of SPMM: matrices by rows or by columns.
#include <algorithm>
#include <cstring>

#include "engine/access.hpp"
#include "s4/abi/s4_check.h"
#include "engine/spmm.hpp"

namespace s4::card {

void clear_columns(const TileKernels& kernels, size_t ks, size_t columns, std::byte* tile) {
  const size_t first = (columns * kernels.size + 15) / 16 * 16;
  for (size_t i = 0; first < kTileLineBytes && i < ks; ++i) {
    std::memset(tile + i * kTileLineBytes + first, std::to_integer<int>(kernels.zero),
                kTileLineBytes - first);
  }
}

Fault pack_columns(AccessScope& scope, const SpmmShape& shape, uint64_t va, uint64_t pitch,
                   size_t ks, size_t columns, const TileBuffers& buffers) {
  const TileKernels& kernels = shape.tiles;
  clear_columns(kernels, ks, columns, buffers.tile);
  for (size_t first = 0; first < columns; first += kernels.pack.group) {
    const size_t count = std::min(kernels.pack.group, columns - first);
    const uint64_t from = va + first * pitch;
    std::byte* lines = buffers.tile + first * kernels.size;
    if (const std::byte* data = scope.view(from, (count - 1) * pitch + ks * shape.size)) {
      kernels.pack.columns(data, pitch, ks, count, lines, kTileLineBytes);
      continue;
    }
    // Scattered: gather the columns first.
    for (size_t i = 0; i < count; ++i) {
      if (const Fault fault = scope.read(from + i * pitch,
                                         buffers.turned + i * kMaxBlockK * shape.size,
                                         ks * shape.size)) {
        return fault;
      }
    }
    kernels.pack.columns(buffers.turned, kMaxBlockK * shape.size, ks, count, lines, kTileLineBytes);
  }
  return {};
}

Fault SpmmEnds::pack(AccessScope& scope, const SpmmTile& tile, uint64_t k, size_t ks,
                     const TileBuffers& buffers) const {
  const s4_cmd_spmm& c = shape_.c;
  if (c.x_layout == S4_LAYOUT_COLUMNS) {
    return pack_columns(scope, shape_, c.x + tile.column * c.x_pitch + k * shape_.size,
                        c.x_pitch, ks, tile.columns, buffers);
  }
  return read_rows(scope, c.x + k * c.x_pitch + tile.column * shape_.size, c.x_pitch, ks,
                   tile.columns * shape_.size, buffers.bounce,
                   [&](size_t first, size_t count, const std::byte* data, size_t pitch) {
                     shape_.tiles.pack.rows(data, pitch, count, tile.columns,
                                            buffers.tile + first * kTileLineBytes);
                   });
}

Spans SpmmEnds::y_spans(const SpmmTile& tile) const {
  const s4_cmd_spmm& c = shape_.c;
  Spans spans;
  spans.add({0, tile.columns, c.y + tile.column * c.y_pitch, c.y_pitch});
  return spans;
}

Spans SpmmEnds::residual_spans(const SpmmTile& tile) const {
  const s4_cmd_spmm& c = shape_.c;
  Spans spans;
  spans.add({0, tile.columns, c.residual + tile.column * c.residual_pitch, c.residual_pitch});
  return spans;
}

}  // namespace s4::card
