// SPDX-License-Identifier: MIT
// The functions of docs/commands/functions.md on local runs of float32.
#pragma once

#include <cstddef>
#include <cstdint>

namespace s4::card {

// enum s4_activation with its parameters.
struct Activation {
  uint32_t kind = 0;
  float alpha = 0.0f;
  float beta = 0.0f;
};

struct FunctionKernels {
  // v[i] = activation(v[i]), i < count. A NaN may come out as any NaN: whoever stores makes it one.
  void (*activate)(float* v, size_t count, const Activation& activation);
  // y[i] = pow(a[i], b[i]). y may be a or b.
  void (*power)(const float* a, const float* b, float* y, size_t count);
};

const FunctionKernels& function_kernels(int64_t target);

}  // namespace s4::card
