// SPDX-License-Identifier: MIT
#include <algorithm>

#include "engine/dwconv.hpp"
#include "engine/kernels/kernels.hpp"

namespace s4::card {
namespace {

constexpr size_t divide_up(size_t a, size_t b) {
  return (a + b - 1) / b;
}

// Pixels that stand side by side in memory are better loaded together than those of rows.
constexpr size_t kWidth = 32;
// With fewer results a tile spends its time on laying out the band: then narrower blocks.
constexpr size_t kFewResults = 16;
static_assert(kDwconvTaps <= kMaxExactEntries, "INT8 sums of a step are exact");

// The size of parts that are about equal, when there is room for `most` in one.
size_t balanced(size_t extent, size_t most) {
  return divide_up(extent, divide_up(extent, most));
}

}  // namespace

size_t band_height(const s4_conv_window& w, size_t height) {
  return (height - 1) * w.stride_y + (w.kernel_height - 1u) * w.dilation_y + 1;
}

size_t band_width(const s4_conv_window& w, size_t width) {
  return (width - 1) * w.stride_x + (w.kernel_width - 1u) * w.dilation_x + 1;
}

bool DwconvPlan::fit(const s4_cmd_dwconv& c, size_t most) {
  const s4_conv_window& w = c.window;
  block = divide_up(balanced(c.matrix.rows, most), kPartials) * kPartials;
  const size_t results = kDwconvSums / block;
  width = std::min<size_t>(w.out_width, std::max(kWidth, results / w.out_height));
  height = std::min<size_t>(w.out_height, results / width);
  while (band_height(w, height) * band_width(w, width) * block > kDwconvBand) {
    if (height == 1 && width == 1) {
      return false;
    }
    size_t& longer = height >= width ? height : width;
    longer = divide_up(longer, 2);
  }
  return true;
}

void DwconvPlan::divide(const s4_cmd_dwconv& c) {
  const s4_conv_window& w = c.window;
  height = balanced(w.out_height, height);
  width = balanced(w.out_width, width);
  block_parts = divide_up(c.matrix.rows, block);
  row_parts = divide_up(w.out_height, height);
  column_parts = divide_up(w.out_width, width);
}

DwconvPlan::DwconvPlan(const s4_cmd_dwconv& c) {
  const s4_conv_window& w = c.window;
  const size_t few = std::min<uint64_t>(kFewResults, uint64_t{w.out_height} * w.out_width);
  for (size_t most = kDwconvBlock; most >= kPartials; most /= 2) {
    banded = fit(c, most);
    if (banded && height * width >= few) {
      break;
    }
  }
  taps = kDwconvTaps;
  if (!banded) {
    block = divide_up(balanced(c.matrix.rows, kDwconvBlock), kPartials) * kPartials;
    width = std::min<size_t>(w.out_width, kDwconvSums / block);
    height = 1;
    taps = 1;
  }
  divide(c);
}

}  // namespace s4::card
