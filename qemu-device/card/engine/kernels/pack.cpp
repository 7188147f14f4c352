// SPDX-License-Identifier: MIT
// Packs activations into tiles of words: a cache line a k, 32 columns of bfloat16 side by side.
#include <cstring>

#include "engine/kernels/kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/pack.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/kernels/runs-inl.hpp"
#include "engine/kernels/transpose-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Sixteen-byte vectors: the same code is good on every target, and packing is bound by memory.
constexpr hn::FixedTag<uint16_t, 8> kU16;

// Eight int8 values as bfloat16: the upper half of their float32.
HWY_INLINE hn::Vec<decltype(kU16)> int8_to_bf16(const int8_t* src) {
  const hn::FixedTag<int8_t, 8> i8;
  const hn::FixedTag<int16_t, 8> i16;
  const hn::FixedTag<int32_t, 4> i32;
  const hn::FixedTag<float, 4> f32;
  const hn::FixedTag<uint32_t, 4> u32;
  const auto wide = hn::PromoteTo(i16, hn::LoadU(i8, src));
  const auto low = hn::BitCast(u32, hn::ConvertTo(f32, hn::PromoteTo(i32, hn::LowerHalf(wide))));
  const auto high = hn::BitCast(
      u32, hn::ConvertTo(f32, hn::PromoteTo(i32, hn::UpperHalf(hn::Half<decltype(i16)>(), wide))));
  // The upper halves fit uint16 without saturation, but OrderedDemote is of signed lanes.
  const auto pack = [&](auto v) HWY_ATTR {
    return hn::BitCast(i32, hn::ShiftRight<16>(hn::BitCast(i32, v)));
  };
  const hn::Half<decltype(i16)> half;
  return hn::BitCast(kU16, hn::Combine(i16, hn::DemoteTo(half, pack(high)),
                                       hn::DemoteTo(half, pack(low))));
}

void rows_bf16(const std::byte* src, size_t pitch, size_t ks, size_t columns, std::byte* tile) {
  if (columns == kWordColumns) {
    for (size_t k = 0; k < ks; ++k) {
      std::memcpy(tile + k * kTileLineBytes, src + k * pitch, kTileLineBytes);
    }
    return;
  }
  for (size_t k = 0; k < ks; ++k) {
    std::byte* line = tile + k * kTileLineBytes;
    std::memset(line, 0, kTileLineBytes);
    std::memcpy(line, src + k * pitch, columns * 2);
  }
}

void rows_int8(const std::byte* src, size_t pitch, size_t ks, size_t columns, std::byte* tile) {
  alignas(64) int8_t row[kWordColumns] = {};
  for (size_t k = 0; k < ks; ++k) {
    const auto* from = reinterpret_cast<const int8_t*>(src + k * pitch);
    if (columns < kWordColumns) {
      std::memcpy(row, from, columns);
      from = row;
    }
    auto* line = reinterpret_cast<uint16_t*>(tile + k * kTileLineBytes);
    for (size_t c = 0; c < kWordColumns; c += 8) {
      hn::Store(int8_to_bf16(from + c), kU16, line + c);
    }
  }
}

template <size_t kSize, class Load>
HWY_INLINE void columns_of(const std::byte* src, size_t pitch, size_t ks, size_t columns,
                           std::byte* lines, size_t line_pitch, Load load) {
  using V = hn::Vec<decltype(kU16)>;
  size_t k = 0;
  for (; k + 8 <= ks; k += 8) {
    V v[8];
    for (size_t c = 0; c < 8; ++c) {
      v[c] = c < columns ? load(src + c * pitch + k * kSize) : hn::Zero(kU16);
    }
    transpose(kU16, v);
    for (size_t i = 0; i < 8; ++i) {
      hn::StoreU(v[i], kU16, reinterpret_cast<uint16_t*>(lines + (k + i) * line_pitch));
    }
  }
  if (k < ks) {
    V v[8];
    for (size_t c = 0; c < 8; ++c) {
      alignas(16) std::byte rest[8 * kSize] = {};
      if (c < columns) {
        std::memcpy(rest, src + c * pitch + k * kSize, (ks - k) * kSize);
      }
      v[c] = load(rest);
    }
    transpose(kU16, v);
    for (size_t i = 0; i < ks - k; ++i) {
      hn::StoreU(v[i], kU16, reinterpret_cast<uint16_t*>(lines + (k + i) * line_pitch));
    }
  }
}

void columns_bf16(const std::byte* src, size_t pitch, size_t ks, size_t columns, std::byte* lines,
                  size_t line_pitch) {
  columns_of<2>(src, pitch, ks, columns, lines, line_pitch, [](const std::byte* p) HWY_ATTR {
    return hn::LoadU(kU16, reinterpret_cast<const uint16_t*>(p));
  });
}

void columns_int8(const std::byte* src, size_t pitch, size_t ks, size_t columns, std::byte* lines,
                  size_t line_pitch) {
  columns_of<1>(src, pitch, ks, columns, lines, line_pitch, [](const std::byte* p) HWY_ATTR {
    return int8_to_bf16(reinterpret_cast<const int8_t*>(p));
  });
}

const WordPacks& pack_table() {
  static constexpr WordPacks kTable{{rows_bf16, columns_bf16, 8, runs<uint16_t>},
                                    {rows_int8, columns_int8, 8, runs<uint16_t>}};
  return kTable;
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "engine/kernels/select.hpp"
namespace s4::card {
const WordPacks& word_packs(int64_t target) { S4_SELECT(target, pack_table) }
}  // namespace s4::card
#endif
