// SPDX-License-Identifier: MIT
// What operators share: axes, constants that are an attribute in one version and an operand in
// another, conversion of floats.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "compiler/ops/operator.hpp"

namespace s4::compiler {

// Counted from the front; throws CompileError outside of [-rank, rank).
size_t normal_axis(const Call& call, int64_t axis, size_t rank);
std::vector<size_t> normal_axes(const Call& call, const std::vector<int64_t>& axes, size_t rank);

// Integers that are operand `i` when it is given (its elements must be known), else an attribute.
// nullopt: neither is there.
std::optional<std::vector<int64_t>> integers_of(const Call& call, size_t i,
                                                std::string_view attribute);

// A result of the first operand's type and shape.
std::vector<TensorType> infer_same(const Call& call);

// Float32 copies of float operands, and a float32 result in the type that is wanted.
inline Array as_float32(const Array& array) {
  return array.cast(DType::kFloat32);
}

// Product of extents [begin, end).
int64_t product(const Shape& shape, size_t begin, size_t end);

// Calls f(T()) for the element type of a tensor, each with its own storage type.
template <typename F>
void visit_storage(DType type, F&& f) {
  switch (dtype_bytes(type)) {
    case 1:
      return f(uint8_t());
    case 2:
      return f(uint16_t());
    case 4:
      return f(uint32_t());
    case 8:
      return f(uint64_t());
    default:
      fail("a tensor of undefined type cannot be moved");
  }
}

}  // namespace s4::compiler
