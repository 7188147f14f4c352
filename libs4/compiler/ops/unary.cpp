// SPDX-License-Identifier: MIT
#include "compiler/ops/families.hpp"

namespace s4::compiler::ops {

Family unary() {
  return {};
}

}  // namespace s4::compiler::ops
