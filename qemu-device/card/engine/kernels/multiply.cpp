// SPDX-License-Identifier: MIT
// The heart of the matrix command: entries of a row times lines of the tile, in ascending K.
// Vectors run over columns; every column is its own chain of fused multiply-adds from +0.
//
// A vector of 32-bit words of the tile holds two columns a lane: the even one in the low half,
// the odd one in the high half. Shifted or masked they are float32 as they stand, so bfloat16 costs
// half the cache of float32 and no conversion. "Kernel order" of sums follows: for each such
// vector, first its even columns, then its odd ones.
#include "engine/kernels/kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/multiply.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using F32 = hn::CappedTag<float, kTileColumns / 2>;
using U32 = hn::RebindToUnsigned<F32>;
using I32 = hn::RebindToSigned<F32>;
constexpr size_t kLanes = HWY_LANES(float) < kTileColumns / 2 ? HWY_LANES(float) : kTileColumns / 2;
constexpr size_t kPairs = kTileColumns / (2 * kLanes);  // vectors of a whole line

// kRows rows at a time, so that the chains of multiply-adds hide each other's latency; kUsed of
// the line's vectors.
template <size_t kRows, size_t kUsed, bool kInt8>
HWY_INLINE void multiply_rows(const MultiplyArgs& args, size_t row) {
  const F32 f32;
  const U32 u32;
  const I32 i32;
  const auto odd_mask = hn::Set(u32, 0xffff0000u);
  const auto* tile = reinterpret_cast<const uint8_t*>(args.tile);

  hn::Vec<F32> sums[kRows][2 * kUsed];
  for (size_t r = 0; r < kRows; ++r) {
    const float* from = static_cast<const float*>(args.sums) + (row + r) * kTileColumns;
    for (size_t i = 0; i < 2 * kUsed; ++i) {
      sums[r][i] = kInt8 || args.first ? hn::Zero(f32) : hn::Load(f32, from + i * kLanes);
    }
  }
  const float* values[kRows];
  const uint16_t* offsets[kRows];
  for (size_t r = 0; r < kRows; ++r) {
    values[r] = args.values + (row + r) * args.value_stride;
    offsets[r] = args.offsets + (row + r) * args.offset_stride;
  }
  for (size_t e = 0; e < args.entries; ++e) {
    for (size_t r = 0; r < kRows; ++r) {
      const auto value = hn::Set(f32, values[r][e]);
      const auto* line = reinterpret_cast<const uint32_t*>(tile + offsets[r][e]);
      for (size_t p = 0; p < kUsed; ++p) {
        const auto pair = hn::Load(u32, line + p * kLanes);
        const auto even = hn::BitCast(f32, hn::ShiftLeft<16>(pair));
        const auto odd = hn::BitCast(f32, hn::And(pair, odd_mask));
        sums[r][2 * p] = hn::MulAdd(even, value, sums[r][2 * p]);
        sums[r][2 * p + 1] = hn::MulAdd(odd, value, sums[r][2 * p + 1]);
      }
    }
  }
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t i = 0; i < 2 * kUsed; ++i) {
      const size_t at = (row + r) * kTileColumns + i * kLanes;
      if constexpr (kInt8) {
        auto* to = static_cast<int32_t*>(args.sums) + at;
        // Exact: at most kMaxExactEntries products of int8 have been added.
        auto sum = hn::ConvertTo(i32, sums[r][i]);
        if (!args.first) {
          sum = hn::Add(sum, hn::Load(i32, to));
        }
        hn::Store(sum, i32, to);
      } else {
        hn::Store(sums[r][i], f32, static_cast<float*>(args.sums) + at);
      }
    }
  }
}

template <size_t kRows, size_t kUsed, bool kInt8>
HWY_INLINE void multiply_used(const MultiplyArgs& args) {
  size_t row = 0;
  for (; row + kRows <= args.rows; row += kRows) {
    multiply_rows<kRows, kUsed, kInt8>(args, row);
  }
  for (; row < args.rows; ++row) {
    multiply_rows<1, kUsed, kInt8>(args, row);
  }
}

template <bool kInt8>
HWY_INLINE void multiply(const MultiplyArgs& args) {
  // Eight chains or more: what it takes to keep two multiply-add units of four cycles busy.
  constexpr size_t kChains = 8;
  if (kPairs > 1 && args.columns <= 2 * kLanes) {
    multiply_used<kChains / 2, 1, kInt8>(args);
  } else {
    multiply_used<(kChains > 2 * kPairs ? kChains / (2 * kPairs) : 1), kPairs, kInt8>(args);
  }
}

void bf16(const MultiplyArgs& args) { multiply<false>(args); }
void int8(const MultiplyArgs& args) { multiply<true>(args); }

const MultiplyKernels& multiply_table() {
  static constexpr MultiplyKernels kTable{bf16, int8};
  return kTable;
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "engine/kernels/select.hpp"
namespace s4::card {
const MultiplyKernels& multiply_kernels(int64_t target) { S4_SELECT(target, multiply_table) }
}  // namespace s4::card
#endif
