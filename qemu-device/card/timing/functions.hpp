// SPDX-License-Identifier: MIT
// Operations of the VPU that a function of one element takes. docs/commands/time.md.
#pragma once

#include <cstdint>

#include "s4/abi/s4_cmd.h"
#include "timing/parameters.hpp"

namespace s4::card::timing {

// pow is a logarithm, a product and an exponential.
inline constexpr uint64_t kPowOps = 2 * kFunctionOps + 1;

constexpr uint64_t activation_ops(uint8_t activation) {
  switch (activation) {
    case S4_ACT_NONE:
      return 0;
    case S4_ACT_RELU:
    case S4_ACT_ABS:
    case S4_ACT_NEG:
    case S4_ACT_FLOOR:
    case S4_ACT_CEIL:
    case S4_ACT_ROUND:
      return 1;
    case S4_ACT_RELU6:
    case S4_ACT_CLIP:
      return 2;
    case S4_ACT_LEAKY_RELU:  // comparison, product, choice
      return 3;
    case S4_ACT_HARD_SIGMOID:  // sum, two bounds, product
      return 4;
    case S4_ACT_HARD_SWISH:  // bound, product
      return 4 + 2;
    case S4_ACT_SIGMOID:
    case S4_ACT_TANH:
    case S4_ACT_EXP:
    case S4_ACT_ERF:
    case S4_ACT_LOG:
      return kFunctionOps;
    case S4_ACT_SILU:  // bound, product
      return kFunctionOps + 2;
    case S4_ACT_GELU:  // bound, three products, sum
      return kFunctionOps + 5;
    case S4_ACT_GELU_TANH:  // bound, three products, fused one
      return kFunctionOps + 5;
    case S4_ACT_SQRT:
    case S4_ACT_RECIPROCAL:
      return kDivideOps;
    case S4_ACT_RSQRT:
      return 2 * kDivideOps;
    default:
      return 0;  // the check of commands knows no other
  }
}

}  // namespace s4::card::timing
