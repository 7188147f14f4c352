// SPDX-License-Identifier: MIT
// Moves planes of elements: runs by copy, transposes in blocks of vectors.
#include "engine/kernels/move.hpp"

#include <algorithm>
#include <cstring>

#include "engine/kernels/kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/move.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Sixteen-byte vectors: the same code is good on every target, and moving is bound by memory.
constexpr size_t kVectorBytes = 16;

template <class T>
HWY_INLINE void elements(const MoveArgs& args, size_t row, size_t rows, size_t column,
                         size_t columns) {
  for (size_t r = row; r < row + rows; ++r) {
    const std::byte* from = args.src + r * args.src_row + column * args.src_column;
    std::byte* to = args.dst + r * args.dst_row + column * args.dst_column;
    for (size_t c = 0; c < columns; ++c) {
      std::memcpy(to + c * args.dst_column, from + c * args.src_column, sizeof(T));
    }
  }
}

// A block of as many rows and columns as a vector has elements; a row of dst is contiguous, a
// column of src is. Interleaving the halves of the block rotates the bits of (row, lane) by one, so that
// after log2(lanes) rounds row and lane have changed places.
template <class T>
HWY_INLINE void turn_block(const std::byte* src, size_t src_column, std::byte* dst,
                           size_t dst_row) {
  constexpr size_t kN = kVectorBytes / sizeof(T);
  const hn::FixedTag<T, kN> d;
  hn::Vec<decltype(d)> v[kN];
  hn::Vec<decltype(d)> next[kN];
  for (size_t i = 0; i < kN; ++i) {
    v[i] = hn::LoadU(d, reinterpret_cast<const T*>(src + i * src_column));
  }
  for (size_t n = kN; n > 1; n /= 2) {
    for (size_t i = 0; i < kN / 2; ++i) {
      next[2 * i] = hn::InterleaveLower(d, v[i], v[i + kN / 2]);
      next[2 * i + 1] = hn::InterleaveUpper(d, v[i], v[i + kN / 2]);
    }
    for (size_t i = 0; i < kN; ++i) {
      v[i] = next[i];
    }
  }
  for (size_t i = 0; i < kN; ++i) {
    hn::StoreU(v[i], d, reinterpret_cast<T*>(dst + i * dst_row));
  }
}

template <class T>
HWY_INLINE void turn(const MoveArgs& args) {
  constexpr size_t kN = kVectorBytes / sizeof(T);
  const size_t rows = args.rows / kN * kN;
  const size_t columns = args.columns / kN * kN;
  for (size_t r = 0; r < rows; r += kN) {
    for (size_t c = 0; c < columns; c += kN) {
      turn_block<T>(args.src + r * sizeof(T) + c * args.src_column, args.src_column,
                    args.dst + r * args.dst_row + c * sizeof(T), args.dst_row);
    }
  }
  elements<T>(args, 0, rows, columns, args.columns - columns);
  elements<T>(args, rows, args.rows - rows, 0, args.columns);
}

template <class T>
HWY_INLINE void move(const MoveArgs& args) {
  if (args.dst_column != sizeof(T)) {
    elements<T>(args, 0, args.rows, 0, args.columns);
  } else if (args.src_column == sizeof(T)) {
    for (size_t r = 0; r < args.rows; ++r) {
      std::memcpy(args.dst + r * args.dst_row, args.src + r * args.src_row,
                  args.columns * sizeof(T));
    }
  } else if (args.src_column == 0) {
    for (size_t r = 0; r < args.rows; ++r) {
      T value;
      std::memcpy(&value, args.src + r * args.src_row, sizeof(T));
      std::fill_n(reinterpret_cast<T*>(args.dst + r * args.dst_row), args.columns, value);
    }
  } else if (args.src_row == sizeof(T)) {
    turn<T>(args);
  } else {
    elements<T>(args, 0, args.rows, 0, args.columns);
  }
}

void bytes1(const MoveArgs& args) { move<uint8_t>(args); }
void bytes2(const MoveArgs& args) { move<uint16_t>(args); }
void bytes4(const MoveArgs& args) { move<uint32_t>(args); }
void bytes8(const MoveArgs& args) { move<uint64_t>(args); }

const MoveKernels& move_table() {
  static constexpr MoveKernels kTable{bytes1, bytes2, bytes4, bytes8};
  return kTable;
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "engine/kernels/select.hpp"
namespace s4::card {
const MoveKernels& move_kernels(int64_t target) { S4_SELECT(target, move_table) }
}  // namespace s4::card
#endif
