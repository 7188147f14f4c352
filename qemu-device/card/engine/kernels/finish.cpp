// SPDX-License-Identifier: MIT
// The epilogue of the matrix commands for tiles of words: bias, scale, activation, conversion (docs/commands.md,
// "Arithmetic"). Sums come in kernel order (multiply.cpp) and leave in the order of columns.
#include "engine/kernels/kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/finish.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/kernels/convert-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using F32 = hn::CappedTag<float, kWordColumns / 2>;
using U32 = hn::RebindToUnsigned<F32>;
using I32 = hn::RebindToSigned<F32>;
constexpr size_t kLanes = HWY_LANES(float) < kWordColumns / 2 ? HWY_LANES(float) : kWordColumns / 2;

// Store()(even, odd, to) writes two vectors of float32, of even and of odd columns, as the y type.
struct StoreBf16 {
  static constexpr bool kScaled = false;
  HWY_INLINE void operator()(hn::Vec<F32> even, hn::Vec<F32> odd, uint8_t* to) const {
    const U32 u32;
    const auto low = hn::ShiftRight<16>(rounded_bf16_bits(F32(), even));
    const auto high = hn::And(rounded_bf16_bits(F32(), odd), hn::Set(u32, 0xffff0000u));
    hn::StoreU(hn::Or(low, high), u32, reinterpret_cast<uint32_t*>(to));
  }
  static constexpr size_t kSize = 2;
};
struct StoreFloat32 {
  static constexpr bool kScaled = false;
  HWY_INLINE void operator()(hn::Vec<F32> even, hn::Vec<F32> odd, uint8_t* to) const {
    const F32 f32;
    hn::StoreInterleaved2(canonical_nan(f32, even), canonical_nan(f32, odd), f32,
                          reinterpret_cast<float*>(to));
  }
  static constexpr size_t kSize = 4;
};
struct StoreInt8 {
  static constexpr bool kScaled = true;
  HWY_INLINE void operator()(hn::Vec<F32> even, hn::Vec<F32> odd, uint8_t* to) const {
    const F32 f32;
    const I32 i32;
    // Neighbours meet in one 16-bit lane: the even column is its low byte.
    const auto low = hn::And(rounded_int8(f32, even), hn::Set(i32, 0xff));
    const auto high = hn::ShiftLeft<8>(rounded_int8(f32, odd));
    const hn::Rebind<int16_t, I32> i16;
    hn::StoreU(hn::DemoteTo(i16, hn::Or(low, high)), i16, reinterpret_cast<int16_t*>(to));
  }
  static constexpr size_t kSize = 1;
};

// The residual's even and odd columns from c on, as floats.
HWY_INLINE void residual_bf16(const FinishArgs& args, size_t r, size_t c, hn::Vec<F32> (&v)[2]) {
  const U32 u32;
  const std::byte* row = args.residual + r * args.residual_pitch;
  const auto words = hn::LoadU(u32, reinterpret_cast<const uint32_t*>(row + c * 2));
  v[0] = hn::BitCast(F32(), hn::ShiftLeft<16>(words));
  v[1] = hn::BitCast(F32(), hn::And(words, hn::Set(u32, 0xffff0000u)));
}
HWY_INLINE void residual_int8(const FinishArgs& args, size_t r, size_t c, hn::Vec<F32> (&v)[2]) {
  const I32 i32;
  const hn::Rebind<int16_t, I32> i16;
  const std::byte* row = args.residual + r * args.residual_pitch;
  const auto two =
      hn::PromoteTo(i32, hn::LoadU(i16, reinterpret_cast<const int16_t*>(row + c)));
  const auto scale = hn::Set(F32(), args.residual_scale);
  v[0] = hn::Mul(hn::ConvertTo(F32(), hn::ShiftRight<24>(hn::ShiftLeft<24>(two))), scale);
  v[1] = hn::Mul(hn::ConvertTo(F32(), hn::ShiftRight<8>(two)), scale);
}

template <class Store, bool kScale, bool kBias, bool kRelu>
HWY_INLINE void finish_bf16_as(const FinishArgs& args) {
  const F32 f32;
  const auto zero = hn::Zero(f32);
  const auto* all_bias = static_cast<const float*>(args.bias);
  for (size_t r = 0; r < args.rows; ++r) {
    const float* sums = reinterpret_cast<const float*>(args.sums) + r * kWordColumns;
    auto* out = reinterpret_cast<uint8_t*>(args.out) + r * args.out_pitch;
    const auto scale = kScale ? hn::Set(f32, args.scale[r]) : zero;
    const auto bias = kBias ? hn::Set(f32, all_bias[r]) : zero;
    for (size_t c = 0; c < kWordColumns; c += 2 * kLanes) {
      hn::Vec<F32> v[2];
      for (size_t i = 0; i < 2; ++i) {
        v[i] = hn::Add(hn::Load(f32, sums + c + i * kLanes), zero);
        v[i] = kScale ? hn::Mul(v[i], scale) : v[i];
        v[i] = kBias ? hn::Add(v[i], bias) : v[i];
      }
      if (args.residual) {
        hn::Vec<F32> residual[2];
        residual_bf16(args, r, c, residual);
        v[0] = hn::Add(v[0], residual[0]);
        v[1] = hn::Add(v[1], residual[1]);
      }
      for (size_t i = 0; i < 2; ++i) {
        v[i] = kRelu ? relu(f32, v[i]) : v[i];
      }
      Store()(v[0], v[1], out + c * Store::kSize);
    }
  }
}

template <class Store, bool kScale, bool kBias>
HWY_INLINE void finish_bf16_relu(const FinishArgs& args) {
  args.relu ? finish_bf16_as<Store, kScale, kBias, true>(args)
            : finish_bf16_as<Store, kScale, kBias, false>(args);
}

template <class Store>
HWY_INLINE void finish_bf16(const FinishArgs& args) {
  if (args.scale) {
    args.bias ? finish_bf16_relu<Store, true, true>(args)
              : finish_bf16_relu<Store, true, false>(args);
  } else {
    args.bias ? finish_bf16_relu<Store, false, true>(args)
              : finish_bf16_relu<Store, false, false>(args);
  }
}

HWY_INLINE hn::Vec<I32> biased(const FinishArgs& args, size_t r, hn::Vec<I32> sum) {
  return args.bias ? saturated_add(I32(), sum,
                                   hn::Set(I32(), static_cast<const int32_t*>(args.bias)[r]))
                   : sum;
}

template <class Store>
HWY_INLINE void finish_int8(const FinishArgs& args) {
  const F32 f32;
  const I32 i32;
  for (size_t r = 0; r < args.rows; ++r) {
    const int32_t* sums = reinterpret_cast<const int32_t*>(args.sums) + r * kWordColumns;
    auto* out = reinterpret_cast<uint8_t*>(args.out) + r * args.out_pitch;
    const auto scale = hn::Set(f32, args.scale[r]);
    for (size_t c = 0; c < kWordColumns; c += 2 * kLanes) {
      hn::Vec<F32> v[2];
      for (size_t i = 0; i < 2; ++i) {
        const auto sum = biased(args, r, hn::Load(i32, sums + c + i * kLanes));
        v[i] = hn::Mul(hn::ConvertTo(f32, sum), scale);
      }
      if (args.residual) {
        hn::Vec<F32> residual[2];
        residual_int8(args, r, c, residual);
        v[0] = hn::Add(v[0], residual[0]);
        v[1] = hn::Add(v[1], residual[1]);
      }
      for (size_t i = 0; i < 2; ++i) {
        v[i] = args.relu ? relu(f32, v[i]) : v[i];
        v[i] = Store::kScaled ? hn::Mul(v[i], hn::Set(f32, args.y_scale)) : v[i];
      }
      Store()(v[0], v[1], out + c * Store::kSize);
    }
  }
}

void bf16_to_bf16(const FinishArgs& args) { finish_bf16<StoreBf16>(args); }
void bf16_to_float32(const FinishArgs& args) { finish_bf16<StoreFloat32>(args); }
void int8_to_int8(const FinishArgs& args) { finish_int8<StoreInt8>(args); }
void int8_to_bf16(const FinishArgs& args) { finish_int8<StoreBf16>(args); }
void int8_to_float32(const FinishArgs& args) { finish_int8<StoreFloat32>(args); }

void int8_to_int32(const FinishArgs& args) {
  const I32 i32;
  for (size_t r = 0; r < args.rows; ++r) {
    const int32_t* sums = reinterpret_cast<const int32_t*>(args.sums) + r * kWordColumns;
    auto* out = reinterpret_cast<int32_t*>(reinterpret_cast<uint8_t*>(args.out) + r * args.out_pitch);
    for (size_t c = 0; c < kWordColumns; c += 2 * kLanes) {
      const auto even = biased(args, r, hn::Load(i32, sums + c));
      const auto odd = biased(args, r, hn::Load(i32, sums + c + kLanes));
      hn::StoreInterleaved2(even, odd, i32, out + c);
    }
  }
}

const WordFinishes& finish_table() {
  static constexpr WordFinishes kTable{
      {nullptr, nullptr, bf16_to_bf16, bf16_to_float32, nullptr},
      {nullptr, int8_to_int8, int8_to_bf16, int8_to_float32, int8_to_int32}};
  return kTable;
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "engine/kernels/select.hpp"
namespace s4::card {
const WordFinishes& word_finishes(int64_t target) { S4_SELECT(target, finish_table) }
}  // namespace s4::card
#endif
