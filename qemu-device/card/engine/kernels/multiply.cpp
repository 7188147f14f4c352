// SPDX-License-Identifier: MIT
// The heart of the matrix commands for tiles of words: entries of a row times lines of the tile, in
// ascending K.
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

using F32 = hn::CappedTag<float, kWordColumns / 2>;
using U32 = hn::RebindToUnsigned<F32>;
using I32 = hn::RebindToSigned<F32>;
constexpr size_t kLanes = HWY_LANES(float) < kWordColumns / 2 ? HWY_LANES(float) : kWordColumns / 2;
constexpr size_t kPairs = kWordColumns / (2 * kLanes);  // vectors of a whole line

// The sums of kRows rows, of kUsed pairs of vectors each, while they are in registers.
template <size_t kRows, size_t kUsed>
struct Sums {
  hn::Vec<F32> v[kRows][2 * kUsed];

  HWY_INLINE void begin(const std::byte* sums, bool zero) {
    const F32 f32;
    for (size_t r = 0; r < kRows; ++r) {
      for (size_t i = 0; i < 2 * kUsed; ++i) {
        v[r][i] = zero ? hn::Zero(f32) : hn::Load(f32, at<const float>(sums, r, i));
      }
    }
  }
  HWY_INLINE void add(size_t r, size_t p, hn::Vec<U32> columns, hn::Vec<F32> value) {
    const F32 f32;
    const auto even = hn::BitCast(f32, hn::ShiftLeft<16>(columns));
    const auto odd = hn::BitCast(f32, hn::And(columns, hn::Set(U32(), 0xffff0000u)));
    v[r][2 * p] = hn::MulAdd(even, value, v[r][2 * p]);
    v[r][2 * p + 1] = hn::MulAdd(odd, value, v[r][2 * p + 1]);
  }
  // INT8: exact, since at most kMaxExactEntries products of int8 have been added.
  template <bool kInt8>
  HWY_INLINE void end(std::byte* sums, bool first) const {
    const I32 i32;
    for (size_t r = 0; r < kRows; ++r) {
      for (size_t i = 0; i < 2 * kUsed; ++i) {
        if constexpr (kInt8) {
          auto sum = hn::ConvertTo(i32, v[r][i]);
          if (!first) {
            sum = hn::Add(sum, hn::Load(i32, at<const int32_t>(sums, r, i)));
          }
          hn::Store(sum, i32, at<int32_t>(sums, r, i));
        } else {
          hn::Store(v[r][i], F32(), at<float>(sums, r, i));
        }
      }
    }
  }

 private:
  template <class T, class Byte>
  static HWY_INLINE T* at(Byte* sums, size_t r, size_t i) {
    return reinterpret_cast<T*>(sums) + r * kWordColumns + i * kLanes;
  }
};

// kRows rows at a time, so that the chains of multiply-adds hide each other's latency; kUsed of
// the line's vectors.
template <size_t kRows, size_t kUsed, bool kInt8>
HWY_INLINE void sparse_rows(const MultiplyArgs& args, const uint16_t* HWY_RESTRICT offsets,
                            const float* HWY_RESTRICT values, std::byte* HWY_RESTRICT all_sums) {
  const std::byte* HWY_RESTRICT tile = args.tile;
  const size_t entries = args.entries;
  Sums<kRows, kUsed> sums;
  sums.begin(all_sums, kInt8 || args.first);
  // Two entries at a time: a bank has at least two.
  for (size_t pair = 0; pair < entries; pair += 2) {
    for (size_t e = pair; e < pair + 2; ++e) {
      for (size_t r = 0; r < kRows; ++r) {
        const auto value = hn::Set(F32(), values[r * entries + e]);
        const auto* line =
            reinterpret_cast<const uint32_t*>(tile + offsets[r * entries + e]);
        for (size_t p = 0; p < kUsed; ++p) {
          sums.add(r, p, hn::Load(U32(), line + p * kLanes), value);
        }
      }
    }
  }
  sums.template end<kInt8>(all_sums, args.first);
}

template <size_t kRows, size_t kUsed, bool kInt8>
HWY_INLINE void sparse_used(const MultiplyArgs& args) {
  const uint16_t* offsets = args.offsets;
  const auto* values = reinterpret_cast<const float*>(args.values);
  std::byte* sums = args.sums;
  size_t left = args.rows;
  for (; left >= kRows; left -= kRows) {
    sparse_rows<kRows, kUsed, kInt8>(args, offsets, values, sums);
    offsets += kRows * args.entries;
    values += kRows * args.entries;
    sums += kRows * kWordColumns * 4;
  }
  for (; left > 0; --left) {
    sparse_rows<1, kUsed, kInt8>(args, offsets, values, sums);
    offsets += args.entries;
    values += args.entries;
    sums += kWordColumns * 4;
  }
}

template <bool kInt8>
void sparse(const MultiplyArgs& args) {
  // Eight chains or more: what it takes to keep two multiply-add units of four cycles busy.
  constexpr size_t kChains = 8;
  if (kPairs > 1 && args.columns <= 2 * kLanes) {
    sparse_used<kChains / 2, 1, kInt8>(args);
  } else {
    sparse_used<(kChains > 2 * kPairs ? kChains / (2 * kPairs) : 1), kPairs, kInt8>(args);
  }
}

// One pair of vectors of kRows rows: every line is read and taken apart once for all of them.
template <size_t kRows, bool kInt8>
HWY_INLINE void dense_rows(const MultiplyArgs& args, size_t row, size_t pair) {
  const auto* HWY_RESTRICT line =
      reinterpret_cast<const uint32_t*>(args.tile) + pair * kLanes;
  const auto* HWY_RESTRICT values =
      reinterpret_cast<const float*>(args.values) + row * args.entries;
  std::byte* all_sums = args.sums + (row * kWordColumns + pair * 2 * kLanes) * 4;
  Sums<kRows, 1> sums;
  sums.begin(all_sums, kInt8 || args.first);
  for (size_t e = 0; e < args.entries; ++e) {
    const auto columns = hn::Load(U32(), line + e * (kTileLineBytes / 4));
    for (size_t r = 0; r < kRows; ++r) {
      sums.add(r, 0, columns, hn::Set(F32(), values[r * args.entries + e]));
    }
  }
  sums.template end<kInt8>(all_sums, args.first);
}

template <bool kInt8>
void dense(const MultiplyArgs& args) {
  // As many as there are registers for two sums each, a line's two halves and a weight.
  constexpr size_t kRows = HWY_TARGET <= HWY_AVX3 ? 12 : 6;
  for (size_t pair = 0; pair * 2 * kLanes < args.columns; ++pair) {
    size_t row = 0;
    for (; row + kRows <= args.rows; row += kRows) {
      dense_rows<kRows, kInt8>(args, row, pair);
    }
    for (; row + 4 <= args.rows; row += 4) {
      dense_rows<4, kInt8>(args, row, pair);
    }
    for (; row < args.rows; ++row) {
      dense_rows<1, kInt8>(args, row, pair);
    }
  }
}

const WordMultiplies& multiply_table() {
  static constexpr WordMultiplies kTable{{sparse<false>, dense<false>, nullptr},
                                         {sparse<true>, dense<true>, nullptr}};
  return kTable;
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "engine/kernels/select.hpp"
namespace s4::card {
const WordMultiplies& word_multiplies(int64_t target) { S4_SELECT(target, multiply_table) }
}  // namespace s4::card
#endif
