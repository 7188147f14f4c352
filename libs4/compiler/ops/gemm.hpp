// SPDX-License-Identifier: MIT
// Products of float32 matrices, by Eigen, rows of the result in parallel. The sum over k of an
// element does not depend on the number of threads.
#pragma once

#include <cstdint>

namespace s4::compiler {

// y[m][n] = a[m][k] * b[k][n], row-major without gaps; with `b_transposed` b is [n][k].
void gemm(const float* a, const float* b, float* y, int64_t m, int64_t n, int64_t k,
          bool b_transposed = false);

}  // namespace s4::compiler
