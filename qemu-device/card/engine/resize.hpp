// SPDX-License-Identifier: MIT
// What both modes of RESIZE share: tiles are a part of some consecutive output rows. The line that
// a row of the image gives is kept for the next output rows, which mostly want it again.
#pragma once

#include <algorithm>

#include "engine/resize_axis.hpp"
#include "engine/rows.hpp"

namespace s4::card {

inline constexpr uint64_t kResizeLine = kRowChunk;        // elements of a tile's output row
inline constexpr uint64_t kResizeSpan = 2 * kResizeLine;  // floats of a row of the image
inline constexpr uint64_t kResizeChannels = 1024;         // of a bilinear tile
inline constexpr uint64_t kNoRow = ~uint64_t{0};          // no address of a row of the image

// How the output falls into tiles, and which pixels a tile reads.
struct ResizePlan {
  ResizeAxis across;
  ResizeAxis down;
  uint64_t channels;  // of a tile
  uint64_t channel_parts;
  uint64_t pixels;  // of an output row
  uint64_t pixel_parts;
  uint64_t rows;
  bool spans;  // of a row of the image all that lies between the first and the last pixel is read

  explicit ResizePlan(const s4_cmd_resize& c);
  uint64_t parts() const { return channel_parts * pixel_parts; }
};

// What tiles of both modes have.
class ResizeTile {
 public:
  ResizeTile(const Job& job, const ResizePlan& plan, uint64_t part)
      : c_(job.command.resize),
        plan_(plan),
        elements_(c_.type, S4_FLOAT_ONE),
        first_(part / plan.channel_parts * plan.pixels),
        pixels_(std::min(plan.pixels, c_.out_width - first_)),
        channel_(part % plan.channel_parts * plan.channels),
        channels_(std::min(plan.channels, c_.channels - channel_)),
        run_(channels_ * elements_.size),
        scope_(job.memory) {}

 protected:
  // The tile's channels of the first pixel of a row of the image, and of the tile's first output.
  uint64_t x_row(uint64_t image, uint64_t y) const {
    return c_.x + image * c_.x_image_pitch + y * c_.x_row_pitch + channel_ * elements_.size;
  }
  uint64_t y_row(uint64_t row) const {
    return c_.y + row / c_.out_height * c_.y_image_pitch + row % c_.out_height * c_.y_row_pitch +
           first_ * c_.y_pitch + channel_ * elements_.size;
  }

  const s4_cmd_resize& c_;
  const ResizePlan& plan_;
  const Elements elements_;
  const uint64_t first_;  // output pixel
  const uint64_t pixels_;
  const uint64_t channel_;
  const uint64_t channels_;
  const uint64_t run_;  // bytes
  RowScope scope_;
};

template <class Mode>
Fault run_resize_tiles(const Job& job) {
  const s4_cmd_resize& c = job.command.resize;
  const bool sliced = job.axis() != S4_SLICE_ALL;
  const uint64_t begin = sliced ? job.slice.begin : 0;
  const uint64_t end = sliced ? job.slice.end : uint64_t{c.images} * c.out_height;
  const ResizePlan plan(c);
  const uint64_t parts = plan.parts();
  const uint64_t tiles = (end - begin + plan.rows - 1) / plan.rows * parts;
  return for_each_tile(job.pool, tiles, [&](size_t tile) -> Fault {
    Mode worker(job, plan, tile % parts);
    const uint64_t first = begin + tile / parts * plan.rows;
    const uint64_t last = std::min(first + plan.rows, end);
    for (uint64_t row = first; row < last; ++row) {
      if (const Fault fault = worker.run(row)) {
        return fault;
      }
    }
    return {};
  });
}

Fault run_resize_nearest(const Job& job);
Fault run_resize_bilinear(const Job& job);

}  // namespace s4::card
