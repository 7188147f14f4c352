// SPDX-License-Identifier: MIT
// What was decided before commands are made: types of values, degrees of matrices.
#pragma once

#include <map>

#include "compiler/ir/graph.hpp"
#include "s4/abi/s4_cmd.h"

namespace s4::compiler {

// Of one Conv, MatMul or Gemm with constant weights, by the number of its weights' value.
struct MatrixPlan {
  uint32_t degree = 1;
  s4_type type = S4_TYPE_BF16;
  float x_scale = 0;  // INT8: an activation of 1 is this real number; else 0
  float error = 0;    // relative error that pruning brought to the output, for the report
};

struct Assignment {
  std::map<ValueId, MatrixPlan> matrices;  // those missing: degree 1, BF16
  std::map<ValueId, float> int8_scale;     // values held as INT8, with their scales; others BF16

  MatrixPlan matrix(ValueId weights) const {
    const auto found = matrices.find(weights);
    return found == matrices.end() ? MatrixPlan{} : found->second;
  }
};

}  // namespace s4::compiler
