// SPDX-License-Identifier: MIT
// Softmax of local runs of float32 (softmax.cpp). Buffers as rows.hpp says.
#pragma once

#include <cstddef>
#include <cstdint>

namespace s4::card {

struct SoftmaxKernels {
  // v[i] = v[i] * factor, and s[i % 16] takes the greatest.
  void (*scale)(float* v, size_t count, float factor, float* s);
  // v[i] = exp(v[i] - m), which s[i % 16] adds up.
  void (*exponentials)(float* v, size_t count, float m, float* s);
  // v[i] = v[i] - m; s[i % 16] adds up the exponentials of these.
  void (*differences)(float* v, size_t count, float m, float* s);
  // v[i] = v[i] * r and v[i] = v[i] - r.
  void (*multiply)(float* v, size_t count, float r);
  void (*subtract)(float* v, size_t count, float r);
  // max16 and sum16 of sixteen partial results, which are used up.
  float (*greatest)(float* s);
  float (*sum)(float* s);
};
const SoftmaxKernels& softmax_kernels(int64_t target);

}  // namespace s4::card
