// SPDX-License-Identifier: MIT
// One-shot pruning that lets the weights that stay make up for those that go: SparseGPT (E.
// Frantar, D. Alistarh, 2023) with its choice made within banks, after the optimal brain surgeon
// (B. Hassibi, D. Stork, 1993).
//
//   auto hessian = Hessian::create(k).value();
//   for (...) hessian.add(batch, columns).value();
//   auto inverse = factor(hessian).value();
//   auto pruned = prune_second_order({weights, rows, k}, hessian, inverse, 8).value();
#pragma once

#include <vector>

#include "compiler/prune/banks.hpp"
#include "compiler/prune/hessian.hpp"

namespace s4::prune {

struct Pruned {
  std::vector<float> weights;  // [rows][k], zero where the mask is
  Mask mask;
  double relative_error = 0;  // Hessian::relative_error of `weights`
};

struct SecondOrderOptions {
  uint32_t iterations = 16;  // of Reconstruction at the end; 0: none, SparseGPT as published
};

// Columns are reached in order. When a bank begins, the 64/degree of its columns with the largest
// w^2 / U(i, i)^2 stay, w being the weight as it is by then; every column that goes changes the
// columns behind it so that the output changes least. Then the weights that stay are reconstructed
// together. A matrix whose banks hold already comes back as it is, with a mask of its weights.
//
// Rows are worked on in parallel (oneTBB); the result does not depend on the number of threads.
// Errors: those of check() and check_degree(), and Code::kInvalidArgument when the three do not
// have the same k.
Result<Pruned> prune_second_order(const Matrix& matrix, const Hessian& hessian,
                                  const InverseFactor& inverse, uint32_t degree,
                                  const SecondOrderOptions& options = {});

}  // namespace s4::prune
