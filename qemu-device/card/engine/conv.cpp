// SPDX-License-Identifier: MIT
#include "engine/conv.hpp"

#include <algorithm>

#include "engine/access.hpp"
#include "s4/abi/s4_check.h"
#include "timing/model.hpp"

namespace s4::card {
namespace {

// Rows of `shape`, all of one group, whose first channel stands at `x`.
Fault run_group(const Job& job, const SpmmShape& shape, uint64_t x) {
  const s4_cmd_conv& c = job.command.conv;
  const auto whole = [&](const TileEnds& ends) {
    return for_each_panel(job, shape, [&](const SpmmPanel& panel) {
      return run_tiles(job, shape, panel, ends, shape.column_begin, shape.column_end);
    });
  };
  if (ConvFlat::fits(c)) {
    return whole(ConvFlat(job, shape, x));
  }
  if (!ConvImage::fits(c, shape.tiles)) {
    return whole(ConvGather(job, shape, x));
  }
  ConvImage image(job, shape, x);
  return for_each_panel(job, shape, [&](const SpmmPanel& panel) -> Fault {
    for (uint64_t begin = shape.column_begin; begin < shape.column_end;) {
      const uint64_t end = image.band_end(begin, shape.column_end);
      Scratch scratch = job.scratch.get(image.band_bytes(begin, end));
      if (const Fault fault =
              image.load(begin, end, scratch.take<std::byte>(image.band_bytes(begin, end)))) {
        return fault;
      }
      if (const Fault fault = run_tiles(job, shape, panel, image, begin, end)) {
        return fault;
      }
      begin = end;
    }
    return {};
  });
}

Fault run_conv(const Job& job) {
  const s4_cmd_conv& c = job.command.conv;
  const SpmmShape all = SpmmShape::of(job);
  const uint64_t group_rows = c.matrix.rows / c.groups;
  for (uint64_t row = all.row_begin; row < all.row_end;) {
    const uint64_t group = row / group_rows;
    SpmmShape shape = all;
    shape.row_begin = row;
    shape.row_end = std::min((group + 1) * group_rows, all.row_end);
    if (const Fault fault =
            run_group(job, shape, c.matrix.x + group * c.channels * shape.size)) {
      return fault;
    }
    row = shape.row_end;
  }
  return {};
}

timing::Cost conv_cost(const s4_cmd& command, s4_slice axis, const Slice& slice) {
  return timing::conv_cost(command, axis, slice.begin, slice.end);
}

}  // namespace

Spans ConvEnds::y_spans(const SpmmTile& tile) const {
  Spans spans;
  for_each_run(w_, tile, [&](size_t first, size_t count, const Pixel& pixel) {
    spans.add({first, count,
               c_.matrix.y + pixel.image * w_.y_image_pitch + pixel.oy * w_.y_row_pitch +
                   pixel.ox * c_.matrix.y_pitch,
               c_.matrix.y_pitch});
  });
  return spans;
}

Spans ConvEnds::residual_spans(const SpmmTile& tile) const {
  Spans spans;
  for_each_run(w_, tile, [&](size_t first, size_t count, const Pixel& pixel) {
    spans.add({first, count,
               c_.matrix.residual + pixel.image * c_.residual_image_pitch +
                   pixel.oy * c_.residual_row_pitch + pixel.ox * c_.matrix.residual_pitch,
               c_.matrix.residual_pitch});
  });
  return spans;
}

bool ConvFlat::fits(const s4_cmd_conv& c) {
  const s4_conv_window& w = c.window;
  return w.kernel_height == 1 && w.kernel_width == 1 && w.stride_y == 1 && w.stride_x == 1 &&
         w.pad_top == 0 && w.pad_left == 0 && w.in_height == w.out_height &&
         w.in_width == w.out_width &&
         (w.out_height == 1 || w.x_row_pitch == w.in_width * c.matrix.x_pitch) &&
         (w.images == 1 || w.x_image_pitch == uint64_t{w.in_height} * w.in_width * c.matrix.x_pitch);
}

Fault ConvFlat::pack(AccessScope& scope, const SpmmTile& tile, uint64_t k, size_t ks,
                     const TileBuffers& buffers) const {
  return pack_columns(scope, shape_,
                      x_ + tile.column * c_.matrix.x_pitch + k * shape_.size, c_.matrix.x_pitch, ks,
                      tile.columns, buffers);
}

const Command kConvCommand{S4_OP_CONV, run_conv, conv_cost};

}  // namespace s4::card
