// SPDX-License-Identifier: MIT
// The last step of normalisations, on local runs of float32 (norm.cpp). Buffers as rows.hpp says.
#pragma once

#include <cstddef>
#include <cstdint>

namespace s4::card {

struct NormalizeArgs {
  const float* v;
  float* y;  // may be v
  size_t count;
  const float* mean;  // one; nullptr: none is subtracted
  float r;
  const float* gamma;  // [count], or nullptr
  const float* beta;
};
struct NormKernels {
  // y[i] = ((v[i] - mean) * r) * gamma[i] + beta[i].
  void (*normalize)(const NormalizeArgs& args);
  // v[i] = v[i] + add[i].
  void (*add)(float* v, const float* add, size_t count);
};
const NormKernels& norm_kernels(int64_t target);

}  // namespace s4::card
