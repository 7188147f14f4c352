// SPDX-License-Identifier: MIT
// Rows of elements as local float32 (rows.cpp): read, written, and added up in the documents' order.
#pragma once

#include <cstddef>
#include <cstdint>

#include "s4/abi/s4_cmd.h"

namespace s4::card {

// Partial results of sum16 and its like: element e belongs to partial e % 16.
inline constexpr size_t kPartials = 16;

// Buffers of floats are 64-byte aligned and hold a multiple of kPartials, so that kernels may work
// on whole vectors; what stands behind `count` is unspecified.
struct RowKernels {
  // By enum s4_type: `count` contiguous elements to floats, an integer times `scale`.
  void (*load[5])(const std::byte* from, size_t count, float scale, float* to);
  // The same back, a result for INT8 times `scale`. None for INT32.
  void (*store[4])(const float* from, size_t count, float scale, std::byte* to);
  // By enum s4_reduce_op: s[e % 16] takes x[e], e ascending.
  void (*accumulate[7])(const float* x, size_t count, float* s);
  // s[i] takes x[i].
  void (*combine[7])(const float* x, size_t count, float* s);
  // s[i] takes the partial result t[i].
  void (*fold[7])(const float* t, size_t count, float* s);
  // s[e % 16] += (x[e] - mean)^2.
  void (*deviations)(const float* x, size_t count, float mean, float* s);
};
const RowKernels& rows_kernels(int64_t target);

}  // namespace s4::card
