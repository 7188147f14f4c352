// SPDX-License-Identifier: MIT
// The epilogue of the matrix command: bias, scale, activation, conversion (docs/commands.md,
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

using F32 = hn::CappedTag<float, kTileColumns / 2>;
using U32 = hn::RebindToUnsigned<F32>;
using I32 = hn::RebindToSigned<F32>;
constexpr size_t kLanes = HWY_LANES(float) < kTileColumns / 2 ? HWY_LANES(float) : kTileColumns / 2;

// store(even, odd, to, column): two vectors of float32, of even and of odd columns.
struct StoreBf16 {
  using Out = uint16_t;
  HWY_INLINE void operator()(hn::Vec<F32> even, hn::Vec<F32> odd, uint16_t* to) const {
    const U32 u32;
    const auto low = hn::ShiftRight<16>(rounded_bf16_bits(F32(), even));
    const auto high = hn::And(rounded_bf16_bits(F32(), odd), hn::Set(u32, 0xffff0000u));
    hn::Store(hn::Or(low, high), u32, reinterpret_cast<uint32_t*>(to));
  }
};
struct StoreFloat32 {
  using Out = float;
  HWY_INLINE void operator()(hn::Vec<F32> even, hn::Vec<F32> odd, float* to) const {
    const F32 f32;
    hn::StoreInterleaved2(canonical_nan(f32, even), canonical_nan(f32, odd), f32, to);
  }
};
struct StoreInt8 {
  using Out = int8_t;
  HWY_INLINE void operator()(hn::Vec<F32> even, hn::Vec<F32> odd, int8_t* to) const {
    const F32 f32;
    const I32 i32;
    // Neighbours meet in one 16-bit lane: the even column is its low byte.
    const auto low = hn::And(rounded_int8(f32, even), hn::Set(i32, 0xff));
    const auto high = hn::ShiftLeft<8>(rounded_int8(f32, odd));
    const hn::Rebind<int16_t, I32> i16;
    hn::StoreU(hn::DemoteTo(i16, hn::Or(low, high)), i16, reinterpret_cast<int16_t*>(to));
  }
};

template <class Store>
HWY_INLINE void finish_bf16(const FinishArgs& args) {
  const F32 f32;
  const auto zero = hn::Zero(f32);
  const auto* bias = static_cast<const float*>(args.bias);
  for (size_t r = 0; r < args.rows; ++r) {
    const float* sums = static_cast<const float*>(args.sums) + r * kTileColumns;
    auto* out = static_cast<typename Store::Out*>(args.out) + r * kTileColumns;
    for (size_t c = 0; c < kTileColumns; c += 2 * kLanes) {
      hn::Vec<F32> v[2];
      for (size_t i = 0; i < 2; ++i) {
        v[i] = hn::Add(hn::Load(f32, sums + c + i * kLanes), zero);
        if (args.scale) {
          v[i] = hn::Mul(v[i], hn::Set(f32, args.scale[r]));
        }
        if (bias) {
          v[i] = hn::Add(v[i], hn::Set(f32, bias[r]));
        }
        if (args.relu) {
          v[i] = relu(f32, v[i]);
        }
      }
      Store()(v[0], v[1], out + c);
    }
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
    const int32_t* sums = static_cast<const int32_t*>(args.sums) + r * kTileColumns;
    auto* out = static_cast<typename Store::Out*>(args.out) + r * kTileColumns;
    const auto scale = hn::Set(f32, args.scale[r]);
    for (size_t c = 0; c < kTileColumns; c += 2 * kLanes) {
      hn::Vec<F32> v[2];
      for (size_t i = 0; i < 2; ++i) {
        const auto sum = biased(args, r, hn::Load(i32, sums + c + i * kLanes));
        v[i] = hn::Mul(hn::ConvertTo(f32, sum), scale);
        if (args.relu) {
          v[i] = relu(f32, v[i]);
        }
      }
      Store()(v[0], v[1], out + c);
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
    const int32_t* sums = static_cast<const int32_t*>(args.sums) + r * kTileColumns;
    int32_t* out = static_cast<int32_t*>(args.out) + r * kTileColumns;
    for (size_t c = 0; c < kTileColumns; c += 2 * kLanes) {
      const auto even = biased(args, r, hn::Load(i32, sums + c));
      const auto odd = biased(args, r, hn::Load(i32, sums + c + kLanes));
      hn::StoreInterleaved2(even, odd, i32, out + c);
    }
  }
}

const FinishKernels& finish_table() {
  static constexpr FinishKernels kTable{bf16_to_bf16, bf16_to_float32, int8_to_int8,
                                        int8_to_bf16, int8_to_float32, int8_to_int32};
  return kTable;
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "engine/kernels/select.hpp"
namespace s4::card {
const FinishKernels& finish_kernels(int64_t target) { S4_SELECT(target, finish_table) }
}  // namespace s4::card
#endif
