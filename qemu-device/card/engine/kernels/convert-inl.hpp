// SPDX-License-Identifier: MIT
// Conversions and activations that every command shares (docs/commands.md, "Numbers").
// Included once a target, so no ordinary include guard.
#if defined(S4_ENGINE_KERNELS_CONVERT_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef S4_ENGINE_KERNELS_CONVERT_INL
#undef S4_ENGINE_KERNELS_CONVERT_INL
#else
#define S4_ENGINE_KERNELS_CONVERT_INL
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Any NaN becomes the one quiet NaN 0x7fc00000.
template <class D, class V>
HWY_INLINE V canonical_nan(D d, V v) {
  const hn::RebindToUnsigned<D> u32;
  return hn::IfThenElse(hn::IsNaN(v), hn::BitCast(d, hn::Set(u32, 0x7fc00000u)), v);
}

// x > 0 ? x : +0; NaN stays.
template <class D, class V>
HWY_INLINE V relu(D d, V v) {
  const auto zero = hn::Zero(d);
  return hn::IfThenZeroElse(hn::Le(v, zero), v);
}

// The bits of v rounded to bfloat16, nearest even, in the upper half; the lower half is garbage.
template <class D, class V>
HWY_INLINE hn::Vec<hn::RebindToUnsigned<D>> rounded_bf16_bits(D d, V v) {
  const hn::RebindToUnsigned<D> u32;
  const auto bits = hn::BitCast(u32, v);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(u32, 1));
  const auto rounded = hn::Add(hn::Add(bits, hn::Set(u32, 0x7fffu)), odd);
  const auto nan = hn::RebindMask(u32, hn::IsNaN(v));
  (void)d;
  return hn::IfThenElse(nan, hn::Set(u32, 0x7fc00000u), rounded);
}

// v rounded to an integer, nearest even, saturated to [-128, 127]; NaN gives 0.
template <class D, class V>
HWY_INLINE hn::Vec<hn::RebindToSigned<D>> rounded_int8(D d, V v) {
  const hn::RebindToSigned<D> i32;
  // Saturating first gives the same: both bounds are integers.
  const auto number = hn::IfThenZeroElse(hn::IsNaN(v), v);
  const auto bounded = hn::Min(hn::Max(number, hn::Set(d, -128.0f)), hn::Set(d, 127.0f));
  (void)i32;
  return hn::NearestInt(bounded);
}

// a + b in int32, saturated.
template <class D, class V>
HWY_INLINE V saturated_add(D d, V a, V b) {
  const auto sum = hn::Add(a, b);
  // It overflowed if both operands have the sign that the sum has not.
  const auto overflow = hn::BroadcastSignBit(hn::And(hn::Xor(sum, a), hn::Xor(sum, b)));
  const auto limit = hn::Xor(hn::BroadcastSignBit(a), hn::Set(d, 0x7fffffff));
  return hn::IfThenElse(hn::MaskFromVec(overflow), limit, sum);
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#endif
