// SPDX-License-Identifier: MIT
// Sets of up to 64 queues, made of 32-bit words: the MCU has no 64-bit shifts and no count-zeros.
#pragma once

#include <stdint.h>

namespace s4::fw {

// Number of the lowest set bit; `bits` must not be 0.
inline uint32_t lowest_bit(uint32_t bits) {
  // de Bruijn: each shift of the constant has other top five bits.
  static constexpr uint8_t kPosition[32] = {0,  1,  28, 2,  29, 14, 24, 3,  30, 22, 20,
                                            15, 25, 17, 4,  8,  31, 27, 13, 23, 21, 19,
                                            16, 7,  26, 12, 18, 6,  11, 5,  10, 9};
  return kPosition[((bits & (0u - bits)) * 0x077cb531u) >> 27];
}

struct QueueSet {
  uint32_t word[2] = {0, 0};

  bool has(uint32_t i) const { return word[i >> 5] >> (i & 31) & 1; }
  void add(uint32_t i) { word[i >> 5] |= 1u << (i & 31); }
  void remove(uint32_t i) { word[i >> 5] &= ~(1u << (i & 31)); }
  bool empty() const { return (word[0] | word[1]) == 0; }

  template <typename Function>
  void for_each(Function function) const {
    for (uint32_t w = 0; w < 2; w++) {
      for (uint32_t bits = word[w]; bits; bits &= bits - 1)
        function(w * 32 + lowest_bit(bits));
    }
  }
};

template <typename T>
constexpr T min(T a, T b) {
  return b < a ? b : a;
}
template <typename T>
constexpr T max(T a, T b) {
  return a < b ? b : a;
}

}  // namespace s4::fw
