// SPDX-License-Identifier: MIT
// CONV: random commands and what they do by the document.
#pragma once

#include "case.hpp"

namespace s4::test {

struct ConvLimits {
  uint32_t rows = 40;  // of a group
  uint32_t channels = 70;
  uint32_t extent = 14;  // of an image, either way
  bool scattered = true;
};
Case random_conv(Random& random, ConvLimits limits = {});
void reference_conv(const s4_cmd& command, FakeMemory& memory);

// Also of DWCONV, whose fields stand where CONV's do: a residual of images, or y itself.
void random_image_residual(Case& c, Places& places, Random& random, Values values,
                           uint64_t y_bytes);

// A random window over images; what a pixel of x and y has of bytes, and the alignment of pitches.
struct Sides {
  uint64_t x_run;
  uint64_t y_run;
  uint64_t x_size;
  uint64_t y_size;
};
// Sets the window and the pitches of pixels.
void random_window(Random& random, s4_conv_window& w, uint32_t extent, const Sides& sides,
                   __u64* x_pitch, __u64* y_pitch);
uint64_t x_bytes(const s4_conv_window& w, uint64_t pitch, uint64_t run);
uint64_t y_bytes(const s4_conv_window& w, uint64_t pitch, uint64_t run);
std::string text_of(const s4_conv_window& w);

}  // namespace s4::test
