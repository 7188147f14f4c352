// SPDX-License-Identifier: MIT
// Symmetric INT8: a real value is an integer -127..127 times a scale.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace s4::sparse {

// The scale at which `largest` (a magnitude, finite) is 127 steps. Never zero nor subnormal, which
// the card refuses; 1 where there is nothing but zeros.
inline float int8_scale(float largest) {
  return largest > 0 ? std::max(largest / 127.0f, std::numeric_limits<float>::min()) : 1.0f;
}

// Rounds half to even and saturates at `low` (-127 or -128) and 127.
inline int8_t to_int8(float value, float scale, float low = -127.0f) {
  return static_cast<int8_t>(std::clamp(std::nearbyint(value / scale), low, 127.0f));
}

}  // namespace s4::sparse
