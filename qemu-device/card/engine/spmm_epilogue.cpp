// SPDX-License-Identifier: MIT
// The epilogue of the matrix commands: what the finish kernels do in passing, and the rest.
#include <array>
#include <bit>

#include "engine/access.hpp"
#include "engine/rows.hpp"
#include "engine/spmm.hpp"

namespace s4::card {
namespace {

// Adds `count` elements of the residual to v.
void add(const Job& job, const Elements& residual, const std::byte* from, size_t count, float* v) {
  alignas(64) std::array<float, kMaxTileColumns> floats;
  job.kernels.rows.load[residual.type](from, count, residual.scale, floats.data());
  job.kernels.eltwise.operate[S4_ELTWISE_ADD](v, floats.data(), v, count);
}

}  // namespace

TurnKernels::Turn* turn_of(const Job& job, size_t size) {
  const TurnKernels& kernels = job.kernels.turn;
  return size == 1 ? kernels.bytes1 : size == 2 ? kernels.bytes2 : kernels.bytes4;
}

Fault read_residual(AccessScope& scope, const Job& job, const SpmmShape& shape,
                    const SpmmPanel& panel, const SpmmTile& tile, const TileEnds& ends,
                    const TileBuffers& buffers) {
  const s4_cmd_spmm& c = shape.c;
  const size_t size = s4_type_bytes(c.residual_type);
  const uint64_t row = panel.first_row + tile.row;
  if (c.y_layout == S4_LAYOUT_ROWS) {
    return copy_rows(scope, c.residual + row * c.residual_pitch + tile.column * size,
                     c.residual_pitch, tile.rows, tile.columns * size, buffers.residual);
  }
  const size_t run = tile.rows * size;
  for (const Span& span : ends.residual_spans(tile)) {
    const uint64_t va = span.va + row * size;
    const std::byte* from = scope.view(va, (span.count - 1) * span.pitch + run);
    size_t pitch = span.pitch;
    if (from == nullptr) {
      if (const Fault fault = copy_rows(scope, va, span.pitch, span.count, run, buffers.turned)) {
        return fault;
      }
      from = buffers.turned;
      pitch = run;
    }
    turn_of(job, size)(from, pitch, span.count, tile.rows, buffers.residual + span.first * size,
                       tile.columns * size);
  }
  return {};
}

void finish_rows(const Job& job, const SpmmShape& shape, const SpmmPanel& panel,
                 const SpmmTile& tile, size_t row, size_t rows, const std::byte* sums,
                 const TileBuffers& buffers, std::byte* out, size_t out_pitch) {
  const s4_cmd_spmm& c = shape.c;
  const size_t channel = tile.row + row;
  const Elements residual(c.residual_type, c.residual_scale);
  const size_t residual_pitch = tile.columns * residual.size;
  const std::byte* residuals = buffers.residual + row * residual_pitch;
  const bool adds = shape.has_residual && c.residual_type == c.type;  // the kernel does
  const float y_scale = std::bit_cast<float>(c.y_scale);
  FinishArgs args{
      .sums = sums,
      .rows = rows,
      .scale = shape.has_scale ? panel.scale + channel : nullptr,
      .bias = shape.has_bias ? static_cast<std::byte*>(panel.bias) + channel * 4 : nullptr,
      .saturates = panel.saturates,
      .residual = adds ? residuals : nullptr,
      .residual_pitch = residual_pitch,
      .residual_scale = residual.scale,
      .relu = shape.plain && c.activation == S4_ACT_RELU,
      .y_scale = y_scale,
      .out = out,
      .out_pitch = out_pitch};
  if (shape.plain) {
    shape.tiles.finish[c.y_type](args);
    return;
  }
  const size_t columns = shape.tiles.columns;
  float* v = buffers.floats;
  args.out = reinterpret_cast<std::byte*>(v);
  args.out_pitch = columns * sizeof(float);
  shape.tiles.finish[S4_TYPE_FLOAT32](args);
  for (size_t i = 0; shape.has_residual && !adds && i < rows; ++i) {
    add(job, residual, residuals + i * residual_pitch, tile.columns, v + i * columns);
  }
  if (c.activation != S4_ACT_NONE) {
    job.kernels.functions.activate(
        v, rows * columns,
        {c.activation, std::bit_cast<float>(c.alpha), std::bit_cast<float>(c.beta)});
  }
  for (size_t i = 0; i < rows; ++i) {
    job.kernels.rows.store[c.y_type](v + i * columns, columns, y_scale, out + i * out_pitch);
  }
}

}  // namespace s4::card
