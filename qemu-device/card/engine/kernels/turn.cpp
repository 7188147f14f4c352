// SPDX-License-Identifier: MIT
// Matrices turned, so that rows become columns: results of a tile leave the epilogue row by row, and images
// have them column by column.
#include <cstring>

#include "engine/kernels/kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/turn.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/kernels/transpose-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// The blocks of 16 bytes of v to places `stride` bytes apart.
template <class D>
HWY_INLINE void store_blocks(D d, hn::Vec<D> v, std::byte* to, size_t stride) {
  constexpr size_t kBlocks = hn::MaxLanes(d) * sizeof(hn::TFromD<D>) / 16;
  if constexpr (kBlocks == 1) {
    hn::StoreU(v, d, reinterpret_cast<hn::TFromD<D>*>(to));
  } else {
    const hn::Half<D> half;
    store_blocks(half, hn::LowerHalf(half, v), to, stride);
    store_blocks(half, hn::UpperHalf(half, v), to + kBlocks / 2 * stride, stride);
  }
}

constexpr size_t kLine = 64;

// `rows` rows of `columns` elements, at most 64 bytes by 64 bytes; whole: exactly that. Lines of memory are
// read once and written once: pitches are often such that a few lines already share their places in the
// first-level cache.
template <class T, bool kWhole>
HWY_INLINE void turn_lines(const std::byte* src, size_t src_pitch, size_t rows, size_t columns,
                           std::byte* dst, size_t dst_pitch) {
  constexpr size_t kSide = 16 / sizeof(T);
  constexpr size_t kStep = kLine / sizeof(T);
  constexpr hn::CappedTag<T, kStep> d;
  constexpr size_t kLanes = hn::MaxLanes(d);
  alignas(kLine) std::byte turned[kStep][kLine];
  if constexpr (kWhole) {
    rows = columns = kStep;
  }
  for (size_t column = 0; column < columns; ++column) {  // to have them when the turning is done
    __builtin_prefetch(dst + column * dst_pitch, 1);
  }
  for (size_t row = 0; row < rows; row += kSide) {
    for (size_t column = 0; column < columns; column += kLanes) {
      const std::byte* from = src + row * src_pitch + column * sizeof(T);
      alignas(kLine) std::byte part[kSide][kLanes * sizeof(T)];
      size_t pitch = src_pitch;
      if (!kWhole && (row + kSide > rows || column + kLanes > columns)) {
        // Behind it may be nothing that can be read.
        for (size_t i = 0; row + i < rows && i < kSide; ++i) {
          std::memcpy(part[i], from + i * src_pitch,
                      (columns - column < kLanes ? columns - column : kLanes) * sizeof(T));
        }
        from = part[0];
        pitch = sizeof(part[0]);
      }
      hn::Vec<decltype(d)> v[kSide];
      for (size_t i = 0; i < kSide; ++i) {
        v[i] = hn::LoadU(d, reinterpret_cast<const T*>(from + i * pitch));
      }
      transpose(d, v);
      for (size_t i = 0; i < kSide; ++i) {
        store_blocks(d, v[i], turned[column + i] + row * sizeof(T), kSide * kLine);
      }
    }
  }
  for (size_t column = 0; column < columns; ++column) {
    std::memcpy(dst + column * dst_pitch, turned[column], rows * sizeof(T));
  }
}

template <class T>
HWY_INLINE void turn(const std::byte* src, size_t src_pitch, size_t rows, size_t columns,
                     std::byte* dst, size_t dst_pitch) {
  constexpr size_t kStep = kLine / sizeof(T);
  for (size_t column = 0; column < columns; column += kStep) {
    for (size_t row = 0; row < rows; row += kStep) {
      const std::byte* from = src + row * src_pitch + column * sizeof(T);
      std::byte* to = dst + column * dst_pitch + row * sizeof(T);
      const size_t row_count = rows - row < kStep ? rows - row : kStep;
      const size_t column_count = columns - column < kStep ? columns - column : kStep;
      if (row_count == kStep && column_count == kStep) {
        turn_lines<T, true>(from, src_pitch, row_count, column_count, to, dst_pitch);
      } else {
        turn_lines<T, false>(from, src_pitch, row_count, column_count, to, dst_pitch);
      }
    }
  }
}

void bytes1(const std::byte* src, size_t src_pitch, size_t rows, size_t columns, std::byte* dst,
            size_t dst_pitch) {
  turn<uint8_t>(src, src_pitch, rows, columns, dst, dst_pitch);
}
void bytes2(const std::byte* src, size_t src_pitch, size_t rows, size_t columns, std::byte* dst,
            size_t dst_pitch) {
  turn<uint16_t>(src, src_pitch, rows, columns, dst, dst_pitch);
}
void bytes4(const std::byte* src, size_t src_pitch, size_t rows, size_t columns, std::byte* dst,
            size_t dst_pitch) {
  turn<uint32_t>(src, src_pitch, rows, columns, dst, dst_pitch);
}

const TurnKernels& turn_table() {
  static constexpr TurnKernels kTable{bytes1, bytes2, bytes4};
  return kTable;
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "engine/kernels/select.hpp"
namespace s4::card {
const TurnKernels& turn_kernels(int64_t target) { S4_SELECT(target, turn_table) }
}  // namespace s4::card
#endif
