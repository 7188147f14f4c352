// SPDX-License-Identifier: MIT
// The epilogue of SPMM and CONV beyond what the kernels of finish.cpp do in passing: residual, any
// activation, a scale of y.
#include <bit>

#include "engine/access.hpp"
#include "engine/rows.hpp"
#include "engine/spmm.hpp"

namespace s4::card {
namespace {

// Adds `count` elements of the residual to v.
void add(const Job& job, const Elements& residual, const std::byte* from, size_t count, float* v) {
  alignas(64) std::array<float, kTileRows> floats;
  job.kernels.rows.load[residual.type](from, count, residual.scale, floats.data());
  job.kernels.eltwise.operate[S4_ELTWISE_ADD](v, floats.data(), v, count);
}

void activate(const Job& job, const s4_cmd_spmm& c, float* v, size_t count) {
  if (c.activation != S4_ACT_NONE) {
    job.kernels.functions.activate(
        v, count,
        {c.activation, std::bit_cast<float>(c.alpha), std::bit_cast<float>(c.beta)});
  }
}

// v[rows][columns of a tile] by rows.
Fault end_rows(AccessScope& scope, const Job& job, const SpmmShape& shape, const SpmmTile& tile,
               uint64_t row, const TileBuffers& buffers) {
  const s4_cmd_spmm& c = shape.c;
  auto* v = reinterpret_cast<float*>(buffers.out);
  if (shape.has_residual) {
    const Elements residual(c.residual_type, c.residual_scale);
    std::array<std::byte, kMaxTileColumns * sizeof(float)> bounce;
    const Fault fault = read_rows(
        scope, c.residual + row * c.residual_pitch + tile.column * residual.size, c.residual_pitch,
        tile.rows, tile.columns * residual.size, bounce.data(),
        [&](size_t first, size_t count, const std::byte* data, size_t pitch) {
          for (size_t i = 0; i < count; ++i) {
            add(job, residual, data + i * pitch, tile.columns, v + (first + i) * shape.tiles.columns);
          }
        });
    if (fault) {
      return fault;
    }
  }
  activate(job, c, v, tile.rows * shape.tiles.columns);
  const size_t run = tile.columns * shape.y_size;
  const float y_scale = std::bit_cast<float>(c.y_scale);
  for (size_t i = 0; i < tile.rows; ++i) {
    job.kernels.rows.store[c.y_type](v + i * shape.tiles.columns, tile.columns, y_scale,
                                     buffers.turned + i * run);
  }
  return write_rows(scope, c.y + row * c.y_pitch + tile.column * shape.y_size, c.y_pitch, tile.rows,
                    run, buffers.turned, run);
}

// Turned to [columns][rows] first.
Fault end_columns(AccessScope& scope, const Job& job, const SpmmShape& shape, const SpmmTile& tile,
                  uint64_t row, const TileEnds& ends, const TileBuffers& buffers) {
  const s4_cmd_spmm& c = shape.c;
  auto* v = reinterpret_cast<float*>(buffers.turned);
  job.kernels.turn.bytes4(buffers.out, shape.tiles.columns * sizeof(float), tile.rows, tile.columns,
                          buffers.turned, tile.rows * sizeof(float));
  if (shape.has_residual) {
    const Elements residual(c.residual_type, c.residual_scale);
    const size_t run = tile.rows * residual.size;
    if (const Fault fault = read_columns(scope, ends.residual_spans(tile), row, residual.size,
                                         buffers.out, run)) {
      return fault;
    }
    for (size_t i = 0; i < tile.columns; ++i) {
      add(job, residual, buffers.out + i * run, tile.rows, v + i * tile.rows);
    }
  }
  activate(job, c, v, tile.rows * tile.columns);
  job.kernels.rows.store[c.y_type](v, tile.rows * tile.columns, std::bit_cast<float>(c.y_scale),
                                   buffers.out);
  return write_columns(scope, ends.y_spans(tile), row, shape.y_size, buffers.out,
                       tile.rows * shape.y_size);
}

}  // namespace

Fault end_tile(AccessScope& scope, const Job& job, const SpmmShape& shape, const SpmmPanel& panel,
               const SpmmTile& tile, const TileEnds& ends, const TileBuffers& buffers) {
  const uint64_t row = panel.first_row + tile.row;
  return shape.c.y_layout == S4_LAYOUT_ROWS
             ? end_rows(scope, job, shape, tile, row, buffers)
             : end_columns(scope, job, shape, tile, row, ends, buffers);
}

}  // namespace s4::card
