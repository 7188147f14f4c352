// SPDX-License-Identifier: MIT
// Checks of a blob before it is used: header, length, CRC, order of the indices.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "sparse/layout.hpp"

namespace s4::sparse {

// The blob's shape when all is well; else Code::kBadWeights, and the message names the field, or
// the row and the bank. The blob may stand at any alignment.
Result<Shape> verify(std::span<const std::byte> blob);

// Dense form of a verified blob, [rows][k]: bfloat16 as float, int8 as it stands.
std::vector<float> to_dense(std::span<const std::byte> blob);

}  // namespace s4::sparse
