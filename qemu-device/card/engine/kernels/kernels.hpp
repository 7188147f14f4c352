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
#include "engine/kernels/dwconv.hpp"

namespace s4::card {

// Columns of activations that one tile of a matrix command holds, and the bytes of one k of it:
// a packed tile is [k][kTileColumns] of bfloat16, one cache line a k.
inline constexpr size_t kTileColumns = 32;
inline constexpr size_t kTileLineBytes = 2 * kTileColumns;

// Lines of a tile that are made of runs of other lines: line i is, for each run in order, `count`
// elements from src + i * stride on. Up to seven elements more are read, and up to 16 bytes behind the
// last line written.
struct Run {
  const uint16_t* src;
  size_t stride;  // elements
  size_t first;   // column of the tile where it begins: where the run before it ends
  size_t count;   // 1..kTileColumns
};
struct RunArgs {
  const Run* runs;
  size_t run_count;
  size_t lines;
  uint16_t* tile;
};

// Makes tiles (pack.cpp). `columns` of the tile are there; the others become zero.
// INT8 activations become bfloat16, which holds them exactly.
struct PackKernels {
  // Source element (k, column) at k * pitch + column * size.
  void (*rows_bf16)(const std::byte* src, size_t pitch, size_t ks, size_t columns, uint16_t* tile);
  void (*rows_int8)(const std::byte* src, size_t pitch, size_t ks, size_t columns, uint16_t* tile);
  // Source element (k, column) at column * pitch + k * size. Fills eight columns of lines that begin
  // at `lines` and stand `line_pitch` elements apart; `columns` of the eight (1..8) are there.
  void (*columns_bf16)(const std::byte* src, size_t pitch, size_t ks, size_t columns,
                       uint16_t* lines, size_t line_pitch);
  void (*columns_int8)(const std::byte* src, size_t pitch, size_t ks, size_t columns,
                       uint16_t* lines, size_t line_pitch);
  void (*runs)(const RunArgs& args);
};

// Results [rows][kTileColumns] to [columns][rows], by the size of an element (turn.cpp).
struct TurnKernels {
  void (*bytes1)(const std::byte* src, size_t rows, size_t columns, std::byte* dst);
  void (*bytes2)(const std::byte* src, size_t rows, size_t columns, std::byte* dst);
  void (*bytes4)(const std::byte* src, size_t rows, size_t columns, std::byte* dst);
};

// Checks and unpacks weights (prepare.cpp).
struct PrepareKernels {
  // Whether indices[0..count) are all below 64 and each greater than the one before unless
  // first[i % 64] is set. indices[-1] must be readable.
  bool (*indices_valid)(const uint8_t* indices, size_t count, const uint8_t* first);
  // offsets[i] = (indices[i] + bases[i]) * kTileLineBytes.
  void (*offsets)(const uint8_t* indices, const uint16_t* bases, size_t count, uint16_t* offsets);
  void (*values_bf16)(const std::byte* values, size_t count, float* out);
  void (*values_int8)(const std::byte* values, size_t count, float* out);
};

// One block of K for a group of rows (multiply.cpp). Row r's entry e is values[r * entries + e] times
// the tile's line at byte offsets[r * offset_stride + e]; entries are added in order.
struct MultiplyArgs {
  const uint16_t* tile;
  const uint16_t* offsets;
  size_t offset_stride;  // entries, or 0: all rows share one sequence (dense weights)
  const float* values;
  size_t rows;
  size_t entries;  // of a row: even, and at most kMaxExactEntries for INT8
  size_t columns;  // of the tile that matter, from the first on
  bool first;      // accumulators start from zero
  void* sums;      // [rows][kTileColumns] of float, or int32_t for INT8, in kernel order
};
inline constexpr size_t kMaxExactEntries = 1024;  // products of int8 that float32 adds exactly

struct MultiplyKernels {
  void (*bf16)(const MultiplyArgs& args);
  void (*int8)(const MultiplyArgs& args);
};

// The epilogue (finish.cpp): sums of kernel order to kTileColumns results a row of the y type.
struct FinishArgs {
  const void* sums;
  size_t rows;
  const float* scale;  // [rows], or nullptr
  const void* bias;    // [rows] of float, or int32_t for INT8, or nullptr
  bool relu;
  void* out;
  size_t out_pitch;  // bytes
};
struct FinishKernels {
  void (*bf16_to_bf16)(const FinishArgs& args);
  void (*bf16_to_float32)(const FinishArgs& args);
  void (*int8_to_int8)(const FinishArgs& args);
  void (*int8_to_bf16)(const FinishArgs& args);
  void (*int8_to_float32)(const FinishArgs& args);
  void (*int8_to_int32)(const FinishArgs& args);
};

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
  PackKernels pack;
  PrepareKernels prepare;
  MultiplyKernels multiply;
  FinishKernels finish;
  EltwiseKernels eltwise;
  TurnKernels turn;
  RowKernels rows;
  FunctionKernels functions;
  MoveKernels move;
  SoftmaxKernels softmax;
  NormKernels norm;
  TopkKernels topk;
  RopeKernels rope;
  DwconvKernels dwconv;
};

// The best target of those allowed (a mask of Highway's target bits) that was built and runs here;
// nullptr if there is none.
const Kernels* find_kernels(int64_t allowed);

// Tables of single files; `target` is one of those built.
const PackKernels& pack_kernels(int64_t target);
const PrepareKernels& prepare_kernels(int64_t target);
const MultiplyKernels& multiply_kernels(int64_t target);
const FinishKernels& finish_kernels(int64_t target);
const EltwiseKernels& eltwise_kernels(int64_t target);
const TurnKernels& turn_kernels(int64_t target);

}  // namespace s4::card
