// SPDX-License-Identifier: MIT
#pragma once

#include "compiler/ops/operator.hpp"

namespace s4::compiler {

// Of the nodes of domain "s4": adds operand 2, the bias [channels], and operand 3, the residual,
// where they are given, then computes the node's activation. y is float32.
void apply_epilogue(const Call& call, Array& y, size_t channel_axis);

}  // namespace s4::compiler
