// SPDX-License-Identifier: MIT
// bfloat16 as the card rounds it: to nearest even, subnormals kept, one canonical NaN.
#pragma once

#include <bit>
#include <cstdint>

namespace s4::sparse {

inline constexpr uint16_t kBf16Nan = 0x7fc0;

inline uint16_t to_bf16(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u)
    return kBf16Nan;
  bits += 0x7fffu + ((bits >> 16) & 1);
  return static_cast<uint16_t>(bits >> 16);
}

inline float from_bf16(uint16_t value) {
  return std::bit_cast<float>(static_cast<uint32_t>(value) << 16);
}

inline bool bf16_is_finite(uint16_t value) {
  return (value & 0x7f80u) != 0x7f80u;
}

}  // namespace s4::sparse
