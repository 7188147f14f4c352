// SPDX-License-Identifier: MIT
#include "engine/kernels/norm.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/norm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/kernels/partials-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace {

template <bool kMean, bool kGamma, bool kBeta>
void normalize_with(const NormalizeArgs& args) {
  const VF mean = hn::Set(F32(), kMean ? *args.mean : 0.0f);
  const VF r = hn::Set(F32(), args.r);
  for (size_t i = 0; i < args.count; i += kLanes) {
    VF v = hn::LoadU(F32(), args.v + i);
    if constexpr (kMean) {
      v = hn::Sub(v, mean);
    }
    v = hn::Mul(v, r);
    if constexpr (kGamma) {
      v = hn::Mul(v, hn::LoadU(F32(), args.gamma + i));
    }
    if constexpr (kBeta) {
      v = hn::Add(v, hn::LoadU(F32(), args.beta + i));
    }
    hn::StoreU(v, F32(), args.y + i);
  }
}

template <bool kMean>
void normalize_by(const NormalizeArgs& args) {
  if (args.gamma != nullptr) {
    return args.beta != nullptr ? normalize_with<kMean, true, true>(args)
                                : normalize_with<kMean, true, false>(args);
  }
  return args.beta != nullptr ? normalize_with<kMean, false, true>(args)
                              : normalize_with<kMean, false, false>(args);
}

void normalize(const NormalizeArgs& args) {
  args.mean != nullptr ? normalize_by<true>(args) : normalize_by<false>(args);
}

void add(float* v, const float* add, size_t count) {
  for (size_t i = 0; i < count; i += kLanes) {
    hn::StoreU(hn::Add(hn::LoadU(F32(), v + i), hn::LoadU(F32(), add + i)), F32(), v + i);
  }
}

}  // namespace

const NormKernels& norm_table() {
  static constexpr NormKernels kTable{normalize, add};
  return kTable;
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "engine/kernels/select.hpp"
namespace s4::card {
const NormKernels& norm_kernels(int64_t target) {
  S4_SELECT(target, norm_table)
}
}  // namespace s4::card
#endif
