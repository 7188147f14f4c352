// SPDX-License-Identifier: MIT
// What the matrix commands work with: tiles of activations, one cache line a k, and weights unpacked
// to suit them. A tile has one of two forms:
//   - words: 32 columns of bfloat16, multiplied as float32. Holds int8 exactly too;
//   - bytes: 64 columns of int8, each with its top bit inverted, multiplied by instructions that add four
//     products of an unsigned and a signed byte. Only for INT8, only where those instructions are.
#pragma once

#include <cstddef>
#include <cstdint>

namespace s4::card {

inline constexpr size_t kTileLineBytes = 64;
inline constexpr size_t kMaxTileColumns = 64;
inline constexpr size_t kWordColumns = 32;
inline constexpr uint8_t kByteFlip = 0x80;

// Lines of a tile that are made of runs of other lines: line i is, for each run in order, `count`
// elements from src + i * stride on. Up to 63 bytes more are read, and up to 63 bytes behind the
// last line written.
struct Run {
  const std::byte* src;
  size_t stride;  // bytes
  size_t first;   // column of the tile where it begins: where the run before it ends
  size_t count;   // 1..columns of a tile
};
struct RunArgs {
  const Run* runs;
  size_t run_count;
  size_t lines;
  std::byte* tile;
};

// One block of K for a group of rows. Row r's entry e is values[r * entries + e] times the tile's line at
// byte offsets[r * entries + e], or, without offsets (dense weights), line e; entries are added in order.
// "Kernel order" of sums is the multiply kernel's own; finish kernels of the same form know it.
struct MultiplyArgs {
  const std::byte* tile;
  const uint16_t* offsets;
  const std::byte* values;
  size_t rows;
  size_t entries;        // of a row: even, a multiple of 64 if dense; at most kMaxExactEntries for INT8
  size_t columns;        // of the tile that matter, from the first on
  bool first;            // sums begin here
  const int32_t* start;  // [rows]: with what, in the form of bytes; words begin with zero
  std::byte* sums;       // [rows][columns of a tile] of float, or int32_t for INT8, in kernel order
};
inline constexpr size_t kMaxExactEntries = 1024;  // products of int8 that float32 adds exactly

// The epilogue: sums of kernel order to a tile's columns of results a row, of the y type.
struct FinishArgs {
  const std::byte* sums;
  size_t rows;
  const float* scale;  // [rows], or nullptr
  const void* bias;    // [rows] of float, or int32_t for INT8, or nullptr
  bool saturates;      // adding the bias may: INT8 alone
  // Row r from r * residual_pitch on, of the type of the weights, up to 63 bytes more of the last one are
  // read; or nullptr.
  const std::byte* residual;
  size_t residual_pitch;
  float residual_scale;  // INT8 alone
  bool relu;
  float y_scale;  // y INT8 alone
  std::byte* out;
  size_t out_pitch;  // bytes
};

// Makes tiles. `columns` of the tile are there; the others become zero.
struct PackKernels {
  // Source element (k, column) at k * pitch + column * size.
  void (*rows)(const std::byte* src, size_t pitch, size_t ks, size_t columns, std::byte* tile);
  // Source element (k, column) at column * pitch + k * size; at most `group` columns. Fills lines that
  // begin at `lines` and stand `line_pitch` bytes apart, in units of 16 bytes: what of the last is not
  // there becomes zero.
  void (*columns)(const std::byte* src, size_t pitch, size_t ks, size_t columns, std::byte* lines,
                  size_t line_pitch);
  size_t group;
  void (*runs)(const RunArgs& args);
};

// Unpacks weights.
struct ValueKernels {
  void (*weights)(const std::byte* from, size_t count, std::byte* values);
  // From elements as they stand in a tile: activations that serve as weights.
  void (*elements)(const std::byte* from, size_t count, std::byte* values);
  // What these values add to a sum's start; nullptr: nothing.
  int32_t (*start)(const std::byte* values, size_t count);
};

struct MultiplyKernels {
  void (*sparse)(const MultiplyArgs& args);
  void (*dense)(const MultiplyArgs& args);
  // Rearranges a packed tile for `dense`, `ks` lines, a multiple of four; nullptr: it stays.
  void (*interleave)(std::byte* tile, size_t ks);
};

// By enum s4_type of y.
using FinishKernels = void (*[5])(const FinishArgs& args);

// One form with one type of weights.
struct TileKernels {
  size_t columns;     // of a tile
  size_t size;        // bytes of an element of a tile
  std::byte zero;     // all bytes of an element that is zero
  size_t value_size;  // bytes of an unpacked weight
  PackKernels pack;
  ValueKernels value;
  MultiplyKernels multiply;
  FinishKernels finish;
};

// Elements (row, column) at src + row * src_pitch + column * size to dst + column * dst_pitch + row * size, by
// the size of an element (turn.cpp). Pitches in bytes.
struct TurnKernels {
  using Turn = void(const std::byte* src, size_t src_pitch, size_t rows, size_t columns,
                    std::byte* dst, size_t dst_pitch);
  Turn* bytes1;
  Turn* bytes2;
  Turn* bytes4;
};

// Checks weights and places their entries (prepare.cpp).
struct PrepareKernels {
  // Whether indices[0..count) are all below 64 and each greater than the one before unless
  // first[i % 64] is set. indices[-1] must be readable.
  bool (*indices_valid)(const uint8_t* indices, size_t count, const uint8_t* first);
  // offsets[i] = (indices[i] + bases[i]) * kTileLineBytes.
  void (*offsets)(const uint8_t* indices, const uint16_t* bases, size_t count, uint16_t* offsets);
};

// Tables of single files, by type of the weights; `target` is one of those built.
struct WordPacks {
  PackKernels bf16;
  PackKernels int8;
};
struct WordValues {
  ValueKernels bf16;
  ValueKernels int8;
};
struct WordMultiplies {
  MultiplyKernels bf16;
  MultiplyKernels int8;
};
struct WordFinishes {
  FinishKernels bf16;
  FinishKernels int8;
};
struct ByteFinishes {
  FinishKernels int8;
};
struct ByteKernels {
  PackKernels pack;
  ValueKernels value;
  MultiplyKernels multiply;
};
const WordPacks& word_packs(int64_t target);
const WordValues& word_values(int64_t target);
const WordMultiplies& word_multiplies(int64_t target);
const WordFinishes& word_finishes(int64_t target);
const ByteKernels* byte_kernels(int64_t target);  // nullptr where that form is not
const ByteFinishes& byte_finishes(int64_t target);
const PrepareKernels& prepare_kernels(int64_t target);
const TurnKernels& turn_kernels(int64_t target);

}  // namespace s4::card
