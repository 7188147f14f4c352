// SPDX-License-Identifier: MIT
#include "compiler/ops/window.hpp"

#include <algorithm>

namespace s4::compiler {
namespace {

std::vector<int64_t> numbers(const Call& call, const char* name, size_t count, int64_t other) {
  std::vector<int64_t> values = call.attributes().integers(name);
  if (values.empty())
    values.assign(count, other);
  if (values.size() != count)
    call.error(fmt::format("attribute {} = {} for {} dimensions", name, shape_text(values), count));
  return values;
}

}  // namespace

Window window_of(const Call& call, std::vector<int64_t> kernel) {
  const Shape& x = call.shape(0);
  const size_t dims = kernel.size();
  if (x.size() != dims + 2)
    call.error(
        fmt::format("an operand of shape {} under a window of {} dimensions", shape_text(x), dims));
  Window w;
  w.in.assign(x.begin() + 2, x.end());
  w.kernel = std::move(kernel);
  w.stride = numbers(call, "strides", dims, 1);
  w.dilation = numbers(call, "dilations", dims, 1);
  const std::vector<int64_t> pads = numbers(call, "pads", 2 * dims, 0);
  const std::string automatic = call.attributes().text("auto_pad", "NOTSET");
  const bool ceiling = call.attributes().integer("ceil_mode", 0) != 0;
  for (size_t d = 0; d < dims; ++d) {
    if (w.kernel[d] < 1 || w.stride[d] < 1 || w.dilation[d] < 1)
      call.error("a kernel, stride or dilation below 1");
    const int64_t reach = (w.kernel[d] - 1) * w.dilation[d] + 1;
    int64_t before = pads[d], behind = pads[d + dims], out;
    if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
      out = (w.in[d] + w.stride[d] - 1) / w.stride[d];
      const int64_t total = std::max<int64_t>((out - 1) * w.stride[d] + reach - w.in[d], 0);
      before = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
    } else {
      if (automatic == "VALID")
        before = behind = 0;
      const int64_t span = w.in[d] + before + behind - reach;
      if (span < 0)
        call.error(fmt::format("a window of {} over {} with padding {} and {}", reach, w.in[d],
                               before, behind));
      out = (span + (ceiling ? w.stride[d] - 1 : 0)) / w.stride[d] + 1;
      // A window that would begin behind the image and its padding is left out.
      if (ceiling && (out - 1) * w.stride[d] >= w.in[d] + before)
        --out;
    }
    if (before < 0 || behind < 0)
      call.error("negative padding");
    w.before.push_back(before);
    w.out.push_back(out);
  }
  return w;
}

}  // namespace s4::compiler
