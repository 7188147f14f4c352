// SPDX-License-Identifier: MIT
// exp, log, erf, tanh, sigmoid and pow as docs/commands/functions.md has them: the same operations
// in the same order, so the same bits on every target. Included once a target.
#if defined(S4_ENGINE_KERNELS_FUNCTIONS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef S4_ENGINE_KERNELS_FUNCTIONS_INL
#undef S4_ENGINE_KERNELS_FUNCTIONS_INL
#else
#define S4_ENGINE_KERNELS_FUNCTIONS_INL
#endif

#include <hwy/highway.h>

#include <cstdint>
#include <limits>

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// c0 + x * (c1 + x * (c2 + ...)), each step one fused operation, from the last coefficient on.
template <class D, class V>
HWY_INLINE V polynomial(D d, V, float c) {
  return hn::Set(d, c);
}
template <class D, class V, class... Rest>
HWY_INLINE V polynomial(D d, V x, float c, Rest... rest) {
  return hn::MulAdd(polynomial(d, x, rest...), x, hn::Set(d, c));
}

// v < low ? low : v; a NaN stays.
template <class D, class V>
HWY_INLINE V at_least(D d, V v, float low) {
  const auto bound = hn::Set(d, low);
  return hn::IfThenElse(hn::Lt(v, bound), bound, v);
}
// v > high ? high : v; a NaN stays.
template <class D, class V>
HWY_INLINE V at_most(D d, V v, float high) {
  const auto bound = hn::Set(d, high);
  return hn::IfThenElse(hn::Gt(v, bound), bound, v);
}

// Adding this to a small float32 rounds it to an integer, nearest even, that stands in the low
// bits.
inline constexpr float kRounder = 0x1.8p23f;
inline constexpr int32_t kRounderBits = 0x4b400000;
inline constexpr float kLn2High = 0x1.62e43p-1f;
inline constexpr float kLn2Low = -0x1.05c61p-29f;
inline constexpr float kInfinity = std::numeric_limits<float>::infinity();

// p * 2^n in two steps, n in [-250, 250], so that overflow and subnormals come out right.
template <class D, class V>
HWY_INLINE V times_power_of_two(D d, V p, hn::Vec<hn::RebindToSigned<D>> n) {
  const hn::RebindToSigned<D> i32;
  const auto bias = hn::Set(i32, 127);
  const auto half = hn::ShiftRight<1>(n);
  const auto first = hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(half, bias)));
  const auto second = hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(hn::Sub(n, half), bias)));
  return hn::Mul(hn::Mul(p, first), second);
}

template <class D, class V>
HWY_INLINE V exp(D d, V v) {
  const hn::RebindToSigned<D> i32;
  const auto x = at_least(d, at_most(d, v, 89.0f), -104.0f);
  const auto rounder = hn::Set(d, kRounder);
  const auto t = hn::MulAdd(x, hn::Set(d, 0x1.715476p+0f), rounder);
  const auto n = hn::Sub(t, rounder);
  const auto r_high = hn::NegMulAdd(n, hn::Set(d, kLn2High), x);  // exact
  const auto r_low = hn::Mul(n, hn::Set(d, -kLn2Low));
  const auto r = hn::Add(r_high, r_low);
  const auto q = polynomial(d, r, 0x1.fffffcp-2f, 0x1.55548ap-3f, 0x1.55584ep-5f, 0x1.123f3p-7f,
                            0x1.6ad14ap-10f);
  const auto s = hn::Add(hn::MulAdd(hn::Mul(r, r), q, r_low), r_high);
  const auto p = hn::Add(s, hn::Set(d, 1.0f));
  return times_power_of_two(d, p, hn::Sub(hn::BitCast(i32, t), hn::Set(i32, kRounderBits)));
}

template <class D, class V>
HWY_INLINE V log(D d, V v) {
  const hn::RebindToSigned<D> i32;
  const auto zero = hn::Zero(d);
  const auto tiny = hn::Lt(v, hn::Set(d, 0x1p-126f));
  const auto x = hn::IfThenElse(tiny, hn::Mul(v, hn::Set(d, 0x1p23f)), v);
  // x = m * 2^e with m from sqrt(1/2) on.
  const auto bits = hn::BitCast(i32, x);
  const auto e = hn::ShiftRight<23>(hn::Sub(bits, hn::Set(i32, 0x3f3504f3)));
  const auto m = hn::BitCast(d, hn::Sub(bits, hn::ShiftLeft<23>(e)));
  const auto n = hn::Add(hn::ConvertTo(d, e), hn::IfThenElseZero(tiny, hn::Set(d, -23.0f)));
  const auto f = hn::Sub(m, hn::Set(d, 1.0f));
  const auto u =
      polynomial(d, f, -0.5f, 0x1.555544p-2f, -0x1.ffffdcp-3f, 0x1.99a6c4p-3f, -0x1.5568a2p-3f,
                 0x1.231768p-3f, -0x1.fa395ap-4f, 0x1.e6ddb6p-4f, -0x1.e9f6fp-4f, 0x1.23069cp-4f);
  auto w = hn::Mul(hn::Mul(f, f), u);
  w = hn::MulAdd(n, hn::Set(d, kLn2Low), w);
  const auto result = hn::MulAdd(n, hn::Set(d, kLn2High), hn::Add(f, w));
  const auto nan = hn::Set(d, std::numeric_limits<float>::quiet_NaN());
  auto edge = hn::IfThenElse(hn::Lt(v, zero), nan, v);  // infinity and NaN stand for themselves
  edge = hn::IfThenElse(hn::Eq(v, zero), hn::Set(d, -kInfinity), edge);
  const auto ordinary = hn::And(hn::Gt(v, zero), hn::Lt(v, hn::Set(d, kInfinity)));
  return hn::IfThenElse(ordinary, result, edge);
}

template <class D, class V>
HWY_INLINE V tanh(D d, V v) {
  const auto a = hn::Abs(v);
  const auto one = hn::Set(d, 1.0f);
  const auto z = hn::Mul(a, a);
  const auto p = polynomial(d, z, -0x1.555532p-2f, 0x1.1106f6p-3f, -0x1.b835a4p-5f, 0x1.51f8cep-6f,
                            -0x1.750ce4p-8f);
  const auto small = hn::MulAdd(a, hn::Mul(z, p), a);
  const auto large = hn::Sub(one, hn::Div(hn::Set(d, 2.0f), hn::Add(exp(d, hn::Add(a, a)), one)));
  return hn::CopySign(hn::IfThenElse(hn::Lt(a, hn::Set(d, 0.625f)), small, large), v);
}

template <class D, class V>
HWY_INLINE V sigmoid(D d, V v) {
  const auto one = hn::Set(d, 1.0f);
  const auto e = exp(d, hn::Neg(hn::Abs(v)));
  const auto b = hn::Add(one, e);
  const auto rest = hn::Sub(e, hn::Sub(b, one));  // what the sum lost
  const auto q = hn::Div(hn::IfThenElse(hn::Lt(v, hn::Zero(d)), e, one), b);
  return hn::NegMulAdd(q, rest, q);
}

template <class D, class V>
HWY_INLINE V erf(D d, V v) {
  const auto a = hn::Abs(v);
  const auto p = polynomial(d, hn::Mul(a, a), 0x1.06eba8p-3f, -0x1.812740p-2f, 0x1.ce2d76p-4f,
                            -0x1.b8043ep-6f, 0x1.547724p-8f, -0x1.a8091cp-11f, 0x1.57315ep-14f);
  const auto small = hn::MulAdd(a, p, a);
  const auto b = at_most(d, a, 4.0f);
  const auto q = polynomial(d, b, 0x1.20ef2ep+0f, 0x1.4531f6p-1f, 0x1.b32d5cp-4f, -0x1.856ce6p-6f,
                            0x1.ddd62cp-9f, -0x1.534e1ep-12f, 0x1.7b845p-17f);
  const auto large = hn::Sub(hn::Set(d, 1.0f), exp(d, hn::Neg(hn::Mul(b, q))));
  return hn::CopySign(hn::IfThenElse(hn::Lt(a, hn::Set(d, 0.921875f)), small, large), v);
}

// A number as the unrounded sum of two.
template <class V>
struct Two {
  V high;
  V low;
};

// log2 of a finite a > 0 in two parts.
template <class D, class V>
HWY_INLINE Two<V> log2_in_two(D d, V v) {
  const hn::RebindToSigned<D> i32;
  const auto one = hn::Set(d, 1.0f);
  const auto tiny = hn::Lt(v, hn::Set(d, 0x1p-126f));
  const auto x = hn::IfThenElse(tiny, hn::Mul(v, hn::Set(d, 0x1p23f)), v);
  const auto bits = hn::BitCast(i32, x);
  const auto e = hn::ShiftRight<23>(hn::Sub(bits, hn::Set(i32, 0x3f3504f3)));
  const auto m = hn::BitCast(d, hn::Sub(bits, hn::ShiftLeft<23>(e)));
  const auto n = hn::Add(hn::ConvertTo(d, e), hn::IfThenElseZero(tiny, hn::Set(d, -23.0f)));
  // s = (m - 1) / (m + 1)
  const auto f = hn::Sub(m, one);
  const auto b_high = hn::Add(m, one);
  const auto b_low = hn::Sub(m, hn::Sub(b_high, one));
  const auto s_high = hn::Div(f, b_high);
  const auto rest = hn::NegMulAdd(s_high, b_low, hn::NegMulAdd(s_high, b_high, f));
  const auto s_low = hn::Div(rest, b_high);
  // log2(m) = s * (C + z * (C / 3 + u)), z = s * s, C = 2 / ln 2
  const auto c_high = hn::Set(d, 0x1.715476p+1f);
  const auto c_low = hn::Set(d, 0x1.4ae0cp-25f);
  const auto k_high = hn::Set(d, 0x1.ec709ep-1f);
  const auto k_low = hn::Set(d, -0x1.e2fe02p-28f);
  const auto z_high = hn::Mul(s_high, s_high);
  const auto z_low = hn::MulAdd(hn::Add(s_high, s_high), s_low, hn::MulSub(s_high, s_high, z_high));
  const auto u =
      hn::Mul(z_high, polynomial(d, z_high, 0x1.27771p-1f, 0x1.a5ba7p-2f, 0x1.5a1228p-2f));
  const auto q_high = hn::Add(k_high, u);
  const auto q_low = hn::Add(hn::Add(hn::Sub(k_high, q_high), u), k_low);
  const auto w_high = hn::Mul(z_high, q_high);
  const auto w_low = hn::Add(hn::MulSub(z_high, q_high, w_high),
                             hn::MulAdd(z_high, q_low, hn::Mul(z_low, q_high)));
  const auto g_high = hn::Add(c_high, w_high);
  const auto g_low = hn::Add(hn::Add(hn::Sub(c_high, g_high), w_high), hn::Add(c_low, w_low));
  const auto l_high = hn::Mul(s_high, g_high);
  const auto l_low = hn::Add(hn::MulSub(s_high, g_high, l_high),
                             hn::MulAdd(s_high, g_low, hn::Mul(s_low, g_high)));
  const auto high = hn::Add(n, l_high);
  return {high, hn::Add(hn::Add(hn::Sub(n, high), l_high), l_low)};
}

// 2^(p_high + p_low); p_low is small, p_high at most 192 in size.
template <class D, class V>
HWY_INLINE V exp2_of_two(D d, Two<V> p) {
  const hn::RebindToSigned<D> i32;
  const auto rounder = hn::Set(d, kRounder);
  const auto t = hn::Add(p.high, rounder);
  const auto r = hn::Add(hn::Sub(p.high, hn::Sub(t, rounder)), p.low);
  const auto q = polynomial(d, r, 0x1.62e43p-1f, 0x1.ebfbep-3f, 0x1.c6b06cp-5f, 0x1.3b29f6p-7f,
                            0x1.5daaaep-10f, 0x1.445b64p-13f, 0x1.d8d77p-17f);
  const auto one_more = hn::MulAdd(r, q, hn::Set(d, 1.0f));
  return times_power_of_two(d, one_more, hn::Sub(hn::BitCast(i32, t), hn::Set(i32, kRounderBits)));
}

template <class D, class V>
HWY_INLINE V power(D d, V x, V y) {
  const hn::RebindToUnsigned<D> u32;
  const auto zero = hn::Zero(d);
  const auto one = hn::Set(d, 1.0f);
  const auto infinity = hn::Set(d, kInfinity);
  const auto a = hn::Abs(x);
  const auto b = hn::Abs(y);

  const Two<V> l = log2_in_two(d, a);
  const auto p = hn::Mul(y, l.high);
  const auto p_low = hn::MulAdd(y, l.low, hn::MulSub(y, l.high, p));
  const auto fits = hn::Lt(hn::Abs(p), hn::Set(d, 192.0f));
  auto size = exp2_of_two(
      d, Two<V>{at_least(d, at_most(d, p, 192.0f), -192.0f), hn::IfThenElseZero(fits, p_low)});

  // Where |x| or |y| is no ordinary number.
  const auto falls = hn::Lt(y, zero);
  const auto at_zero = hn::IfThenElseZero(falls, infinity);
  const auto at_infinity = hn::IfThenZeroElse(falls, infinity);
  size = hn::IfThenElse(hn::Eq(a, zero), at_zero, size);
  size = hn::IfThenElse(hn::Eq(a, infinity), at_infinity, size);
  auto limit = hn::IfThenElse(hn::Gt(a, one), at_infinity, at_zero);
  limit = hn::IfThenElse(hn::Eq(a, one), one, limit);
  size = hn::IfThenElse(hn::Eq(b, infinity), limit, size);

  // Which y is an integer, and odd.
  const auto whole = hn::Ge(b, hn::Set(d, 0x1p23f));
  const auto t = hn::Add(b, hn::Set(d, 0x1p23f));
  const auto integer = hn::Or(whole, hn::Eq(hn::Sub(t, hn::Set(d, 0x1p23f)), b));
  const auto low_bits = hn::BitCast(u32, hn::IfThenElse(whole, b, t));
  const auto last_bit = hn::Eq(hn::And(low_bits, hn::Set(u32, 1)), hn::Set(u32, 1));
  const auto odd =
      hn::And(hn::And(integer, hn::RebindMask(d, last_bit)), hn::Lt(b, hn::Set(d, 0x1p24f)));
  const hn::RebindToSigned<D> i32;
  const auto negative = hn::RebindMask(d, hn::Lt(hn::BitCast(i32, x), hn::Zero(i32)));
  auto result = hn::IfThenElse(hn::And(negative, odd), hn::Neg(size), size);
  const auto finite = hn::And(hn::Gt(a, zero), hn::Lt(a, infinity));
  const auto undefined = hn::And(hn::And(negative, finite), hn::Not(integer));
  const auto nan = hn::Or(undefined, hn::Or(hn::IsNaN(x), hn::IsNaN(y)));
  result = hn::IfThenElse(nan, hn::Set(d, std::numeric_limits<float>::quiet_NaN()), result);
  return hn::IfThenElse(hn::Or(hn::Eq(y, zero), hn::Eq(x, one)), one, result);
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#endif
