// SPDX-License-Identifier: MIT
// sum16 and its like (docs/commands/rows.md) on runs of float32. Included once a target.
#if defined(S4_ENGINE_KERNELS_PARTIALS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef S4_ENGINE_KERNELS_PARTIALS_INL
#undef S4_ENGINE_KERNELS_PARTIALS_INL
#else
#define S4_ENGINE_KERNELS_PARTIALS_INL
#endif

#include <hwy/highway.h>

#include <algorithm>

#include "engine/kernels/rows.hpp"

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Sixteen partial results are kVectors vectors.
using F32 = hn::CappedTag<float, kPartials>;
using VF = hn::Vec<F32>;
constexpr size_t kLanes = hn::MaxLanes(F32());
constexpr size_t kVectors = kPartials / kLanes;

struct Sum {
  template <class V>
  static HWY_INLINE V take(V s, V x) {
    return hn::Add(s, x);
  }
};
struct Max {
  template <class V>
  static HWY_INLINE V take(V s, V x) {
    return hn::IfThenElse(hn::Or(hn::Gt(x, s), hn::IsNaN(x)), x, s);
  }
};

// For whole groups of sixteen elements and then the rest of one: s[e % 16] = take(s[e % 16], x, e)
// with x the elements from e on, a vector of them. Of the last group x may be anything behind
// `count`.
template <class Take>
HWY_INLINE void accumulate_with(const float* x, size_t count, float* s, const Take& take) {
  VF sums[kVectors];
  for (size_t v = 0; v < kVectors; ++v) {
    sums[v] = hn::LoadU(F32(), s + v * kLanes);
  }
  size_t i = 0;
  for (; i + kPartials <= count; i += kPartials) {
    for (size_t v = 0; v < kVectors; ++v) {
      const size_t e = i + v * kLanes;
      sums[v] = take(sums[v], hn::LoadU(F32(), x + e), e);
    }
  }
  for (size_t v = 0; v < kVectors; ++v) {
    hn::StoreU(sums[v], F32(), s + v * kLanes);
  }
  if (i < count) {
    alignas(64) float rest[kPartials] = {};
    std::copy_n(x + i, count - i, rest);
    alignas(64) float taken[kPartials];
    for (size_t v = 0; v < kVectors; ++v) {
      const size_t at = v * kLanes;
      hn::Store(take(sums[v], hn::Load(F32(), rest + at), i + at), F32(), taken + at);
    }
    std::copy_n(taken, count - i, s);
  }
}

// s[j] = take(s[j], s[j + h]), j < h, for h = kHalf and below.
template <class Op, size_t kHalf>
HWY_INLINE void fold_from(float* s) {
  if constexpr (kHalf > 0) {
    const hn::CappedTag<float, kHalf> d;
    for (size_t j = 0; j < kHalf; j += hn::MaxLanes(d)) {
      hn::StoreU(Op::take(hn::LoadU(d, s + j), hn::LoadU(d, s + j + kHalf)), d, s + j);
    }
    fold_from<Op, kHalf / 2>(s);
  }
}

// The one result of sixteen partial ones, which are used up.
template <class Op>
HWY_INLINE float folded(float* s) {
  fold_from<Op, kPartials / 2>(s);
  return s[0];
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#endif
