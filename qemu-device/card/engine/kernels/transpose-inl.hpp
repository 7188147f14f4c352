// SPDX-License-Identifier: MIT
// Transposition of small squares in registers. Included once a target, so no ordinary include guard.
#if defined(S4_ENGINE_KERNELS_TRANSPOSE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef S4_ENGINE_KERNELS_TRANSPOSE_INL
#undef S4_ENGINE_KERNELS_TRANSPOSE_INL
#else
#define S4_ENGINE_KERNELS_TRANSPOSE_INL
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// v[i][j] to v[j][i], for as many vectors of 16 bytes as each has lanes; of longer vectors, each block of
// 16 bytes for itself. Interleaving the first half
// with the second half turns the bits of a place, (i, j), by one; as many times as i has bits swap them.
template <class D, class V, size_t kLanes>
HWY_INLINE void transpose(D d, V (&v)[kLanes]) {
  static_assert(kLanes * sizeof(hn::TFromD<D>) == 16);
  for (size_t step = 1; step < kLanes; step *= 2) {
    V turned[kLanes];
    for (size_t i = 0; i < kLanes / 2; ++i) {
      turned[2 * i] = hn::InterleaveLower(d, v[i], v[i + kLanes / 2]);
      turned[2 * i + 1] = hn::InterleaveUpper(d, v[i], v[i + kLanes / 2]);
    }
    for (size_t i = 0; i < kLanes; ++i) {
      v[i] = turned[i];
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#endif
