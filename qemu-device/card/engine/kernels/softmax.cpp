// SPDX-License-Identifier: MIT
// The steps of SOFTMAX, docs/commands/rows.md.
#include "engine/kernels/softmax.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/softmax.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/kernels/functions-inl.hpp"
#include "engine/kernels/partials-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace {

// What stands behind the elements of the last group is changed too: it is unspecified.
void scale(float* v, size_t count, float factor, float* s) {
  const VF f = hn::Set(F32(), factor);
  accumulate_with(v, count, s, [&](VF a, VF x, size_t e) HWY_ATTR {
    const VF scaled = hn::Mul(x, f);
    hn::StoreU(scaled, F32(), v + e);
    return Max::take(a, scaled);
  });
}

// exp(d). What is +0 anyway stays out of the sequence: a vanishing product is slow on the host, and
// an element that an added -10000 masks is one.
HWY_INLINE VF power_of(VF d) {
  const auto vanishes = hn::Lt(d, hn::Set(F32(), -104.0f));
  return hn::IfThenZeroElse(vanishes, exp(F32(), hn::IfThenZeroElse(vanishes, d)));
}

void exponentials(float* v, size_t count, float m, float* s) {
  const VF most = hn::Set(F32(), m);
  accumulate_with(v, count, s, [&](VF a, VF x, size_t e) HWY_ATTR {
    const VF power = power_of(hn::Sub(x, most));
    hn::StoreU(power, F32(), v + e);
    return hn::Add(a, power);
  });
}

void differences(float* v, size_t count, float m, float* s) {
  const VF most = hn::Set(F32(), m);
  accumulate_with(v, count, s, [&](VF a, VF x, size_t e) HWY_ATTR {
    const VF d = hn::Sub(x, most);
    hn::StoreU(d, F32(), v + e);
    return hn::Add(a, power_of(d));
  });
}

void multiply(float* v, size_t count, float r) {
  const VF by = hn::Set(F32(), r);
  for (size_t i = 0; i < count; i += kLanes) {
    hn::StoreU(hn::Mul(hn::LoadU(F32(), v + i), by), F32(), v + i);
  }
}

void subtract(float* v, size_t count, float r) {
  const VF by = hn::Set(F32(), r);
  for (size_t i = 0; i < count; i += kLanes) {
    hn::StoreU(hn::Sub(hn::LoadU(F32(), v + i), by), F32(), v + i);
  }
}

float greatest(float* s) {
  return folded<Max>(s);
}
float sum(float* s) {
  return folded<Sum>(s);
}

}  // namespace

const SoftmaxKernels& softmax_table() {
  static constexpr SoftmaxKernels kTable{scale,    exponentials, differences, multiply,
                                         subtract, greatest,     sum};
  return kTable;
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "engine/kernels/select.hpp"
namespace s4::card {
const SoftmaxKernels& softmax_kernels(int64_t target) {
  S4_SELECT(target, softmax_table)
}
}  // namespace s4::card
#endif
