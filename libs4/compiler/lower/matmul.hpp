// SPDX-License-Identifier: MIT
// Products of two computed operands: MATMUL.
#pragma once

#include "compiler/lower/lowering.hpp"

namespace s4::compiler {

// y[..., m, n] = scale * a[..., m, k] * w[..., k, n], batches broadcast already to y's.
void product(Lowering& to, const View& a, const View& w, const View& y, float scale = 1);

// The rule of MatMul.
void lower_product(Lowering& to, const Node& node);

}  // namespace s4::compiler
