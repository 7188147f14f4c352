// SPDX-License-Identifier: MIT
// MATMUL: random commands and what they do by the document.
#pragma once

#include "case.hpp"

namespace s4::test {

struct MatmulLimits {
  uint32_t matrices = 4;  // batches, and heads
  uint32_t m = 70;
  uint32_t k = 150;
  uint32_t n = 80;
  bool scattered = true;  // false: all of memory contiguous and writable in place
};
Case random_matmul(Random& random, MatmulLimits limits = {});
void reference_matmul(const s4_cmd& command, FakeMemory& memory);

}  // namespace s4::test
