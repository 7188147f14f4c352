// SPDX-License-Identifier: MIT
// Matrix commands of given shapes, without addresses: bias and ReLU for BF16; bias, scale and ReLU to
// INT8 for INT8.
#pragma once

#include <cstdint>

#include "s4/abi/s4_cmd.h"

namespace s4::bench {

struct MatrixShape {
  uint32_t rows;  // output channels
  uint32_t k;
  uint32_t columns;
  double operations() const { return 2.0 * rows * k * columns; }
};

// A square convolution.
struct ConvShape {
  uint32_t kernel;
  uint32_t stride;
  uint32_t padding;
  uint32_t in_channels;
  uint32_t out_channels;
  uint32_t in_side;
  uint32_t out_side;
  uint32_t images;
  uint32_t k() const { return kernel * kernel * in_channels; }
  double operations() const {
    return 2.0 * images * out_side * out_side * out_channels * k();
  }
};

// Activations by features: x[k][columns], y[rows][columns].
s4_cmd spmm_command(const MatrixShape& shape, bool int8, uint8_t degree);
// Images without gaps: [image][y][x][channel].
s4_cmd conv_command(const ConvShape& shape, bool int8, uint8_t degree);

}  // namespace s4::bench
