// SPDX-License-Identifier: MIT
// Watches one tensor over calibration batches: its range and how its magnitudes are spread.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "s4/result.hpp"

namespace s4::quantize {

// Counts of |x| in 1024 bins of equal width. The width is a power of two, the smallest at which the
// largest |x| still has a bin; when the range grows, bins are merged in whole pairs. So nothing is
// ever spread over bins by guess, and the histogram of a set of values is the same however they
// were cut into batches and in whatever order they came.
class Observer {
 public:
  static constexpr uint32_t kBins = 1024;

  // Code::kInvalidArgument, nothing counted, when a value is not finite. Not thread-safe.
  Result<void> add(std::span<const float> values);

  uint64_t count() const { return count_; }
  uint64_t zeros() const { return zeros_; }  // of count(); they are in bin 0 too
  float min() const { return min_; }         // 0 before the first value
  float max() const { return max_; }
  float largest() const;  // magnitude

  // Bin i holds i * width() <= |x| < (i + 1) * width(). Zero while there is nothing but zeros.
  double width() const;
  const std::array<uint64_t, kBins>& bins() const { return bins_; }

 private:
  void widen(float largest);

  std::array<uint64_t, kBins> bins_{};
  uint64_t count_ = 0;
  uint64_t zeros_ = 0;
  float min_ = 0;
  float max_ = 0;
  int exponent_ = 0;     // width is 2^exponent_
  bool ranged_ = false;  // a value other than zero was seen
};

}  // namespace s4::quantize
