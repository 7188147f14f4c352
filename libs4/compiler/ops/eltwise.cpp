// SPDX-License-Identifier: MIT
#include "compiler/ops/families.hpp"

namespace s4::compiler::ops {

Family eltwise() {
  return {};
}

}  // namespace s4::compiler::ops
