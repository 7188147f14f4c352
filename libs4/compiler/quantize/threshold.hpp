// SPDX-License-Identifier: MIT
// From what an Observer saw to a tensor's scale: values beyond the threshold saturate, and the
// scale is the threshold over 127. A low threshold gives up the rare large values for a finer step.
// Pure functions; equal histograms give equal scales.
#pragma once

#include "compiler/quantize/observer.hpp"

namespace s4::quantize {

enum class Method {
  kMinMax,      // the largest magnitude: nothing saturates
  kPercentile,  // the magnitude that `percentile` of all values do not exceed
  kKl,          // least Kullback-Leibler divergence of the quantised spread from the true one
  kMse,         // least mean square error of the quantised values
};

struct ThresholdOptions {
  Method method = Method::kMse;
  double percentile = 99.99;  // in (0, 100]
};

// The threshold, at most observer.largest(); 0 for a tensor of zeros. kKl and kMse try the upper
// edges of the bins from bin 127 on; kPercentile interpolates within a bin, so it is off by less
// than a bin's width.
//
// Exact zeros are left out of kKl and kMse: they are exact at every scale, and after a ReLU there
// are so many that a histogram with them says little else.
//
// Code::kInvalidArgument when nothing was observed or the percentile is out of range.
Result<float> threshold(const Observer& observer, const ThresholdOptions& options = {});

// threshold / 127, by the rule of weight packing: 1 for zeros, never subnormal.
Result<float> scale(const Observer& observer, const ThresholdOptions& options = {});

}  // namespace s4::quantize
