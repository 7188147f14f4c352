// SPDX-License-Identifier: MIT
// The epilogue of the matrix commands for tiles of bytes. Sums come in kernel order (bytes.cpp): within a
// block of 16 columns, vector j has columns 4j to 4j + 3.
#include "engine/kernels/kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/bytes_finish.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/kernels/bytes-inl.hpp"
#include "engine/kernels/convert-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_AVX3_DL

using F32 = hn::FixedTag<float, 16>;

// v rounded to an integer, nearest even, so that narrowing with saturation gives int8: NaN gives 0, what is
// above 127 gives 127, and what is below int32 its least number, as the conversion has it.
HWY_INLINE __m512i rounded(hn::Vec<F32> v) {
  const __mmask16 number = _mm512_cmp_ps_mask(v.raw, v.raw, _CMP_ORD_Q);
  return _mm512_cvtps_epi32(_mm512_maskz_min_ps(number, v.raw, _mm512_set1_ps(127.0f)));
}

// The four vectors of int8 that `row` has, as floats in kernel order.
HWY_INLINE void residual_floats(const std::byte* row, hn::Vec<F32> (&v)[4]) {
  const __m512i bytes = _mm512_loadu_si512(row);
  const __m512i zero = _mm512_setzero_si512();
  // To the top of a lane, and down again with the sign.
  const __m512i low = _mm512_unpacklo_epi8(zero, bytes);
  const __m512i high = _mm512_unpackhi_epi8(zero, bytes);
  v[0].raw = _mm512_cvtepi32_ps(_mm512_srai_epi32(_mm512_unpacklo_epi16(zero, low), 24));
  v[1].raw = _mm512_cvtepi32_ps(_mm512_srai_epi32(_mm512_unpackhi_epi16(zero, low), 24));
  v[2].raw = _mm512_cvtepi32_ps(_mm512_srai_epi32(_mm512_unpacklo_epi16(zero, high), 24));
  v[3].raw = _mm512_cvtepi32_ps(_mm512_srai_epi32(_mm512_unpackhi_epi16(zero, high), 24));
}

// Store()(v, to) writes four vectors of results in kernel order, 64 columns, as the y type.
template <class T, class V>
HWY_INLINE void in_order(const V (&v)[4], V (&to)[4]) {
  constexpr I32<4> i32;
  __m512i q[4];
  for (size_t j = 0; j < 4; ++j) {
    q[j] = hn::BitCast(i32, v[j]).raw;
  }
  // The four vectors' blocks of 16 bytes, transposed.
  const __m512i low01 = _mm512_shuffle_i32x4(q[0], q[1], 0x44);
  const __m512i high01 = _mm512_shuffle_i32x4(q[0], q[1], 0xee);
  const __m512i low23 = _mm512_shuffle_i32x4(q[2], q[3], 0x44);
  const __m512i high23 = _mm512_shuffle_i32x4(q[2], q[3], 0xee);
  const hn::FixedTag<T, 16> d;
  to[0] = hn::BitCast(d, hn::Vec<I32<4>>{_mm512_shuffle_i32x4(low01, low23, 0x88)});
  to[1] = hn::BitCast(d, hn::Vec<I32<4>>{_mm512_shuffle_i32x4(low01, low23, 0xdd)});
  to[2] = hn::BitCast(d, hn::Vec<I32<4>>{_mm512_shuffle_i32x4(high01, high23, 0x88)});
  to[3] = hn::BitCast(d, hn::Vec<I32<4>>{_mm512_shuffle_i32x4(high01, high23, 0xdd)});
}

struct StoreInt8 {
  static constexpr bool kScaled = true;
  HWY_INLINE void operator()(const hn::Vec<F32> (&v)[4], std::byte* to) const {
    // Narrowing works within blocks too, so it brings the columns into their order.
    const __m512i low = _mm512_packs_epi32(rounded(v[0]), rounded(v[1]));
    const __m512i high = _mm512_packs_epi32(rounded(v[2]), rounded(v[3]));
    _mm512_storeu_si512(to, _mm512_packs_epi16(low, high));
  }
};
struct StoreBf16 {
  static constexpr bool kScaled = false;
  HWY_INLINE void operator()(const hn::Vec<F32> (&v)[4], std::byte* to) const {
    hn::Vec<F32> ordered[4];
    in_order<float>(v, ordered);
    const hn::FixedTag<uint16_t, 16> u16;
    for (size_t i = 0; i < 4; ++i) {
      const auto bits = hn::ShiftRight<16>(rounded_bf16_bits(F32(), ordered[i]));
      hn::StoreU(hn::TruncateTo(u16, bits), u16, reinterpret_cast<uint16_t*>(to) + i * 16);
    }
  }
};
struct StoreFloat32 {
  static constexpr bool kScaled = false;
  HWY_INLINE void operator()(const hn::Vec<F32> (&v)[4], std::byte* to) const {
    hn::Vec<F32> ordered[4];
    in_order<float>(v, ordered);
    for (size_t i = 0; i < 4; ++i) {
      hn::StoreU(canonical_nan(F32(), ordered[i]), F32(), reinterpret_cast<float*>(to) + i * 16);
    }
  }
};

HWY_INLINE void biased_sums(const FinishArgs& args, size_t row, hn::Vec<I32<4>> (&sums)[4]) {
  constexpr I32<4> i32;
  const auto* from = reinterpret_cast<const int32_t*>(args.sums) + row * kByteColumns;
  for (size_t j = 0; j < 4; ++j) {
    sums[j] = hn::Load(i32, from + j * 16);
    if (args.bias) {
      const auto bias = hn::Set(i32, static_cast<const int32_t*>(args.bias)[row]);
      sums[j] = args.saturates ? saturated_add(i32, sums[j], bias) : hn::Add(sums[j], bias);
    }
  }
}

template <class Store>
void finish(const FinishArgs& args) {
  const F32 f32;
  for (size_t r = 0; r < args.rows; ++r) {
    hn::Vec<I32<4>> sums[4];
    biased_sums(args, r, sums);
    const auto scale = hn::Set(f32, args.scale[r]);
    hn::Vec<F32> v[4];
    for (size_t j = 0; j < 4; ++j) {
      v[j] = hn::Mul(hn::ConvertTo(f32, sums[j]), scale);
    }
    if (args.residual) {
      hn::Vec<F32> residual[4];
      residual_floats(args.residual + r * args.residual_pitch, residual);
      for (size_t j = 0; j < 4; ++j) {
        v[j] = hn::Add(v[j], hn::Mul(residual[j], hn::Set(f32, args.residual_scale)));
      }
    }
    for (size_t j = 0; j < 4; ++j) {
      v[j] = args.relu ? relu(f32, v[j]) : v[j];
      v[j] = Store::kScaled ? hn::Mul(v[j], hn::Set(f32, args.y_scale)) : v[j];
    }
    Store()(v, args.out + r * args.out_pitch);
  }
}

void finish_int32(const FinishArgs& args) {
  for (size_t r = 0; r < args.rows; ++r) {
    hn::Vec<I32<4>> sums[4];
    hn::Vec<I32<4>> ordered[4];
    biased_sums(args, r, sums);
    in_order<int32_t>(sums, ordered);
    for (size_t i = 0; i < 4; ++i) {
      hn::StoreU(ordered[i], I32<4>(),
                 reinterpret_cast<int32_t*>(args.out + r * args.out_pitch) + i * 16);
    }
  }
}

const ByteFinishes& bytes_finish_table() {
  static constexpr ByteFinishes kTable{
      {nullptr, finish<StoreInt8>, finish<StoreBf16>, finish<StoreFloat32>, finish_int32}};
  return kTable;
}

#else

const ByteFinishes& bytes_finish_table() {
  static constexpr ByteFinishes kNone{};
  return kNone;
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "engine/kernels/select.hpp"
namespace s4::card {
const ByteFinishes& byte_finishes(int64_t target) { S4_SELECT(target, bytes_finish_table) }
}  // namespace s4::card
#endif
