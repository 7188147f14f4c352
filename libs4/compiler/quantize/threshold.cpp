// SPDX-License-Identifier: MIT
#include "compiler/quantize/threshold.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "sparse/int8.hpp"

namespace s4::quantize {
namespace {

constexpr uint32_t kLevels = 128;  // 0..127: the magnitudes that INT8 has
constexpr uint32_t kBins = Observer::kBins;
// Points of a bin at which the error is taken: low thresholds have steps as narrow as a bin.
constexpr int kPoints = 4;

using Counts = std::array<double, kBins>;

Error bad(std::string message) {
  return Error{Code::kInvalidArgument, 0, {}, "quantize", std::move(message)};
}

// Of values other than zero.
Counts nonzero_counts(const Observer& observer) {
  Counts counts;
  std::copy(observer.bins().begin(), observer.bins().end(), counts.begin());
  counts[0] -= static_cast<double>(observer.zeros());
  return counts;
}

uint32_t bins_used(const Observer& observer) {
  uint32_t used = kBins;
  while (used > 0 && observer.bins()[used - 1] == 0)
    --used;
  return used;
}

float percentile(const Observer& observer, double part) {
  const double target = part / 100 * static_cast<double>(observer.count());
  double below = 0;
  for (uint32_t i = 0; i < kBins; ++i) {
    const auto here = static_cast<double>(observer.bins()[i]);
    if (here > 0 && below + here >= target)
      return static_cast<float>((i + (target - below) / here) * observer.width());
    below += here;
  }
  return observer.largest();
}

// The level of a bin's middle when `bins` bins are the threshold.
uint32_t level(uint32_t bin, uint32_t bins) {
  return static_cast<uint32_t>(std::nearbyint((bin + 0.5) * (kLevels - 1) / bins));
}

// Of P, the spread with what lies beyond the threshold put into the last bin, from Q, in which the
// bins that round to one level share their count evenly, as far as they hold anything.
double divergence(const Counts& counts, uint32_t bins) {
  std::array<double, kLevels> held{}, places{};
  double inside = 0, beyond = 0;
  for (uint32_t i = 0; i < kBins; ++i) {
    if (i >= bins) {
      beyond += counts[i];
      continue;
    }
    inside += counts[i];
    if (counts[i] > 0) {
      held[level(i, bins)] += counts[i];
      places[level(i, bins)] += 1;
    }
  }
  double sum = 0;
  for (uint32_t i = 0; i < bins; ++i) {
    const double p = (counts[i] + (i == bins - 1 ? beyond : 0)) / (inside + beyond);
    if (p == 0)
      continue;
    if (counts[i] == 0)  // only what saturates falls here: Q has nothing to stand for it
      return std::numeric_limits<double>::infinity();
    const double q = held[level(i, bins)] / places[level(i, bins)] / inside;
    sum += p * std::log(p / q);
  }
  return sum;
}

// Sum of squared errors in units of the bins' width.
double squared_error(const Counts& counts, uint32_t used, uint32_t bins) {
  const double step = static_cast<double>(bins) / (kLevels - 1);
  double sum = 0;
  for (uint32_t i = 0; i < used; ++i) {
    if (counts[i] == 0)
      continue;
    double error = 0;
    for (int point = 0; point < kPoints; ++point) {
      const double x = i + (point + 0.5) / kPoints;
      const double q = std::min(std::nearbyint(x / step), kLevels - 1.0) * step;
      error += (x - q) * (x - q);
    }
    sum += counts[i] * error / kPoints;
  }
  return sum;
}

// The number of bins, kLevels..used, at which `loss` is least; the largest of equal ones, so that
// nothing saturates without a gain.
template <typename Loss>
uint32_t least(uint32_t used, Loss loss) {
  uint32_t best = used;
  double best_loss = loss(used);
  for (uint32_t bins = used; bins-- > kLevels;) {
    const double candidate = loss(bins);
    if (candidate < best_loss) {
      best = bins;
      best_loss = candidate;
    }
  }
  return best;
}

}  // namespace

Result<float> threshold(const Observer& observer, const ThresholdOptions& options) {
  if (observer.count() == 0)
    return bad("nothing was observed; add calibration batches first");
  if (!(options.percentile > 0 && options.percentile <= 100))
    return bad(
        fmt::format("the percentile is {}; give one above 0 and up to 100", options.percentile));
  const float largest = observer.largest();
  if (largest == 0)
    return 0.0f;
  const uint32_t used = bins_used(observer);
  const Counts counts = nonzero_counts(observer);
  const auto at = [&](uint32_t bins) {
    return std::min(largest, static_cast<float>(bins * observer.width()));
  };
  switch (options.method) {
    case Method::kMinMax:
      return largest;
    case Method::kPercentile:
      return std::min(largest, percentile(observer, options.percentile));
    case Method::kKl:
      return at(least(used, [&](uint32_t bins) { return divergence(counts, bins); }));
    case Method::kMse:
      return at(least(used, [&](uint32_t bins) { return squared_error(counts, used, bins); }));
  }
  return bad("no such method");
}

Result<float> scale(const Observer& observer, const ThresholdOptions& options) {
  auto found = threshold(observer, options);
  if (!found)
    return found;
  return sparse::int8_scale(*found);
}

}  // namespace s4::quantize
