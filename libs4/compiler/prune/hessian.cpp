// SPDX-License-Identifier: MIT
#include "compiler/prune/hessian.hpp"

#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>

namespace s4::prune {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using RowsF = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using RowsD = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Strided = Eigen::OuterStride<>;

// Edges of the pieces that threads work on. Fixed, so that the sums' order is.
constexpr uint32_t kTile = 256;
// Columns whose products are summed in float before they join the sums in double.
constexpr uint32_t kChunk = 1024;
constexpr uint32_t kRows = 32;

constexpr float kLargest = 1e15f;

// (H + ridge I) with rows and columns in reverse order; the lower triangle alone.
MatrixXd reversed(const Hessian& hessian, double ridge) {
  const uint32_t k = hessian.k();
  MatrixXd a(k, k);
  tbb::parallel_for(uint32_t{0}, k, [&](uint32_t j) {
    for (uint32_t i = j; i < k; ++i)
      a(i, j) = hessian.at(k - 1 - j, k - 1 - i);
    a(j, j) += ridge;
  });
  return a;
}

}  // namespace

Result<Hessian> Hessian::create(uint32_t k) {
  if (k == 0)
    return bad_argument("k is 0; give the number of inputs of the layer");
  if (k > kMaxK) {
    return Error{Code::kUnsupported,
                 0,
                 {},
                 "prune",
                 fmt::format("k is {}, second-order pruning takes up to {}; prune this layer by "
                             "magnitude",
                             k, kMaxK)};
  }
  return Hessian(k);
}

Result<void> Hessian::add(std::span<const float> x, uint32_t columns) {
  if (columns == 0 || x.size() != size_t{k_} * columns) {
    return bad_argument(
        fmt::format("a batch of {} columns and k = {} has {} values, the span has {}", columns, k_,
                    size_t{k_} * columns, x.size()));
  }
  for (size_t i = 0; i < x.size(); ++i) {
    if (!(std::fabs(x[i]) <= kLargest)) {
      return bad_argument(fmt::format("input {}, column {}: {} is not finite or too large",
                                      i / columns, i % columns, x[i]));
    }
  }
  const uint32_t tiles = (k_ + kTile - 1) / kTile;
  tbb::parallel_for(uint32_t{0}, tiles * (tiles + 1) / 2, [&](uint32_t task) {
    // Tiles of the lower triangle, row by row.
    uint32_t ti = 0;
    for (; task > ti; ++ti)
      task -= ti + 1;
    const uint32_t i = ti * kTile;
    const uint32_t j = task * kTile;
    const Index height = std::min(kTile, k_ - i);
    const Index width = std::min(kTile, k_ - j);
    Eigen::Map<RowsD, 0, Strided> sum(lower_.data() + size_t{i} * k_ + j, height, width,
                                      Strided(k_));
    RowsF product(height, width);
    for (uint32_t c = 0; c < columns; c += kChunk) {
      const Index count = std::min(kChunk, columns - c);
      const Eigen::Map<const RowsF, 0, Strided> left(x.data() + size_t{i} * columns + c, height,
                                                     count, Strided(columns));
      const Eigen::Map<const RowsF, 0, Strided> right(x.data() + size_t{j} * columns + c, width,
                                                      count, Strided(columns));
      product.noalias() = left * right.transpose();
      sum += 2.0 * product.cast<double>();
    }
  });
  columns_ += columns;
  return {};
}

double Hessian::relative_error(const Matrix& before, std::span<const float> after) const {
  const Eigen::Map<const RowsD> h(lower_.data(), k_, k_);
  const uint32_t tiles = (before.rows + kRows - 1) / kRows;
  std::vector<double> change(tiles), whole(tiles);
  tbb::parallel_for(uint32_t{0}, tiles, [&](uint32_t tile) {
    const uint32_t begin = tile * kRows;
    const Index rows = std::min(kRows, before.rows - begin);
    const RowsD w = Eigen::Map<const RowsF>(before.row(begin), rows, k_).cast<double>();
    const RowsD d =
        w - Eigen::Map<const RowsF>(after.data() + size_t{begin} * k_, rows, k_).cast<double>();
    const auto energy = [&](const RowsD& m) {
      const RowsD mh = m * h.selfadjointView<Eigen::Lower>();
      return mh.cwiseProduct(m).sum();
    };
    change[tile] = energy(d);
    whole[tile] = energy(w);
  });
  double changed = 0, total = 0;
  for (uint32_t tile = 0; tile < tiles; ++tile) {
    changed += change[tile];
    total += whole[tile];
  }
  changed = std::max(changed, 0.0);  // a sum of squares, but for rounding
  if (total <= 0)
    return changed > 0 ? std::numeric_limits<double>::infinity() : 0.0;
  return std::sqrt(changed / total);
}

Result<InverseFactor> factor(const Hessian& hessian, double damping) {
  if (hessian.columns() == 0)
    return bad_argument("there are no calibration inputs; add a batch first");
  if (!(damping > 0 && damping <= 1))
    return bad_argument(
        fmt::format("damping is {}; give a share of the diagonal, above 0 and up "
                    "to 1",
                    damping));
  const uint32_t k = hessian.k();
  double sum = 0;
  uint32_t live = 0;
  for (uint32_t i = 0; i < k; ++i) {
    sum += hessian.at(i, i);
    live += hessian.at(i, i) > 0;
  }
  // Without any input that counts, all weights count alike: the choice is by magnitude.
  const double mean = live > 0 ? sum / live : 1.0;

  for (;; damping = std::min(damping * 10, 1.0)) {
    const double ridge = damping * mean;
    // H = R R^T with R upper triangular is the Cholesky factor L of H in reverse order, put back in
    // order; then U = R^-1, so one factor and one triangular inverse do.
    MatrixXd a = reversed(hessian, ridge);
    const Eigen::LLT<Eigen::Ref<MatrixXd>, Eigen::Lower> cholesky(a);
    if (cholesky.info() != Eigen::Success) {
      if (damping < 1)
        continue;
      return bad_argument(
          "the inputs' second moments are not positive definite even when damped; "
          "their range is too large for them");
    }
    InverseFactor result{k, ridge, std::vector<float>(size_t{k} * k)};
    const uint32_t tiles = (k + kTile - 1) / kTile;
    tbb::parallel_for(uint32_t{0}, tiles, [&](uint32_t tile) {
      const uint32_t begin = tile * kTile;
      const Index height = k - begin;
      const Index width = std::min(kTile, k - begin);
      MatrixXd inverse = MatrixXd::Identity(height, width);
      a.bottomRightCorner(height, height).triangularView<Eigen::Lower>().solveInPlace(inverse);
      for (Index i = 0; i < height; ++i) {
        float* row = result.upper.data() + size_t{k - 1 - begin - static_cast<uint32_t>(i)} * k;
        for (Index j = 0; j < std::min(width, i + 1); ++j)
          row[k - 1 - begin - j] = static_cast<float>(inverse(i, j));
      }
    });
    return result;
  }
}

}  // namespace s4::prune
