// SPDX-License-Identifier: MIT
// Results of a tile, which leave the epilogue row by row, turned to stand column by column.
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

// Square by square, in registers.
template <class T>
HWY_INLINE void turn(const std::byte* src, size_t pitch, size_t rows, size_t columns,
            std::byte* dst) {
  constexpr size_t kSide = 16 / sizeof(T);
  const hn::FixedTag<T, kSide> d;
  const T* from = reinterpret_cast<const T*>(src);
  T* to = reinterpret_cast<T*>(dst);
  for (size_t column = 0; column < columns; column += kSide) {
    const size_t count = columns - column < kSide ? columns - column : kSide;
    for (size_t row = 0; row < rows; row += kSide) {
      hn::Vec<decltype(d)> v[kSide];
      for (size_t i = 0; i < kSide; ++i) {
        v[i] = row + i < rows ? hn::LoadU(d, from + (row + i) * pitch + column) : hn::Zero(d);
      }
      transpose(d, v);
      for (size_t i = 0; i < count; ++i) {
        if (row + kSide <= rows) {
          hn::StoreU(v[i], d, to + (column + i) * rows + row);
        } else {
          alignas(16) T rest[kSide];
          hn::Store(v[i], d, rest);
          std::memcpy(to + (column + i) * rows + row, rest, (rows - row) * sizeof(T));
        }
      }
    }
  }
}

void bytes1(const std::byte* src, size_t pitch, size_t rows, size_t columns,
            std::byte* dst) {
  turn<uint8_t>(src, pitch, rows, columns, dst);
}
void bytes2(const std::byte* src, size_t pitch, size_t rows, size_t columns,
            std::byte* dst) {
  turn<uint16_t>(src, pitch, rows, columns, dst);
}
void bytes4(const std::byte* src, size_t pitch, size_t rows, size_t columns,
            std::byte* dst) {
  turn<uint32_t>(src, pitch, rows, columns, dst);
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
