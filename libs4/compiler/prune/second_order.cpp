// SPDX-License-Identifier: MIT
#include "compiler/prune/second_order.hpp"

#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>

#include <Eigen/Core>
#include <algorithm>
#include <array>

#include "compiler/prune/magnitude.hpp"
#include "compiler/prune/reconstruct.hpp"

namespace s4::prune {
namespace {

using Eigen::Index;
using RowsF = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Strided = Eigen::OuterStride<>;

constexpr uint32_t kRows = 32;  // a task; fixed, so that the result does not depend on the threads

// One bank of one row: chooses, clears what goes and moves the rest of the bank. errors[i] is what
// column i passes on to the columns behind the bank, in multiples of row i of U.
void sweep_bank(float* weights, const InverseFactor& inverse, uint32_t first, uint32_t columns,
                uint32_t entries, std::span<uint8_t> mask_row, float* errors) {
  std::array<float, S4_BANK> scores{};  // roots of the saliency: the same order, no underflow
  for (uint32_t i = 0; i < columns; ++i)
    scores[i] = weights[i] / inverse.row(first + i)[first + i];
  const sparse::BankBits kept = sparse::largest_of_bank(scores.data(), entries);
  set_bank(mask_row, first / S4_BANK, kept);
  for (uint32_t i = 0; i < columns; ++i) {
    errors[i] = 0;
    if (kept >> i & 1)
      continue;
    const float* u = inverse.row(first + i) + first;
    errors[i] = weights[i] / u[i];
    weights[i] = 0;
    for (uint32_t j = i + 1; j < columns; ++j)
      weights[j] -= errors[i] * u[j];
  }
}

// Rows begin..begin+rows of `weights`, bank by bank from the first column to the last.
void sweep(std::span<float> weights, Mask& mask, const InverseFactor& inverse, uint32_t begin,
           uint32_t rows, uint32_t entries) {
  const uint32_t k = inverse.k;
  RowsF errors(rows, S4_BANK);
  for (uint32_t first = 0; first < k; first += S4_BANK) {
    const uint32_t columns = std::min<uint32_t>(S4_BANK, k - first);
    for (uint32_t r = 0; r < rows; ++r) {
      const size_t at = size_t{begin + r} * k;
      sweep_bank(weights.data() + at + first, inverse, first, columns, entries,
                 std::span(mask).subspan(at, k), errors.row(r).data());
    }
    const uint32_t behind = first + columns;
    if (behind == k)
      break;
    const Eigen::Map<const RowsF, 0, Strided> u(inverse.row(first) + behind, columns, k - behind,
                                                Strided(k));
    Eigen::Map<RowsF, 0, Strided> rest(weights.data() + size_t{begin} * k + behind, rows,
                                       k - behind, Strided(k));
    rest.noalias() -= errors.leftCols(columns) * u;
  }
}

}  // namespace

Result<Pruned> prune_second_order(const Matrix& matrix, const Hessian& hessian,
                                  const InverseFactor& inverse, uint32_t degree,
                                  const SecondOrderOptions& options) {
  // Also the answer for what is pruned already, and the check of matrix and degree.
  auto by_magnitude = mask_by_magnitude(matrix, degree);
  if (!by_magnitude)
    return std::move(by_magnitude).error();
  if (hessian.k() != matrix.k || inverse.k != matrix.k) {
    return bad_argument(fmt::format("the matrix has k = {}, its inputs' Hessian {}, the factor {}",
                                    matrix.k, hessian.k(), inverse.k));
  }
  Pruned result;
  result.weights.assign(matrix.values.begin(), matrix.values.end());
  result.mask = *std::move(by_magnitude);
  if (holds(matrix, degree))
    return result;
  const uint32_t tasks = (matrix.rows + kRows - 1) / kRows;
  tbb::parallel_for(uint32_t{0}, tasks, [&](uint32_t task) {
    const uint32_t begin = task * kRows;
    sweep(result.weights, result.mask, inverse, begin, std::min(kRows, matrix.rows - begin),
          S4_BANK / degree);
  });
  if (options.iterations > 0) {
    Reconstruction(hessian, inverse.ridge)
        .improve(matrix, result.mask, result.weights, options.iterations);
  }
  result.relative_error = hessian.relative_error(matrix, result.weights);
  return result;
}

}  // namespace s4::prune
