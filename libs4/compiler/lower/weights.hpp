// SPDX-License-Identifier: MIT
// The weights of one matrix as the card wants them: a blob of balanced banks, scales and biases.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/lower/lowering.hpp"

namespace s4::compiler {

// [rows = outputs][k], with what a command's epilogue multiplies and adds.
struct DenseMatrix {
  std::vector<float> values;
  uint32_t rows = 0;
  uint32_t k = 0;
  std::vector<float> bias;  // [rows] or empty
};

// The weights of a Conv (not a depthwise one), MatMul or Gemm whose second operand is constant, in
// the order in which the card goes through k; without the bias. nullopt for any other node.
std::optional<DenseMatrix> matrix_of(const Graph& graph, const Node& node);

// Where they lie once they are in the image.
struct PlacedMatrix {
  uint32_t blob = 0;
  uint64_t values = 0;   // bytes from the blob's first
  uint64_t indices = 0;  // 0 at degree 1
  std::optional<uint32_t> bias;
  std::optional<uint32_t> scale;
};

// Packs by magnitude: what was pruned to the plan's degree before is kept exactly.
PlacedMatrix place_matrix(Lowering& to, const std::string& name, const DenseMatrix& matrix,
                          const MatrixPlan& plan);

// Fields of SPMM's body, which CONV's and DWCONV's begin with; `places` grows by what they name.
// `residual` has y's order of dimensions.
void fill_matrix(s4_cmd& cmd, std::vector<Place>& places, const PlacedMatrix& placed,
                 const DenseMatrix& matrix, const MatrixPlan& plan);

}  // namespace s4::compiler
