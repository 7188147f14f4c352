// SPDX-License-Identifier: MIT
// How a tensor lies in memory: a block, where in it, and a stride for each dimension. Transposes,
// slices, reshapes and broadcasts are other views of the same block, and cost nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "compiler/ir/array.hpp"
#include "s4/abi/s4_cmd.h"

namespace s4::compiler {

uint32_t type_bytes(s4_type type);

struct View {
  uint32_t block = 0;  // of the emitter
  int64_t offset = 0;  // elements from the block's first byte
  Shape shape;
  Shape strides;  // elements; 0 repeats
  s4_type type = S4_TYPE_FLOAT32;
  float scale = 1;  // an integer stands for this times its value; 1 for BF16 and FLOAT32
  // Elements are 64-bit integers, of which `type` INT32 names the low words: strides count these.
  bool wide = false;

  size_t rank() const { return shape.size(); }
  int64_t count() const { return element_count(shape); }
  uint32_t element_bytes() const { return type_bytes(type); }
  uint64_t byte_offset() const { return static_cast<uint64_t>(offset) * element_bytes(); }
  bool dense() const;  // row-major without gaps

  View permuted(std::span<const int64_t> permutation) const;
  // [begin, begin + extent * step) of a dimension; step may be negative when begin is its highest.
  View sliced(size_t axis, int64_t begin, int64_t extent, int64_t step = 1) const;
  View broadcast(std::span<const int64_t> to) const;  // by numpy's rules
  // nullopt: the elements would have to be moved.
  std::optional<View> reshaped(std::span<const int64_t> to) const;
};

View dense_view(uint32_t block, Shape shape, s4_type type, float scale = 1);
// Row-major in the order of `permutation` of the dimensions: permutation.back() is contiguous.
View dense_view_in_order(uint32_t block, Shape shape, std::span<const int64_t> permutation,
                         s4_type type, float scale = 1);

}  // namespace s4::compiler
