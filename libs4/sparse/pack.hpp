// SPDX-License-Identifier: MIT
// Dense matrix to blob of balanced banks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "sparse/layout.hpp"

namespace s4::sparse {

struct PackInput {
  const void* data = nullptr;     // float or int8_t, element (r, k) at r * pitch + k
  s4_type type{};                 // S4_TYPE_FLOAT32 or S4_TYPE_INT8
  uint64_t pitch = 0;             // elements
  const uint8_t* mask = nullptr;  // [rows][k], non-zero keeps; null: by magnitude
  const float* scale = nullptr;   // [rows], of float to INT8; null: largest magnitude over 127
  float* scale_out = nullptr;     // [rows]; may be null
};

// Writes the whole blob; `blob` is exactly layout(shape)->total_bytes long. Errors name row and
// bank, or row and column.
Result<void> pack(const Shape& shape, const PackInput& input, std::span<std::byte> blob);

}  // namespace s4::sparse
