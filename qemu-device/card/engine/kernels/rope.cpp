// SPDX-License-Identifier: MIT
// The arithmetic of ROPE, docs/commands/rope.md. Whole vectors throughout: what one loop writes too
// much, the next overwrites.
#include "engine/kernels/rope.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/rope.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/kernels/partials-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace {

static_assert(2 * kLanes <= kRopeSlack);

// Two products rounded, then their difference or sum: nothing is fused.
HWY_INLINE VF first(VF a, VF b, VF c, VF s) {
  return hn::Sub(hn::Mul(a, c), hn::Mul(b, s));
}
HWY_INLINE VF second(VF a, VF b, VF c, VF s) {
  return hn::Add(hn::Mul(b, c), hn::Mul(a, s));
}

void copy_rest(const RopeArgs& r) {
  std::copy(r.x + 2 * r.half, r.x + r.dim, r.y + 2 * r.half);
}

void halves(const RopeArgs& r) {
  const float* b = r.x + r.half;
  for (size_t i = 0; i < r.half; i += kLanes) {
    hn::StoreU(first(hn::LoadU(F32(), r.x + i), hn::LoadU(F32(), b + i),
                     hn::LoadU(F32(), r.cos + i), hn::LoadU(F32(), r.sin + i)),
               F32(), r.y + i);
  }
  for (size_t i = 0; i < r.half; i += kLanes) {
    hn::StoreU(second(hn::LoadU(F32(), r.x + i), hn::LoadU(F32(), b + i),
                      hn::LoadU(F32(), r.cos + i), hn::LoadU(F32(), r.sin + i)),
               F32(), r.y + r.half + i);
  }
  copy_rest(r);
}

void interleaved(const RopeArgs& r) {
  for (size_t i = 0; i < r.half; i += kLanes) {
    VF a;
    VF b;
    hn::LoadInterleaved2(F32(), r.x + 2 * i, a, b);
    const VF c = hn::LoadU(F32(), r.cos + i);
    const VF s = hn::LoadU(F32(), r.sin + i);
    hn::StoreInterleaved2(first(a, b, c, s), second(a, b, c, s), F32(), r.y + 2 * i);
  }
  copy_rest(r);
}

}  // namespace

const RopeKernels& rope_table() {
  static constexpr RopeKernels kTable{{halves, interleaved}};
  return kTable;
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "engine/kernels/select.hpp"
namespace s4::card {
const RopeKernels& rope_kernels(int64_t target) {
  S4_SELECT(target, rope_table)
}
}  // namespace s4::card
#endif
