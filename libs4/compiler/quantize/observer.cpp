// SPDX-License-Identifier: MIT
#include "compiler/quantize/observer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace s4::quantize {
namespace {

constexpr int kLogBins = 10;
static_assert(Observer::kBins == 1u << kLogBins);

}  // namespace

Result<void> Observer::add(std::span<const float> values) {
  float largest = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      return Error{Code::kInvalidArgument,
                   0,
                   {},
                   "quantize",
                   fmt::format("value {} of the batch is {}; calibrate with inputs on which the "
                               "network is finite",
                               i, values[i])};
    }
    largest = std::max(largest, std::fabs(values[i]));
  }
  if (values.empty())
    return {};
  if (largest > 0)
    widen(largest);
  if (count_ == 0)
    min_ = max_ = values[0];
  const double per_width = std::ldexp(1.0, -exponent_);  // exact, and so is the product
  for (const float value : values) {
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
    zeros_ += value == 0;
    ++bins_[static_cast<size_t>(std::fabs(double{value}) * per_width)];
  }
  count_ += values.size();
  return {};
}

float Observer::largest() const {
  return std::max(std::fabs(min_), std::fabs(max_));
}

double Observer::width() const {
  return ranged_ ? std::ldexp(1.0, exponent_) : 0.0;
}

// Makes `largest` fit: its bin is then 512 to 1023, or the range was larger before.
void Observer::widen(float largest) {
  const int needed = std::ilogb(largest) - (kLogBins - 1);
  if (!ranged_) {  // zeros are in bin 0 at any width
    exponent_ = needed;
    ranged_ = true;
  }
  for (; exponent_ < needed; ++exponent_) {
    for (uint32_t i = 0; i < kBins / 2; ++i)
      bins_[i] = bins_[2 * i] + bins_[2 * i + 1];
    std::fill(bins_.begin() + kBins / 2, bins_.end(), 0);
    if (std::all_of(bins_.begin() + 1, bins_.end(), [](uint64_t n) { return n == 0; })) {
      exponent_ = needed;  // all in bin 0 stays there at any larger width
      break;
    }
  }
}

}  // namespace s4::quantize
