// SPDX-License-Identifier: MIT
#include "engine/kernels/functions.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/functions.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/kernels/activation-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using F32 = hn::ScalableTag<float>;
constexpr size_t kMaxLanes = HWY_MAX_BYTES / sizeof(float);

void activate(float* v, size_t count, const Activation& activation) {
  const F32 f32;
  const size_t lanes = hn::Lanes(f32);
  with_activation(activation, [&](auto function) HWY_ATTR {
    size_t i = 0;
    for (; i + lanes <= count; i += lanes) {
      hn::StoreU(function(f32, hn::LoadU(f32, v + i)), f32, v + i);
    }
    if (i < count) {
      alignas(64) float rest[kMaxLanes] = {};
      std::copy(v + i, v + count, rest);
      hn::Store(function(f32, hn::Load(f32, rest)), f32, rest);
      std::copy_n(rest, count - i, v + i);
    }
  });
}

void power_of(const float* a, const float* b, float* y, size_t count) {
  const F32 f32;
  const size_t lanes = hn::Lanes(f32);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(power(f32, hn::LoadU(f32, a + i), hn::LoadU(f32, b + i)), f32, y + i);
  }
  if (i < count) {
    alignas(64) float a_rest[kMaxLanes] = {};
    alignas(64) float b_rest[kMaxLanes] = {};
    std::copy(a + i, a + count, a_rest);
    std::copy(b + i, b + count, b_rest);
    hn::Store(power(f32, hn::Load(f32, a_rest), hn::Load(f32, b_rest)), f32, a_rest);
    std::copy_n(a_rest, count - i, y + i);
  }
}

const FunctionKernels& function_table() {
  static constexpr FunctionKernels kTable{activate, power_of};
  return kTable;
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "engine/kernels/select.hpp"
namespace s4::card {
const FunctionKernels& function_kernels(int64_t target) {
  S4_SELECT(target, function_table)
}
}  // namespace s4::card
#endif
