// SPDX-License-Identifier: MIT
// Planes of elements from one pair of strides to another (move.cpp).
#pragma once

#include <cstddef>
#include <cstdint>

namespace s4::card {

// Element (row, column) of `dst` becomes that of `src`. Strides are in bytes; those of
// src may be 0.
struct MoveArgs {
  const std::byte* src;
  std::byte* dst;
  size_t src_row;
  size_t src_column;
  size_t dst_row;
  size_t dst_column;
  size_t rows;
  size_t columns;
};
struct MoveKernels {
  void (*bytes1)(const MoveArgs& args);
  void (*bytes2)(const MoveArgs& args);
  void (*bytes4)(const MoveArgs& args);
  void (*bytes8)(const MoveArgs& args);
};
const MoveKernels& move_kernels(int64_t target);

}  // namespace s4::card
