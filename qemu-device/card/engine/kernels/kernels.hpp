// SPDX-License-Identifier: MIT
// Vector kernels, one table for each Highway target. They see only local buffers and checked
// lengths; which memory those came from is the commands' business.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/kernels/rows.hpp"
#include "engine/kernels/softmax.hpp"
#include "engine/kernels/norm.hpp"
#include "engine/kernels/functions.hpp"
#include "engine/kernels/move.hpp"
#include "engine/kernels/topk.hpp"
#include "engine/kernels/rope.hpp"
#include "engine/kernels/tiles.hpp"
#include "engine/kernels/resize.hpp"
#include "engine/kernels/dwconv.hpp"

namespace s4::card {

// y[i] = activation(a[i] op b[i]), i < count (eltwise.cpp). An operand with broadcast set is its
// first element throughout. y may be a or b.
struct EltwiseArgs {
  const void* a;
  const void* b;
  void* y;
  size_t count;
  bool a_broadcast;
  bool b_broadcast;
  bool relu;
  float a_scale;  // the scales: INT8 alone
  float b_scale;
  float y_scale;
};
struct EltwiseKernels {
  void (*add_int8)(const EltwiseArgs& args);
  void (*mul_int8)(const EltwiseArgs& args);
  void (*add_bf16)(const EltwiseArgs& args);
  void (*mul_bf16)(const EltwiseArgs& args);
  void (*add_float32)(const EltwiseArgs& args);
  void (*mul_float32)(const EltwiseArgs& args);
  // By enum s4_eltwise_op, but POW: y[i] = a[i] op b[i]; y may be a or b.
  void (*operate[7])(const float* a, const float* b, float* y, size_t count);
};

struct Kernels {
  TileKernels bf16;  // matrices of BF16
  TileKernels int8;  // and of INT8
  PrepareKernels prepare;
  EltwiseKernels eltwise;
  TurnKernels turn;
  RowKernels rows;
  FunctionKernels functions;
  MoveKernels move;
  SoftmaxKernels softmax;
  NormKernels norm;
  TopkKernels topk;
  RopeKernels rope;
  ResizeKernels resize;
  DwconvKernels dwconv;
};

// The best target of those allowed (a mask of Highway's target bits) that was built and runs here;
// nullptr if there is none.
const Kernels* find_kernels(int64_t allowed);

// Tables of single files; `target` is one of those built.
const EltwiseKernels& eltwise_kernels(int64_t target);

}  // namespace s4::card
