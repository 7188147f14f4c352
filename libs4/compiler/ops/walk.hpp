// SPDX-License-Identifier: MIT
// Walks over boxes of elements, operands with strides of their own.
#pragma once

#include <array>
#include <cstdint>

#include "compiler/ir/array.hpp"

namespace s4::compiler {

// Strides of an operand of `shape` that is broadcast to `to`: 0 where it repeats.
inline Shape broadcast_strides(const Shape& shape, const Shape& to) {
  const Shape own = row_major_strides(shape);
  Shape out(to.size(), 0);
  const size_t lead = to.size() - shape.size();
  for (size_t i = 0; i < shape.size(); ++i)
    out[lead + i] = shape[i] == 1 ? 0 : own[i];
  return out;
}

// Calls f(index, {offset of each operand}) for every element of `shape` in row-major order.
template <size_t N, typename F>
void walk(const Shape& shape, const std::array<Shape, N>& strides, F&& f) {
  const int64_t count = element_count(shape);
  if (count == 0)
    return;
  const size_t rank = shape.size();
  Shape at(rank, 0);
  std::array<int64_t, N> offset{};
  for (int64_t i = 0;; ++i) {
    f(i, offset);
    size_t d = rank;
    while (true) {
      if (d == 0)
        return;
      --d;
      for (size_t n = 0; n < N; ++n)
        offset[n] += strides[n][d];
      if (++at[d] < shape[d])
        break;
      for (size_t n = 0; n < N; ++n)
        offset[n] -= strides[n][d] * shape[d];
      at[d] = 0;
    }
  }
}

}  // namespace s4::compiler
