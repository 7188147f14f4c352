// SPDX-License-Identifier: MIT
// Activations of every command (docs/commands/functions.md). with_activation() chooses outside of
// the loops; what it hands over is called inside of them. Included once a target.
#if defined(S4_ENGINE_KERNELS_ACTIVATION_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef S4_ENGINE_KERNELS_ACTIVATION_INL
#undef S4_ENGINE_KERNELS_ACTIVATION_INL
#else
#define S4_ENGINE_KERNELS_ACTIVATION_INL
#endif

#include <hwy/highway.h>

#include "engine/kernels/convert-inl.hpp"
#include "engine/kernels/functions-inl.hpp"
#include "engine/kernels/functions.hpp"
#include "s4/abi/s4_cmd.h"

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// relu6(v + 3) / 6
template <class D, class V>
HWY_INLINE V hard_sigmoid(D d, V v) {
  const auto t = relu(d, hn::Add(v, hn::Set(d, 3.0f)));
  return hn::Mul(at_most(d, t, 6.0f), hn::Set(d, 0x1.555556p-3f));
}

// Where a factor falls to zero, v stops at a bound beyond which the product is zero: minus infinity
// would give NaN.
template <class D, class V>
HWY_INLINE V hard_swish(D d, V v) {
  const auto w = at_least(d, v, -3.0f);
  return hn::Mul(w, hard_sigmoid(d, w));
}

template <class D, class V>
HWY_INLINE V silu(D d, V v) {
  const auto w = at_least(d, v, -104.0f);
  return hn::Mul(w, sigmoid(d, w));
}

template <class D, class V>
HWY_INLINE V gelu(D d, V v) {
  const auto w = at_least(d, v, -16.0f);
  const auto e = erf(d, hn::Mul(w, hn::Set(d, 0x1.6a09e6p-1f)));
  return hn::Mul(hn::Mul(w, hn::Set(d, 0.5f)), hn::Add(hn::Set(d, 1.0f), e));
}

template <class D, class V>
HWY_INLINE V gelu_tanh(D d, V v) {
  const auto w = at_least(d, v, -16.0f);
  const auto c = hn::MulAdd(hn::Mul(w, w), hn::Set(d, 0x1.2444f2p-4f), hn::Set(d, 0x1.988454p+0f));
  return hn::Mul(w, sigmoid(d, hn::Mul(w, c)));
}

// Calls body(f) with f(d, v) the activation.
template <class Body>
HWY_INLINE void with_activation(const Activation& activation, const Body& body) {
  const float alpha = activation.alpha;
  const float beta = activation.beta;
#define S4_ACTIVATION(kind, expression) \
  case kind:                            \
    return body([=](auto d, auto v) HWY_ATTR { return (void)d, (expression); })
  switch (activation.kind) {
    S4_ACTIVATION(S4_ACT_RELU, relu(d, v));
    S4_ACTIVATION(S4_ACT_RELU6, at_most(d, relu(d, v), 6.0f));
    S4_ACTIVATION(S4_ACT_LEAKY_RELU,
                  hn::IfThenElse(hn::Gt(v, hn::Zero(d)), v, hn::Mul(v, hn::Set(d, alpha))));
    S4_ACTIVATION(S4_ACT_GELU, gelu(d, v));
    S4_ACTIVATION(S4_ACT_GELU_TANH, gelu_tanh(d, v));
    S4_ACTIVATION(S4_ACT_SILU, silu(d, v));
    S4_ACTIVATION(S4_ACT_SIGMOID, sigmoid(d, v));
    S4_ACTIVATION(S4_ACT_TANH, tanh(d, v));
    S4_ACTIVATION(S4_ACT_HARD_SWISH, hard_swish(d, v));
    S4_ACTIVATION(S4_ACT_HARD_SIGMOID, hard_sigmoid(d, v));
    S4_ACTIVATION(S4_ACT_EXP, exp(d, v));
    S4_ACTIVATION(S4_ACT_ERF, erf(d, v));
    S4_ACTIVATION(S4_ACT_SQRT, hn::Sqrt(v));
    S4_ACTIVATION(S4_ACT_LOG, log(d, v));
    S4_ACTIVATION(S4_ACT_ABS, hn::Abs(v));
    S4_ACTIVATION(S4_ACT_NEG, hn::Neg(v));
    S4_ACTIVATION(S4_ACT_RECIPROCAL, hn::Div(hn::Set(d, 1.0f), v));
    S4_ACTIVATION(S4_ACT_RSQRT, hn::Div(hn::Set(d, 1.0f), hn::Sqrt(v)));
    S4_ACTIVATION(S4_ACT_CLIP, at_most(d, at_least(d, v, alpha), beta));
    S4_ACTIVATION(S4_ACT_FLOOR, hn::Floor(v));
    S4_ACTIVATION(S4_ACT_CEIL, hn::Ceil(v));
    S4_ACTIVATION(S4_ACT_ROUND, hn::Round(v));
    S4_ACTIVATION(S4_ACT_NONE, v);
    default:  // the check of commands knows no other
      HWY_ABORT("no such activation");
  }
#undef S4_ACTIVATION
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#endif
