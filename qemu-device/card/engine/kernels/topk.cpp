// SPDX-License-Identifier: MIT
// The search of TOPK, docs/commands/topk.md.
#include "engine/kernels/topk.hpp"

#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/topk.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace {

using I32 = hn::ScalableTag<int32_t>;
using VI = hn::Vec<I32>;

HWY_INLINE VI float_keys(VI b) {
  const VI magnitude = hn::And(b, hn::Set(I32(), 0x7fffffff));
  const VI key = hn::IfThenElse(hn::Lt(b, hn::Zero(I32())), hn::Neg(magnitude), magnitude);
  return hn::IfThenElse(hn::Gt(magnitude, hn::Set(I32(), 0x7f800000)),
                        hn::Set(I32(), INT32_MAX), key);
}

// topk_key() of the elements from x on.
template <s4_type kType, class T>
HWY_INLINE VI keys(const T* x) {
  const hn::Rebind<T, I32> d;
  if constexpr (kType == S4_TYPE_INT8) {
    return hn::PromoteTo(I32(), hn::LoadU(d, x));
  } else if constexpr (kType == S4_TYPE_BF16) {
    return float_keys(hn::ShiftLeft<16>(hn::PromoteTo(I32(), hn::LoadU(d, x))));
  } else if constexpr (kType == S4_TYPE_FLOAT32) {
    return float_keys(hn::LoadU(d, x));
  } else {
    return hn::LoadU(d, x);
  }
}

template <s4_type kType, class T>
size_t find(const std::byte* bytes, size_t from, size_t count, int32_t flip, int32_t bound) {
  const auto* x = reinterpret_cast<const T*>(bytes);
  const size_t lanes = hn::Lanes(I32());
  const VI turn = hn::Set(I32(), flip);
  const VI most = hn::Set(I32(), bound);
  const auto at = [&](size_t i) HWY_ATTR { return hn::Xor(keys<kType>(x + i), turn); };
  size_t i = from;
  for (; i + 4 * lanes <= count; i += 4 * lanes) {
    const VI a = hn::Max(at(i), at(i + lanes));
    const VI b = hn::Max(at(i + 2 * lanes), at(i + 3 * lanes));
    if (!hn::AllFalse(I32(), hn::Gt(hn::Max(a, b), most))) {
      break;
    }
  }
  for (; i + lanes <= count; i += lanes) {
    const intptr_t first = hn::FindFirstTrue(I32(), hn::Gt(at(i), most));
    if (first >= 0) {
      return i + static_cast<size_t>(first);
    }
  }
  for (; i < count; ++i) {
    uint32_t bits = 0;
    std::memcpy(&bits, x + i, sizeof(T));
    if ((topk_key(kType, bits) ^ flip) > bound) {
      break;
    }
  }
  return i;
}

}  // namespace

const TopkKernels& topk_table() {
  static constexpr TopkKernels kTable = {{nullptr, find<S4_TYPE_INT8, int8_t>,
                                          find<S4_TYPE_BF16, uint16_t>,
                                          find<S4_TYPE_FLOAT32, int32_t>,
                                          find<S4_TYPE_INT32, int32_t>}};
  return kTable;
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "engine/kernels/select.hpp"
namespace s4::card {
const TopkKernels& topk_kernels(int64_t target) {
  S4_SELECT(target, topk_table)
}
}  // namespace s4::card
#endif
