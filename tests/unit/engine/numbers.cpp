// SPDX-License-Identifier: MIT
#include "numbers.hpp"

#include <bit>
#include <cmath>
#include <limits>

namespace s4::test {

float bf16_to_float(uint16_t bits) { return std::bit_cast<float>(uint32_t{bits} << 16); }

uint16_t float_to_bf16(float value) {
  if (std::isnan(value)) {
    return 0x7fc0;
  }
  // The two neighbours in magnitude; one beyond the largest finite has the bits of infinity but
  // counts as 2^128 for the distance.
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const auto below = static_cast<uint16_t>(bits >> 16);
  if ((bits & 0xffff) == 0) {
    return below;
  }
  const auto above = static_cast<uint16_t>(below + 1);
  const double low = std::fabs(static_cast<double>(bf16_to_float(below)));
  const double high = (above & 0x7fff) == 0x7f80
                          ? std::ldexp(1.0, 128)
                          : std::fabs(static_cast<double>(bf16_to_float(above)));
  const double magnitude = std::fabs(static_cast<double>(value));
  if (magnitude - low != high - magnitude) {
    return magnitude - low < high - magnitude ? below : above;
  }
  return below % 2 == 0 ? below : above;
}

float canonical(float value) {
  return std::isnan(value) ? std::bit_cast<float>(0x7fc00000u) : value;
}

int8_t float_to_int8(float value) {
  if (std::isnan(value)) {
    return 0;
  }
  const float rounded = std::nearbyintf(value);
  return static_cast<int8_t>(rounded > 127.0f ? 127.0f : rounded < -128.0f ? -128.0f : rounded);
}

int32_t saturating_add(int32_t a, int32_t b) {
  const int64_t sum = int64_t{a} + b;
  using Limits = std::numeric_limits<int32_t>;
  return static_cast<int32_t>(sum > Limits::max()   ? Limits::max()
                              : sum < Limits::min() ? Limits::min()
                                                    : sum);
}

float relu(float v) { return std::isnan(v) || v > 0.0f ? v : 0.0f; }

uint64_t size_of(uint32_t type) { return type == S4_TYPE_INT8 ? 1 : type == S4_TYPE_BF16 ? 2 : 4; }

float load(const FakeMemory& memory, uint64_t va, uint32_t type, uint32_t scale_bits) {
  switch (type) {
    case S4_TYPE_INT8:
      return static_cast<float>(memory.get<int8_t>(va)) * std::bit_cast<float>(scale_bits);
    case S4_TYPE_BF16:
      return bf16_to_float(memory.get<uint16_t>(va));
    default:
      return memory.get<float>(va);
  }
}

void store(FakeMemory& memory, uint64_t va, uint32_t type, float v) {
  switch (type) {
    case S4_TYPE_INT8: {
      const int8_t rounded = float_to_int8(v);
      return memory.put(va, &rounded, 1);
    }
    case S4_TYPE_BF16: {
      const uint16_t rounded = float_to_bf16(v);
      return memory.put(va, &rounded, 2);
    }
    default: {
      const float one_nan = canonical(v);
      return memory.put(va, &one_nan, 4);
    }
  }
}

}  // namespace s4::test
