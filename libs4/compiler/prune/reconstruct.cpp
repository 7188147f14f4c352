// SPDX-License-Identifier: MIT
#include "compiler/prune/reconstruct.hpp"

#include <oneapi/tbb/parallel_for.h>

#include <Eigen/Core>
#include <algorithm>
#include <vector>

namespace s4::prune {
namespace {

using Eigen::Index;
using RowsF = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ArrayF = Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using RowVector = Eigen::Array<float, 1, Eigen::Dynamic>;

constexpr uint32_t kRows = 32;  // a task; fixed, so that the result does not depend on the threads
// A row is done when its residual, squared, has fallen to this share: float has no more to give.
constexpr double kDone = 1e-12;

double dot(const RowsF& a, const RowsF& b, Index row) {
  return (a.row(row).cast<double>().array() * b.row(row).cast<double>().array()).sum();
}

}  // namespace

Reconstruction::Reconstruction(const Hessian& hessian, double ridge)
    : k_(hessian.k()), h_(size_t{k_} * k_) {
  // Scaled, which changes no step, so that float holds it whatever the inputs' unit is.
  double trace = 0;
  for (uint32_t i = 0; i < k_; ++i)
    trace += hessian.at(i, i) + ridge;
  const double scale = k_ / trace;
  tbb::parallel_for(uint32_t{0}, k_, [&](uint32_t i) {
    for (uint32_t j = 0; j < k_; ++j)
      h_[size_t{i} * k_ + j] =
          static_cast<float>((hessian.at(i, j) + (i == j ? ridge : 0.0)) * scale);
  });
}

void Reconstruction::improve(const Matrix& before, std::span<const uint8_t> mask,
                             std::span<float> weights, uint32_t iterations) const {
  if (iterations == 0)
    return;
  const Eigen::Map<const RowsF> h(h_.data(), k_, k_);
  const RowVector inverse_diagonal = h.diagonal().transpose().array().inverse();
  const uint32_t tasks = (before.rows + kRows - 1) / kRows;
  tbb::parallel_for(uint32_t{0}, tasks, [&](uint32_t task) {
    const uint32_t begin = task * kRows;
    const Index rows = std::min(kRows, before.rows - begin);
    const size_t offset = size_t{begin} * k_;
    Eigen::Map<RowsF> w(weights.data() + offset, rows, k_);
    const ArrayF kept =
        Eigen::Map<const Eigen::Array<uint8_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
            mask.data() + offset, rows, k_)
            .cast<float>();
    const RowsF change = Eigen::Map<const RowsF>(before.row(begin), rows, k_) - w;
    RowsF product = change * h;
    RowsF residual = product.array() * kept;
    RowsF scaled = residual.array().rowwise() * inverse_diagonal;
    RowsF direction = scaled;
    std::vector<double> length(rows), first(rows);
    for (Index r = 0; r < rows; ++r)
      first[r] = length[r] = dot(residual, scaled, r);
    for (uint32_t iteration = 0; iteration < iterations; ++iteration) {
      product.noalias() = direction * h;
      product.array() *= kept;
      bool moved = false;
      for (Index r = 0; r < rows; ++r) {
        const double curvature = dot(direction, product, r);
        if (!(length[r] > kDone * first[r]) || !(curvature > 0))
          continue;
        moved = true;
        const auto step = static_cast<float>(length[r] / curvature);
        w.row(r) += step * direction.row(r);
        residual.row(r) -= step * product.row(r);
        scaled.row(r) = residual.row(r).array() * inverse_diagonal;
        const double next = dot(residual, scaled, r);
        direction.row(r) = scaled.row(r) + static_cast<float>(next / length[r]) * direction.row(r);
        length[r] = next;
      }
      if (!moved)
        break;
    }
  });
}

}  // namespace s4::prune
