// SPDX-License-Identifier: MIT
#include "compiler/ops/families.hpp"

namespace s4::compiler::ops {

Family matrix() {
  return {};
}

}  // namespace s4::compiler::ops
