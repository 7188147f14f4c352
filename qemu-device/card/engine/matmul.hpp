// SPDX-License-Identifier: MIT
// S4_OP_MATMUL: SPMM at degree 1 whose weights are the a operand, once for every matrix of the batch.
// Panels of several matrices are prepared together (matmul_panel.cpp) and multiplied together
// (matmul.cpp), so that small matrices keep all threads busy too.
#pragma once

#include "engine/spmm.hpp"

namespace s4::card {

// One matrix of the batch as SPMM sees it. `shape` refers to `command`, so it stays in its place.
struct MatmulMatrix {
  s4_cmd_spmm command;
  SpmmShape shape;
  uint64_t a;

  MatmulMatrix(const Job& job, uint64_t matrix);
  MatmulMatrix(const MatmulMatrix&) = delete;
  MatmulMatrix& operator=(const MatmulMatrix&) = delete;
};

// Rows [first_row, first_row + rows) of one matrix's a operand, unpacked.
struct MatmulPart {
  uint64_t matrix;
  SpmmPanel panel;
};

// Steps that unpacking a panel of `rows` rows takes, and one of them.
size_t matmul_steps(const s4_cmd_matmul& c, const TileKernels& tiles, size_t rows);
Fault prepare_matmul(const Job& job, const TileKernels& tiles, const MatmulPart& part, size_t step);

}  // namespace s4::card
