// SPDX-License-Identifier: MIT
// How far a tensor is from its reference: what quantisation or pruning cost, in three figures.
#pragma once

#include <cstddef>
#include <span>

#include "s4/result.hpp"

namespace s4::quantize {

struct Difference {
  double sqnr_db = 0;    // 10 log10(sum of ref^2 / sum of (ref - other)^2); infinite when equal
  double cosine = 0;     // of the angle between them; 1 when both are zero, 0 when one is
  double max_error = 0;  // largest |ref - other|
  size_t max_index = 0;  // the first element that has it
};

// Sums are taken in double, in order. Code::kInvalidArgument when the sizes differ, there is
// nothing, or a value is not finite.
Result<Difference> measure(std::span<const float> reference, std::span<const float> other);

}  // namespace s4::quantize
