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
HWY_INLINE void multiply_rows(const uint8_t* HWY_RESTRICT tile,
                              const uint16_t* HWY_RESTRICT offsets, size_t offset_stride,
                              const float* HWY_RESTRICT values, size_t entries, bool first,
                              void* HWY_RESTRICT all_sums) {
  const F32 f32;
  const U32 u32;
  const I32 i32;
  const auto odd_mask = hn::Set(u32, 0xffff0000u);
  auto* float_sums = static_cast<float*>(all_sums);
  auto* int_sums = static_cast<int32_t*>(all_sums);

  hn::Vec<F32> sums[kRows][2 * kUsed];
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t i = 0; i < 2 * kUsed; ++i) {
      sums[r][i] = kInt8 || first ? hn::Zero(f32)
                                  : hn::Load(f32, float_sums + r * kTileColumns + i * kLanes);
    }
  }
  const float* row_values[kRows];
  const uint16_t* row_offsets[kRows];
  for (size_t r = 0; r < kRows; ++r) {
    row_values[r] = values + r * entries;
    row_offsets[r] = offsets + r * offset_stride;
  }
  // Two entries at a time: a bank has at least two.
  for (size_t pair = 0; pair < entries; pair += 2) {
    for (size_t e = pair; e < pair + 2; ++e) {
      for (size_t r = 0; r < kRows; ++r) {
        const auto value = hn::Set(f32, row_values[r][e]);
        const auto* line = reinterpret_cast<const uint32_t*>(tile + row_offsets[r][e]);
        for (size_t p = 0; p < kUsed; ++p) {
          const auto columns = hn::Load(u32, line + p * kLanes);
          const auto even = hn::BitCast(f32, hn::ShiftLeft<16>(columns));
          const auto odd = hn::BitCast(f32, hn::And(columns, odd_mask));
          sums[r][2 * p] = hn::MulAdd(even, value, sums[r][2 * p]);
          sums[r][2 * p + 1] = hn::MulAdd(odd, value, sums[r][2 * p + 1]);
        }
      }
    }
  }
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t i = 0; i < 2 * kUsed; ++i) {
      const size_t at = r * kTileColumns + i * kLanes;
      if constexpr (kInt8) {
        // Exact: at most kMaxExactEntries products of int8 have been added.
        auto sum = hn::ConvertTo(i32, sums[r][i]);
        if (!first) {
          sum = hn::Add(sum, hn::Load(i32, int_sums + at));
        }
        hn::Store(sum, i32, int_sums + at);
      } else {
        hn::Store(sums[r][i], f32, float_sums + at);
      }
    }
  }
}

template <size_t kRows, size_t kUsed, bool kInt8>
HWY_INLINE void multiply_used(const MultiplyArgs& args) {
  const auto* tile = reinterpret_cast<const uint8_t*>(args.tile);
  const uint16_t* offsets = args.offsets;
  const float* values = args.values;
  auto* sums = static_cast<uint8_t*>(args.sums);
  const size_t offset_stride = args.offset_stride;
  const size_t entries = args.entries;
  const bool first = args.first;
  size_t left = args.rows;
  for (; left >= kRows; left -= kRows) {
    multiply_rows<kRows, kUsed, kInt8>(tile, offsets, offset_stride, values, entries, first, sums);
    offsets += kRows * offset_stride;
    values += kRows * entries;
    sums += kRows * kTileColumns * 4;
  }
  for (; left > 0; --left) {
    multiply_rows<1, kUsed, kInt8>(tile, offsets, offset_stride, values, entries, first, sums);
    offsets += offset_stride;
    values += entries;
    sums += kTileColumns * 4;
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
