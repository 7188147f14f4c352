// SPDX-License-Identifier: MIT
// Unpacks weights for tiles of words: to float32.
#include <cstring>

#include "engine/kernels/kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/values.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void values_bf16(const std::byte* values, size_t count, std::byte* to) {
  auto* out = reinterpret_cast<float*>(to);
  const hn::ScalableTag<float> f32;
  const hn::RebindToUnsigned<decltype(f32)> u32;
  const hn::Rebind<uint16_t, decltype(f32)> u16;
  const size_t lanes = hn::Lanes(f32);
  const auto* from = reinterpret_cast<const uint16_t*>(values);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto bits = hn::ShiftLeft<16>(hn::PromoteTo(u32, hn::LoadU(u16, from + i)));
    hn::StoreU(hn::BitCast(f32, bits), f32, out + i);
  }
  for (; i < count; ++i) {
    uint16_t half;
    std::memcpy(&half, from + i, 2);
    const uint32_t bits = uint32_t{half} << 16;
    std::memcpy(out + i, &bits, 4);
  }
}

void values_int8(const std::byte* values, size_t count, std::byte* to) {
  auto* out = reinterpret_cast<float*>(to);
  const hn::ScalableTag<float> f32;
  const hn::RebindToSigned<decltype(f32)> i32;
  const hn::Rebind<int8_t, decltype(f32)> i8;
  const size_t lanes = hn::Lanes(f32);
  const auto* from = reinterpret_cast<const int8_t*>(values);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto wide = hn::PromoteTo(i32, hn::LoadU(i8, from + i));
    hn::StoreU(hn::ConvertTo(f32, wide), f32, out + i);
  }
  for (; i < count; ++i) {
    out[i] = from[i];
  }
}

// The elements of a tile of words are bfloat16 whatever the type is.
const WordValues& values_table() {
  static constexpr WordValues kTable{{values_bf16, values_bf16, nullptr},
                                     {values_int8, values_bf16, nullptr}};
  return kTable;
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "engine/kernels/select.hpp"
namespace s4::card {
const WordValues& word_values(int64_t target) { S4_SELECT(target, values_table) }
}  // namespace s4::card
#endif
