// SPDX-License-Identifier: MIT
// S4_OP_RESIZE: how the output falls into tiles. The modes are in files of their own.
#include "engine/resize.hpp"

#include "timing/model.hpp"

namespace s4::card {
namespace {

constexpr uint64_t kTile = 2 * kRowTile;  // elements

// What lies between the pixels that are wanted is read with them where that takes less time than to
// look for each: up to so many bytes, or floats to be converted.
constexpr uint64_t kSkippedBytes = 4096;
constexpr uint64_t kSkippedFloats = 256;

}  // namespace

ResizePlan::ResizePlan(const s4_cmd_resize& c)
    : across(c.coordinate, c.in_width, c.out_width), down(c.coordinate, c.in_height, c.out_height) {
  const uint64_t stride = across.stride();
  if (c.mode == S4_RESIZE_NEAREST) {
    channels = std::min<uint64_t>(c.channels, kResizeLine);
    spans = stride <= 1 || stride <= kSkippedBytes / c.x_pitch;
    pixels = kResizeLine / channels;
  } else {
    channels = std::min<uint64_t>(c.channels, kResizeChannels);
    spans = stride <= 2 || stride * channels <= kSkippedFloats;
    // A span begins and ends between outputs, so it may have two pixels more.
    pixels = std::min(kResizeLine / channels,
                      spans ? (kResizeSpan / channels - 3) / stride + 1 : kResizeLine);
  }
  pixels = std::min<uint64_t>(pixels, c.out_width);
  channel_parts = (c.channels + channels - 1) / channels;
  pixel_parts = (c.out_width + pixels - 1) / pixels;
  rows = std::max<uint64_t>(kTile / (pixels * channels), 1);
}

namespace {

Fault run_resize(const Job& job) {
  return job.command.resize.mode == S4_RESIZE_NEAREST ? run_resize_nearest(job)
                                                      : run_resize_bilinear(job);
}

timing::Cost resize_cost(const s4_cmd& command, s4_slice axis, const Slice& slice) {
  return timing::resize_cost(command.resize, axis, slice.begin, slice.end);
}

}  // namespace

const Command kResizeCommand{S4_OP_RESIZE, run_resize, resize_cost};

}  // namespace s4::card
