// SPDX-License-Identifier: MIT
#pragma once

#include "compiler/ops/operator.hpp"

namespace s4::compiler {

// The shape that a PRelu's slope is broadcast from.
Shape prelu_slope_shape(const Node& node, const Shape& x, const Shape& slope);

}  // namespace s4::compiler
