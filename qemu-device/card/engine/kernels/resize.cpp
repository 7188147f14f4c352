// SPDX-License-Identifier: MIT
// The arithmetic of RESIZE, docs/commands/resize.md. Whole vectors throughout: what one pixel
// writes too much, the next overwrites.
#include "engine/kernels/resize.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/resize.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace {

using Many = hn::CappedTag<float, kResizeSlack>;
using Few = hn::CappedTag<float, 4>;

// Difference, product and sum each rounded: nothing is fused.
template <class V>
HWY_INLINE V between(V a, V b, V f) {
  return hn::Add(a, hn::Mul(hn::Sub(b, a), f));
}

template <class D>
void across_by(const AcrossArgs& r) {
  const D d;
  for (size_t i = 0; i < r.pixels; ++i) {
    const float* a = r.x + r.at[i];
    const float* b = a + r.channels;
    float* y = r.y + i * r.channels;
    const auto f = hn::Set(d, r.f[i]);
    const auto alone = hn::Eq(f, hn::Zero(d));
    for (size_t c = 0; c < r.channels; c += hn::MaxLanes(d)) {
      const auto v = hn::LoadU(d, a + c);
      hn::StoreU(hn::IfThenElse(alone, v, between(v, hn::LoadU(d, b + c), f)), d, y + c);
    }
  }
}

// A short vector wastes less on the few channels of pictures and masks.
void across(const AcrossArgs& args) {
  args.channels <= hn::MaxLanes(Few()) ? across_by<Few>(args) : across_by<Many>(args);
}

void down(const float* upper, const float* lower, float f, size_t count, float* y) {
  const Many d;
  const auto share = hn::Set(d, f);
  for (size_t i = 0; i < count; i += hn::MaxLanes(d)) {
    hn::StoreU(between(hn::LoadU(d, upper + i), hn::LoadU(d, lower + i), share), d, y + i);
  }
}

}  // namespace

const ResizeKernels& resize_table() {
  static constexpr ResizeKernels kTable{across, down};
  return kTable;
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "engine/kernels/select.hpp"
namespace s4::card {
const ResizeKernels& resize_kernels(int64_t target) {
  S4_SELECT(target, resize_table)
}
}  // namespace s4::card
#endif
