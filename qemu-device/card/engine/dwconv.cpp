// SPDX-License-Identifier: MIT
#include "engine/dwconv.hpp"

#include <algorithm>

#include "timing/model.hpp"

namespace s4::card {
namespace {

// The part of a command that is done: rows of all images, and pixels of each.
struct Share {
  uint64_t row_begin = 0;
  uint64_t row_end;
  uint64_t begin = 0;
  uint64_t end;

  explicit Share(const Job& job)
      : row_end(uint64_t{job.command.dwconv.window.images} * job.command.dwconv.window.out_height),
        end(job.command.dwconv.window.out_width) {
    if (job.axis() == S4_SLICE_ALL) {
      return;
    }
    if (row_end > 1) {
      row_begin = job.slice.begin;
      row_end = job.slice.end;
    } else {
      begin = job.slice.begin;
      end = job.slice.end;
    }
  }
};

// Tile `part` of an image, without what of it is not in the share: the tiles of a command are the
// same whatever its split.
DwconvTile tile_of(const s4_cmd_dwconv& c, const DwconvPlan& plan, const Share& share,
                   uint64_t image, uint64_t part) {
  const uint64_t before = image * c.window.out_height;  // rows of other images
  const uint64_t row = part % plan.block_parts * plan.block;
  part /= plan.block_parts;
  const uint64_t x = part % plan.column_parts * plan.width;
  const uint64_t y = part / plan.column_parts * plan.height;
  const uint64_t x_begin = std::max(x, share.begin);
  const uint64_t x_end = std::min<uint64_t>({x + plan.width, c.window.out_width, share.end});
  const uint64_t y_begin = std::max(before + y, share.row_begin);
  const uint64_t y_end =
      std::min<uint64_t>({before + y + plan.height, before + c.window.out_height, share.row_end});
  return {.image = image,
          .y = y_begin - before,
          .height = y_begin < y_end ? y_end - y_begin : 0,
          .x = x_begin,
          .width = x_begin < x_end ? x_end - x_begin : 0,
          .row = row,
          .rows = std::min<uint64_t>(plan.block, c.matrix.rows - row)};
}

Fault run_dwconv(const Job& job) {
  const s4_cmd_dwconv& c = job.command.dwconv;
  const DwconvPlan plan(c);
  const Share share(job);
  const uint64_t first = share.row_begin / c.window.out_height;
  const uint64_t images = (share.row_end - 1) / c.window.out_height + 1 - first;
  const uint64_t parts = plan.image_tiles();
  return for_each_tile(job.pool, images * parts, [&](size_t i) -> Fault {
    const DwconvTile tile = tile_of(c, plan, share, first + i / parts, i % parts);
    return tile.height > 0 && tile.width > 0 ? run_dwconv_tile(job, plan, tile) : Fault{};
  });
}

timing::Cost dwconv_cost(const s4_cmd& command, s4_slice axis, const Slice& slice) {
  return timing::dwconv_cost(command, axis, slice.begin, slice.end);
}

}  // namespace

const Command kDwconvCommand{S4_OP_DWCONV, run_dwconv, dwconv_cost};

}  // namespace s4::card
