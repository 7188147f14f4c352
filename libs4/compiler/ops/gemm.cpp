// SPDX-License-Identifier: MIT
#include "compiler/ops/gemm.hpp"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>

#include <Eigen/Core>
#include <algorithm>

namespace s4::compiler {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMap = Eigen::Map<const Matrix>;

// Rows or columns of a tile: fixed, so that Eigen blocks each product in the same way whoever
// computes it.
constexpr int64_t kTile = 256;

}  // namespace

void gemm(const float* a, const float* b, float* y, int64_t m, int64_t n, int64_t k,
          bool b_transposed) {
  if (m == 0 || n == 0)
    return;
  if (k == 0) {
    std::fill_n(y, m * n, 0.0f);
    return;
  }
  const int64_t m_tiles = (m + kTile - 1) / kTile, n_tiles = (n + kTile - 1) / kTile;
  tbb::parallel_for(int64_t{0}, m_tiles * n_tiles, [&](int64_t tile) {
    const int64_t row = tile / n_tiles * kTile, column = tile % n_tiles * kTile;
    const int64_t rows = std::min(kTile, m - row), columns = std::min(kTile, n - column);
    const ConstMap left(a + row * k, rows, k);
    Eigen::Map<Matrix, 0, Eigen::OuterStride<>> out(y + row * n + column, rows, columns,
                                                    Eigen::OuterStride<>(n));
    if (b_transposed) {
      const ConstMap right(b + column * k, columns, k);
      out.noalias() = left * right.transpose();
    } else {
      const Eigen::Map<const Matrix, 0, Eigen::OuterStride<>> right(b + column, k, columns,
                                                                    Eigen::OuterStride<>(n));
      out.noalias() = left * right;
    }
  });
}

}  // namespace s4::compiler
