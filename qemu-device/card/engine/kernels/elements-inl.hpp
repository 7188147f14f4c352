// SPDX-License-Identifier: MIT
// How elements of a type are read to float32 and written back, a vector at a time, for the commands of
// the vector unit. Included once a target, so no ordinary include guard.
#if defined(S4_ENGINE_KERNELS_ELEMENTS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef S4_ENGINE_KERNELS_ELEMENTS_INL
#undef S4_ENGINE_KERNELS_ELEMENTS_INL
#else
#define S4_ENGINE_KERNELS_ELEMENTS_INL
#endif

#include <hwy/highway.h>

#include "engine/kernels/convert-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class D>
struct Int8Element {
  using T = int8_t;
  static HWY_INLINE hn::Vec<D> load(const T* from, float scale) {
    const hn::Rebind<int8_t, D> i8;
    const hn::RebindToSigned<D> i32;
    return hn::Mul(hn::ConvertTo(D(), hn::PromoteTo(i32, hn::LoadU(i8, from))),
                   hn::Set(D(), scale));
  }
  static HWY_INLINE void store(hn::Vec<D> v, float scale, T* to) {
    const hn::Rebind<int8_t, D> i8;
    const auto rounded = rounded_int8(D(), hn::Mul(v, hn::Set(D(), scale)));
    hn::StoreU(hn::DemoteTo(i8, rounded), i8, to);
  }
};
template <class D>
struct Int32Element {
  using T = int32_t;
  static HWY_INLINE hn::Vec<D> load(const T* from, float scale) {
    const hn::RebindToSigned<D> i32;
    return hn::Mul(hn::ConvertTo(D(), hn::LoadU(i32, from)), hn::Set(D(), scale));
  }
};
template <class D>
struct Bf16Element {
  using T = uint16_t;
  static HWY_INLINE hn::Vec<D> load(const T* from, float) {
    const hn::Rebind<uint16_t, D> u16;
    const hn::RebindToUnsigned<D> u32;
    return hn::BitCast(D(), hn::ShiftLeft<16>(hn::PromoteTo(u32, hn::LoadU(u16, from))));
  }
  static HWY_INLINE void store(hn::Vec<D> v, float, T* to) {
    const hn::RebindToSigned<D> i32;
    const hn::Rebind<int16_t, D> i16;
    // An arithmetic shift keeps the value within int16, so that nothing saturates.
    const auto bits = hn::ShiftRight<16>(hn::BitCast(i32, rounded_bf16_bits(D(), v)));
    hn::StoreU(hn::DemoteTo(i16, bits), i16, reinterpret_cast<int16_t*>(to));
  }
};
template <class D>
struct Float32Element {
  using T = float;
  static HWY_INLINE hn::Vec<D> load(const T* from, float) { return hn::LoadU(D(), from); }
  static HWY_INLINE void store(hn::Vec<D> v, float, T* to) {
    hn::StoreU(canonical_nan(D(), v), D(), to);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#endif
