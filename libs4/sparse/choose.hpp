// SPDX-License-Identifier: MIT
// Which columns of a bank stay. One rule for packing by magnitude and for pruning.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "s4/abi/s4_limits.h"

namespace s4::sparse {

using BankBits = uint64_t;  // the columns of a bank, one bit each, column 0 lowest

// The `entries` (1..64) largest magnitudes among S4_BANK scores, all finite. Equal ones: the first,
// so that equal inputs give equal results; columns of padding, scored zero, so come last.
inline BankBits largest_of_bank(const float* scores, uint32_t entries) {
  std::array<uint8_t, S4_BANK> order;
  for (uint32_t i = 0; i < S4_BANK; ++i)
    order[i] = static_cast<uint8_t>(i);
  auto larger = [scores](uint8_t a, uint8_t b) {
    const float x = std::fabs(scores[a]);
    const float y = std::fabs(scores[b]);
    return x != y ? x > y : a < b;
  };
  std::nth_element(order.begin(), order.begin() + (entries - 1), order.end(), larger);
  BankBits kept = 0;
  for (uint32_t i = 0; i < entries; ++i)
    kept |= BankBits{1} << order[i];
  return kept;
}

}  // namespace s4::sparse
