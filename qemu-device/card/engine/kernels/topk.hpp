// SPDX-License-Identifier: MIT
// The order of TOPK's elements and the search for those that count (topk.cpp).
#pragma once

#include <cstddef>
#include <cstdint>

#include "s4/abi/s4_cmd.h"

namespace s4::card {

// The key of an element, whose bits stand in the low bytes of `bits`: the greater, the earlier with
// LARGEST. SMALLEST goes by ~key.
constexpr int32_t topk_key(uint32_t type, uint32_t bits) {
  if (type == S4_TYPE_INT32) {
    return static_cast<int32_t>(bits);
  }
  if (type == S4_TYPE_INT8) {
    return static_cast<int8_t>(bits);
  }
  const uint32_t b = type == S4_TYPE_BF16 ? bits << 16 : bits;
  const auto magnitude = static_cast<int32_t>(b & 0x7fffffff);
  if (magnitude > 0x7f800000) {
    return INT32_MAX;
  }
  return (b >> 31) != 0 ? -magnitude : magnitude;
}

struct TopkKernels {
  // By enum s4_type: the first i of [from, count) with (key(x[i]) ^ flip) > bound, or count. flip is 0
  // or -1.
  size_t (*find[5])(const std::byte* x, size_t from, size_t count, int32_t flip, int32_t bound);
};
const TopkKernels& topk_kernels(int64_t target);

}  // namespace s4::card
