// SPDX-License-Identifier: MIT
#pragma once

#include "compiler/lower/lowering.hpp"

namespace s4::compiler {

// y = a op b, element by element; all three of one shape (see View::broadcast).
void eltwise(Lowering& to, s4_eltwise_op op, const View& a, const View& b, const View& y);

}  // namespace s4::compiler
