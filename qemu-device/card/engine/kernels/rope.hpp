// SPDX-License-Identifier: MIT
// Turns the pairs of a head, as local float32 (rope.cpp).
#pragma once

#include <cstddef>
#include <cstdint>

namespace s4::card {

// Floats behind the last one of a buffer that kernels may read or, of y, write: garbage.
inline constexpr size_t kRopeSlack = 32;

struct RopeArgs {
  const float* x;    // [dim]
  const float* cos;  // [half]
  const float* sin;
  float* y;     // [dim], not x
  size_t half;  // pairs; the elements behind the 2 * half are copied
  size_t dim;
};

// By enum s4_rope_layout.
struct RopeKernels {
  void (*turn[2])(const RopeArgs& args);
};
const RopeKernels& rope_kernels(int64_t target);

}  // namespace s4::card
