// SPDX-License-Identifier: MIT
#include "compiler/ops/families.hpp"

namespace s4::compiler::ops {

Family reduce() {
  return {};
}

}  // namespace s4::compiler::ops
