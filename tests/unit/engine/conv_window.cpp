// SPDX-License-Identifier: MIT
// Random windows over images, for the cases of CONV and DWCONV.
#include <algorithm>
#include <sstream>

#include "conv_case.hpp"

namespace s4::test {

void random_window(Random& random, s4_conv_window& w, uint32_t extent, const Sides& sides,
                   __u64* x_pitch, __u64* y_pitch) {
  const auto number = [&](uint64_t low, uint64_t high) {
    return static_cast<uint32_t>(random.number(low, high));
  };
  w.images = number(1, 3);
  w.in_height = random.chance(20) ? 1 : number(1, extent);
  w.in_width = number(1, random.chance(20) ? 3 * extent : extent);
  const bool point = random.chance(25);
  w.kernel_height = static_cast<uint8_t>(point ? 1 : number(1, 4));
  w.kernel_width = static_cast<uint8_t>(point ? 1 : number(1, random.chance(10) ? 9 : 4));
  w.stride_y = static_cast<uint8_t>(random.chance(60) ? 1 : number(1, 4));
  w.stride_x = static_cast<uint8_t>(random.chance(60) ? 1 : number(1, 4));
  w.dilation_y = static_cast<uint8_t>(random.chance(70) ? 1 : number(1, 3));
  w.dilation_x = static_cast<uint8_t>(random.chance(70) ? 1 : number(1, 3));
  if (!point || random.chance(20)) {
    w.pad_top = static_cast<uint16_t>(number(0, 4));
    w.pad_left = static_cast<uint16_t>(number(0, 4));
  }
  // What fits, or anything: outputs whose windows are all padding are defined too.
  const auto fitting = [&](uint32_t in, uint32_t pad, uint32_t kernel, uint32_t stride,
                           uint32_t dilation) {
    const uint32_t span = (kernel - 1) * dilation + 1;
    const uint32_t all = in + 2 * pad;
    return random.chance(15) ? number(1, extent) : all < span ? 1 : (all - span) / stride + 1;
  };
  w.out_height = fitting(w.in_height, w.pad_top, w.kernel_height, w.stride_y, w.dilation_y);
  w.out_width = fitting(w.in_width, w.pad_left, w.kernel_width, w.stride_x, w.dilation_x);

  const bool flat = random.chance(40);
  const auto gap = [&](uint64_t size) {
    return flat ? 0 : random.one_of<uint64_t>({0, 0, 1, 3, 40}) * size;
  };
  *x_pitch = sides.x_run + gap(sides.x_size);
  w.x_row_pitch = sides.x_run + (w.in_width - 1) * *x_pitch + gap(sides.x_size);
  w.x_image_pitch = test::extent(w.in_height, w.x_row_pitch,
                                  sides.x_run + (w.in_width - 1) * *x_pitch) +
                    gap(sides.x_size);
  *y_pitch = sides.y_run + gap(sides.y_size);
  w.y_row_pitch = sides.y_run + (w.out_width - 1) * *y_pitch + gap(sides.y_size);
  w.y_image_pitch = test::extent(w.out_height, w.y_row_pitch,
                                  sides.y_run + (w.out_width - 1) * *y_pitch) +
                    gap(sides.y_size);
}

uint64_t x_bytes(const s4_conv_window& w, uint64_t pitch, uint64_t run) {
  return (w.images - 1) * w.x_image_pitch + (w.in_height - 1) * w.x_row_pitch +
         (w.in_width - 1) * pitch + run;
}

uint64_t y_bytes(const s4_conv_window& w, uint64_t pitch, uint64_t run) {
  return (w.images - 1) * w.y_image_pitch + (w.out_height - 1) * w.y_row_pitch +
         (w.out_width - 1) * pitch + run;
}

std::string text_of(const s4_conv_window& w) {
  std::ostringstream text;
  text << " images " << w.images << " in " << w.in_height << "x" << w.in_width << " out "
       << w.out_height << "x" << w.out_width << " pad " << w.pad_top << " " << w.pad_left
       << " kernel " << int{w.kernel_height} << "x" << int{w.kernel_width} << " stride "
       << int{w.stride_y} << " " << int{w.stride_x} << " dilation " << int{w.dilation_y} << " "
       << int{w.dilation_x};
  return text.str();
}

}  // namespace s4::test
