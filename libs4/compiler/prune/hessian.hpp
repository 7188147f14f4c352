// SPDX-License-Identifier: MIT
// What a layer's inputs look like to second order. For y = W x the squared error of changed weights
// W' over calibration inputs X [k][columns] is ||(W - W') X||^2 = tr(D H D^T) / 2 with D = W - W'
// and H = 2 X X^T: the same H for every row. Layers that read the same inputs share one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compiler/prune/banks.hpp"

namespace s4::prune {

// Not thread-safe while it is added to. The same batches give the same bits, however many threads
// the host has.
class Hessian {
 public:
  // Memory is 8 k^2 bytes, and factor() takes 12 k^2 more.
  static constexpr uint32_t kMaxK = 16384;

  // Code::kUnsupported above kMaxK.
  static Result<Hessian> create(uint32_t k);

  // Adds a batch: activations [k][columns], row-major; a convolution's columns are its unfolded
  // windows. Code::kInvalidArgument, nothing added, when the span does not fit or a value is not
  // finite or above 1e15 (its products would leave float).
  Result<void> add(std::span<const float> x, uint32_t columns);

  uint32_t k() const { return k_; }
  uint64_t columns() const { return columns_; }  // added so far

  // H, element (i, j).
  double at(uint32_t i, uint32_t j) const {
    return i >= j ? lower_[size_t{i} * k_ + j] : lower_[size_t{j} * k_ + i];
  }
  // [k][k] row-major; what stands above the diagonal is meaningless.
  std::span<const double> lower() const { return lower_; }

  // ||(W - W') X|| / ||W X|| (Frobenius) for `after` [rows][k] in place of `before`. When W X is
  // zero: 0 if nothing changed in the output, infinity if something did.
  double relative_error(const Matrix& before, std::span<const float> after) const;

 private:
  explicit Hessian(uint32_t k) : k_(k), lower_(size_t{k} * k) {}

  uint32_t k_ = 0;
  uint64_t columns_ = 0;
  std::vector<double> lower_;
};

// U upper triangular with (H + ridge I)^-1 = U^T U. Row i of U, divided by U(i, i), says how the
// columns behind i make up for a change of column i when those before it stand still.
struct InverseFactor {
  uint32_t k = 0;
  double ridge = 0;
  std::vector<float> upper;  // [k][k] row-major, zero below the diagonal

  const float* row(uint32_t i) const { return upper.data() + size_t{i} * k; }
};

// `damping` times the mean of the diagonal over inputs that were ever other than zero is added to
// the diagonal, so that there is an inverse. For an input that was always zero (a dead one) that is
// all there is: its weights go first, the smallest before the others, and make up for nothing. If
// rounding still leaves no positive definite matrix, the damping is taken ten times as large, up to
// 1. Code::kInvalidArgument when no batch was added or damping is not in (0, 1].
Result<InverseFactor> factor(const Hessian& hessian, double damping = 0.01);

}  // namespace s4::prune
