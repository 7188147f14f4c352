// SPDX-License-Identifier: MIT
// Between pixels, as local float32 (resize.cpp).
#pragma once

#include <cstddef>
#include <cstdint>

namespace s4::card {

// Floats behind the last one of a buffer that kernels may read or write: garbage.
inline constexpr size_t kResizeSlack = 32;

// Along a row. Output pixel i, `channels` floats of y, lies between the pixels of x that begin at
// at[i] and at at[i] + channels. With f[i] = 0 the second is not there: garbage that may be read.
struct AcrossArgs {
  const float* x;
  const uint32_t* at;
  const float* f;
  size_t pixels;
  size_t channels;
  float* y;
};
struct ResizeKernels {
  void (*across)(const AcrossArgs& args);
  // y[i] = upper[i] + (lower[i] - upper[i]) * f.
  void (*down)(const float* upper, const float* lower, float f, size_t count, float* y);
};
const ResizeKernels& resize_kernels(int64_t target);

}  // namespace s4::card
