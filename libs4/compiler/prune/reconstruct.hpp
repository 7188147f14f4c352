// SPDX-License-Identifier: MIT
// Once it is settled which weights stay: the values of those that come nearest to the layer's
// original output. A least-squares problem a row, (D H D^T) least over the kept weights, solved for
// many rows at once by conjugate gradients with the diagonal as preconditioner.
#pragma once

#include "compiler/prune/banks.hpp"
#include "compiler/prune/hessian.hpp"

namespace s4::prune {

class Reconstruction {
 public:
  // `ridge` is added to the diagonal: that of the InverseFactor, so that weights that the
  // calibration inputs say nothing about stay where they are. Copies H, as float [k][k].
  Reconstruction(const Hessian& hessian, double ridge);

  // Betters `weights` (zero where the mask is) in place, within the mask; `before` are the original
  // ones. Every iteration lowers the damped error, or leaves it. Shapes are the caller's duty:
  // before.k as the Hessian's, the other two [rows][k]. Rows are worked on in parallel; may be
  // called from several threads on different matrices.
  void improve(const Matrix& before, std::span<const uint8_t> mask, std::span<float> weights,
               uint32_t iterations) const;

 private:
  uint32_t k_ = 0;
  std::vector<float> h_;
};

}  // namespace s4::prune
