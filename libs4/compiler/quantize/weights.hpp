// SPDX-License-Identifier: MIT
// Weights and biases of a layer to integers: a scale an output channel, zero point 0.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "s4/result.hpp"

namespace s4::quantize {

enum class RowScale {
  kLargest,     // the row's largest magnitude is 127: what s4::sparse::pack() does by itself
  kLeastError,  // the one of 24 clippings, from 0.54 to all of it, with the least square error
};

struct IntWeights {
  std::vector<int8_t> values;  // [rows][k], -127..127; real value: times scales[row]
  std::vector<float> scales;   // [rows]; 1 for a row of zeros
};

// Rounds half to even and saturates; zero stays zero, so banks stay balanced. `weights` [rows][k].
// Code::kInvalidArgument when the span does not fit, Code::kBadWeights, naming row and column, when
// one is not finite.
Result<IntWeights> quantize_weights(std::span<const float> weights, uint32_t rows, uint32_t k,
                                    RowScale rule = RowScale::kLargest);

// Biases [rows] in steps of x_scale * w_scales[row], the unit of the card's sums; rounds half to
// even and saturates at int32. Code::kInvalidArgument when sizes differ, a bias is not finite, or a
// scale is not a positive finite number.
Result<std::vector<int32_t>> quantize_bias(std::span<const float> bias, float x_scale,
                                           std::span<const float> w_scales);

}  // namespace s4::quantize
