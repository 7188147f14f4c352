// SPDX-License-Identifier: MIT
// Depthwise sums on local float32, and the epilogue's beginning (dwconv.cpp). Vectors run over
// channels.
#pragma once

#include <cstddef>
#include <cstdint>

namespace s4::card {

// A rectangle of results, the channels of each side by side. Result (row, pixel) is the sum over
// the taps, in their order, of weights[tap][channel] and x[row * row_step + pixel * pixel_step +
// offsets[tap] + channel].
struct DwconvArgs {
  const float* x;
  size_t row_step;
  size_t pixel_step;
  const uint32_t* offsets;  // [taps]
  const float* weights;     // [taps][channels]
  size_t taps;              // of INT8 at most kMaxExactEntries
  size_t rows;
  size_t pixels;
  size_t channels;  // a multiple of kPartials
  bool first;       // sums begin with zero
  void* sums;       // [rows][pixels][channels] of float, or int32_t for INT8
};

// Bias and scale, in place.
struct DwconvEndArgs {
  void* sums;  // [pixels][channels]
  size_t pixels;
  size_t channels;     // likewise
  const float* scale;  // [channels], or nullptr
  const void* bias;    // [channels] of float, or int32_t for INT8, or nullptr
};

struct DwconvKernels {
  void (*bf16)(const DwconvArgs& args);
  void (*int8)(const DwconvArgs& args);
  void (*end_bf16)(const DwconvEndArgs& args);
  void (*end_int8)(const DwconvEndArgs& args);   // sums become float
  void (*end_int32)(const DwconvEndArgs& args);  // sums of INT8 stay integers
};
const DwconvKernels& dwconv_kernels(int64_t target);

}  // namespace s4::card
