// SPDX-License-Identifier: MIT
// SPMM: random commands and what they do by the document.
#pragma once

#include <vector>

#include "case.hpp"

namespace s4::test {

// Valid index plane for [rows][k] at a degree above 1.
std::vector<uint8_t> random_indices(Random& random, uint32_t rows, uint32_t k, uint32_t degree);

struct SpmmLimits {
  uint32_t rows = 90;
  uint32_t k = 700;
  uint32_t columns = 140;
  bool scattered = true;  // false: all of memory contiguous and writable in place
};
Case random_spmm(Random& random, SpmmLimits limits = {});
void reference_spmm(const s4_cmd& command, FakeMemory& memory);

}  // namespace s4::test
