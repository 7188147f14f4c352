// SPDX-License-Identifier: MIT
// Where the outputs of RESIZE look along one axis of the image, as exact rationals;
// docs/commands/resize.md. Extents are up to 2^24, so that no number here is above 2^52.
#pragma once

#include <algorithm>
#include <cstdint>

#include "s4/abi/s4_cmd.h"

namespace s4::card {

class ResizeAxis {
 public:
  ResizeAxis(uint32_t coordinate, uint32_t in, uint32_t out) : last_(int64_t{in} - 1) {
    if (coordinate == S4_RESIZE_HALF_PIXEL) {
      step_ = int64_t{2} * in;
      start_ = int64_t{in} - out;
      unit_ = int64_t{2} * out;
    } else if (coordinate == S4_RESIZE_ASYMMETRIC) {
      step_ = in;
      unit_ = out;
    } else if (out > 1) {
      step_ = last_;
      unit_ = int64_t{out} - 1;
    }
  }

  // The pixel nearest to the position of an output.
  uint64_t nearest(uint64_t output, uint32_t rounding) const {
    const int64_t at = position(output);
    switch (rounding) {
      case S4_RESIZE_FLOOR:
        return bounded(at, unit_);
      case S4_RESIZE_CEIL:
        return bounded(at + unit_ - 1, unit_);
      case S4_RESIZE_ROUND_PREFER_FLOOR:  // ceil(position - 1/2)
        return bounded(2 * at + unit_ - 1, 2 * unit_);
      default:  // floor(position + 1/2)
        return bounded(2 * at + unit_, 2 * unit_);
    }
  }

  // The share f of pixel low + 1, which is only there when f is not zero.
  struct Between {
    uint64_t low;
    float f;
  };
  Between between(uint64_t output) const {
    const int64_t at = std::clamp<int64_t>(position(output), 0, last_ * unit_);
    return {static_cast<uint64_t>(at / unit_),
            static_cast<float>(at % unit_) / static_cast<float>(unit_)};
  }

  // Pixels from an output to the next, rounded up, at least one.
  uint64_t stride() const {
    return static_cast<uint64_t>(std::max<int64_t>((step_ + unit_ - 1) / unit_, 1));
  }

 private:
  // In units of a pixel's 1/unit_.
  int64_t position(uint64_t output) const { return static_cast<int64_t>(output) * step_ + start_; }
  // floor(a / b) within the image.
  uint64_t bounded(int64_t a, int64_t b) const {
    return a <= 0 ? 0 : static_cast<uint64_t>(std::min(a / b, last_));
  }

  int64_t last_;
  int64_t step_ = 0;
  int64_t start_ = 0;
  int64_t unit_ = 1;
};

}  // namespace s4::card
