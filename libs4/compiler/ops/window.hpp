// SPDX-License-Identifier: MIT
// Windows that slide over the spatial dimensions of [image][channel][...].
#pragma once

#include "compiler/ops/operator.hpp"

namespace s4::compiler {

struct Window {
  std::vector<int64_t> in, out, kernel, stride, dilation, before;  // one a spatial dimension
  size_t dims() const { return in.size(); }
};

// From a node's attributes (kernel_shape, strides, dilations, pads, auto_pad, ceil_mode) and the
// kernel's extents; throws CompileError for what does not fit.
Window window_of(const Call& call, std::vector<int64_t> kernel);

// Places of the window of output `position` (row-major over out): calls f(tap, offset of the
// spatial place in x), of taps inside of the image only.
template <typename F>
void for_each_tap(const Window& w, int64_t position, F&& f) {
  const size_t dims = w.dims();
  int64_t taps = 1;
  for (const int64_t k : w.kernel)
    taps *= k;
  std::vector<int64_t> corner(dims);
  for (size_t d = dims; d-- > 0;) {
    corner[d] = position % w.out[d] * w.stride[d] - w.before[d];
    position /= w.out[d];
  }
  for (int64_t tap = 0; tap < taps; ++tap) {
    int64_t rest = tap, offset = 0, step = 1;
    bool inside = true;
    for (size_t d = dims; d-- > 0;) {
      const int64_t at = corner[d] + rest % w.kernel[d] * w.dilation[d];
      rest /= w.kernel[d];
      inside = inside && at >= 0 && at < w.in[d];
      offset += at * step;
      step *= w.in[d];
    }
    if (inside)
      f(tap, offset);
  }
}

}  // namespace s4::compiler
