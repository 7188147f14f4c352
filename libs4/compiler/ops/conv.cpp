// SPDX-License-Identifier: MIT
// Convolutions, as products with the matrix whose columns are windows.
#include <oneapi/tbb/parallel_for.h>

#include "compiler/ops/axes.hpp"
#include "compiler/ops/families.hpp"
#include "compiler/ops/gemm.hpp"
#include "compiler/ops/matrix.hpp"
#include "compiler/ops/window.hpp"

namespace s4::compiler {
namespace {

constexpr int64_t kNewest = 24;

struct Conv {
  Window window;
  int64_t groups = 1, rows = 0, channels = 0;  // channels of x in a group
  Shape result;
};

Conv conv_of(const Call& call) {
  const Shape &x = call.shape(0), &w = call.shape(1);
  if (w.size() < 3 || x.size() != w.size())
    call.error(fmt::format("operands of shapes {} and {}", shape_text(x), shape_text(w)));
  Conv conv{window_of(call, {w.begin() + 2, w.end()}),
            call.attributes().integer("group", 1),
            w[0],
            w[1],
            {}};
  if (conv.groups < 1 || conv.channels * conv.groups != x[1] || conv.rows % conv.groups)
    call.error(fmt::format("{} groups, weights of shape {}, operand of shape {}", conv.groups,
                           shape_text(w), shape_text(x)));
  conv.result = {x[0], conv.rows};
  conv.result.insert(conv.result.end(), conv.window.out.begin(), conv.window.out.end());
  return conv;
}

std::vector<TensorType> infer_conv(const Call& call) {
  return {{call.type(0).type, conv_of(call).result}};
}

Array convolve(const Call& call) {
  const Conv c = conv_of(call);
  const Array x = as_float32(call.array(0)), w = as_float32(call.array(1));
  Array y(DType::kFloat32, c.result);
  const int64_t in = element_count(c.window.in), out = element_count(c.window.out);
  const int64_t taps = element_count(c.window.kernel), k = c.channels * taps;
  const int64_t rows = c.rows / c.groups;
  const float* from = x.data<float>().data();
  float* to = y.mutable_data<float>();
  std::vector<float> columns(static_cast<size_t>(k * out));
  for (int64_t image = 0; image < x.shape()[0]; ++image)
    for (int64_t g = 0; g < c.groups; ++g) {
      const float* source = from + (image * c.groups + g) * c.channels * in;
      tbb::parallel_for(int64_t{0}, c.channels, [&](int64_t channel) {
        float* part = columns.data() + channel * taps * out;
        std::fill_n(part, taps * out, 0.0f);
        for (int64_t o = 0; o < out; ++o)
          for_each_tap(c.window, o, [&](int64_t tap, int64_t offset) {
            part[tap * out + o] = source[channel * in + offset];
          });
      });
      gemm(w.data<float>().data() + g * rows * k, columns.data(),
           to + (image * c.groups + g) * rows * out, rows, out, k);
    }
  return y;
}

std::vector<Array> conv(const Call& call) {
  Array y = convolve(call);
  apply_epilogue(call, y, 1);  // a Conv has a bias and no more
  return {y.cast(call.type(0).type)};
}

// Every input pixel adds its window to the output.
struct Transposed {
  std::vector<int64_t> stride, dilation, before;
  Shape result;
};
Transposed transposed_of(const Call& call) {
  const Shape &x = call.shape(0), &w = call.shape(1);
  const size_t dims = x.size() - 2;
  const auto numbers = [&](const char* name, size_t count, int64_t other) {
    std::vector<int64_t> values = call.attributes().integers(name);
    if (values.empty())
      values.assign(count, other);
    if (values.size() != count)
      call.error(fmt::format("attribute {} for {} dimensions", name, dims));
    return values;
  };
  if (x.size() < 3 || w.size() != x.size() || w[0] != x[1])
    call.error(fmt::format("operands of shapes {} and {}", shape_text(x), shape_text(w)));
  Transposed t{numbers("strides", dims, 1),
               numbers("dilations", dims, 1),
               {},
               {x[0], w[1] * call.attributes().integer("group", 1)}};
  const std::vector<int64_t> pads = numbers("pads", 2 * dims, 0);
  const std::vector<int64_t> extra = numbers("output_padding", dims, 0);
  const std::vector<int64_t> wanted = call.attributes().integers("output_shape");
  const std::string automatic = call.attributes().text("auto_pad", "NOTSET");
  for (size_t d = 0; d < dims; ++d) {
    const int64_t full =
        t.stride[d] * (x[d + 2] - 1) + extra[d] + (w[d + 2] - 1) * t.dilation[d] + 1;
    int64_t before = pads[d], out = full - pads[d] - pads[d + dims];
    const bool same = automatic.starts_with("SAME");
    if (!wanted.empty() || same) {
      out = wanted.empty() ? x[d + 2] * t.stride[d] : wanted[wanted.size() - dims + d];
      const int64_t total = full - out;
      before = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
    }
    t.before.push_back(before);
    t.result.push_back(out);
  }
  return t;
}
std::vector<TensorType> infer_transposed(const Call& call) {
  return {{call.type(0).type, transposed_of(call).result}};
}
std::vector<Array> conv_transposed(const Call& call) {
  const Transposed t = transposed_of(call);
  const Array x = as_float32(call.array(0)), w = as_float32(call.array(1));
  Array y(DType::kFloat32, t.result);
  // The window that gathers, seen from the output, has the same taps.
  Window window;
  window.out.assign(x.shape().begin() + 2, x.shape().end());
  window.in.assign(t.result.begin() + 2, t.result.end());
  window.kernel.assign(w.shape().begin() + 2, w.shape().end());
  window.stride = t.stride;
  window.dilation = t.dilation;
  window.before = t.before;
  const int64_t groups = call.attributes().integer("group", 1);
  const int64_t in = element_count(window.out), out = element_count(window.in);
  const int64_t taps = element_count(window.kernel);
  const int64_t channels = x.shape()[1] / groups, rows = w.shape()[1];
  const float* from = x.data<float>().data();
  const float* weights = w.data<float>().data();
  float* to = y.mutable_data<float>();
  for (int64_t image = 0; image < x.shape()[0]; ++image)
    tbb::parallel_for(int64_t{0}, groups * rows, [&](int64_t r) {
      const int64_t g = r / rows;
      float* plane = to + (image * groups * rows + r) * out;
      for (int64_t c = g * channels; c < (g + 1) * channels; ++c)
        for (int64_t p = 0; p < in; ++p) {
          const float value = from[(image * groups * channels + c) * in + p];
          for_each_tap(window, p, [&](int64_t tap, int64_t offset) {
            plane[offset] += value * weights[(c * rows + r % rows) * taps + tap];
          });
        }
    });
  apply_epilogue(call, y, 1);
  return {y.cast(call.type(0).type)};
}

constexpr Operator kOperators[] = {
    {"", "Conv", 1, kNewest, infer_conv, conv},
    {"s4", "Conv", 1, kNewest, infer_conv, conv},
    {"", "ConvTranspose", 1, kNewest, infer_transposed, conv_transposed},
};

}  // namespace

Family ops::conv() {
  return kOperators;
}

}  // namespace s4::compiler
