// SPDX-License-Identifier: MIT
// Pooling over windows and over whole images.
#include <algorithm>
#include <cmath>
#include <limits>

#include "compiler/ops/axes.hpp"
#include "compiler/ops/families.hpp"
#include "compiler/ops/window.hpp"

namespace s4::compiler {
namespace {

constexpr int64_t kNewest = 24;

Window pool_window(const Call& call) {
  if (call.node.op.starts_with("Global")) {
    const Shape& x = call.shape(0);
    if (x.size() < 3)
      call.error(fmt::format("an operand of shape {}", shape_text(x)));
    Window w;
    w.in.assign(x.begin() + 2, x.end());
    w.kernel = w.in;
    w.out.assign(w.in.size(), 1);
    w.stride = w.dilation = w.out;
    w.before.assign(w.in.size(), 0);
    return w;
  }
  return window_of(call, call.attributes().integers("kernel_shape"));
}

std::vector<TensorType> infer_pool(const Call& call) {
  const Window w = pool_window(call);
  Shape shape{call.shape(0)[0], call.shape(0)[1]};
  shape.insert(shape.end(), w.out.begin(), w.out.end());
  return {{call.type(0).type, shape}};
}

// f(begin, end) over the values that each window sees.
template <typename F>
std::vector<Array> pool(const Call& call, F&& f) {
  const Window w = pool_window(call);
  const Array x = as_float32(call.array(0));
  Array y(DType::kFloat32, infer_pool(call)[0].shape);
  const int64_t in = element_count(w.in), out = element_count(w.out);
  std::vector<float> seen;
  for (int64_t plane = 0; plane < x.shape()[0] * x.shape()[1]; ++plane)
    for (int64_t o = 0; o < out; ++o) {
      seen.clear();
      for_each_tap(w, o, [&](int64_t, int64_t offset) {
        seen.push_back(x.data<float>()[static_cast<size_t>(plane * in + offset)]);
      });
      y.mutable_data<float>()[plane * out + o] = f(seen);
    }
  return {y.cast(call.type(0).type)};
}

std::vector<Array> max_pool(const Call& call) {
  return pool(call, [](const std::vector<float>& seen) {
    float most = -std::numeric_limits<float>::infinity();
    for (const float v : seen)
      most = std::max(most, v);
    return most;
  });
}

std::vector<Array> average_pool(const Call& call) {
  const Window w = pool_window(call);
  const bool all = call.attributes().integer("count_include_pad", 0) != 0;
  const auto taps = static_cast<double>(element_count(w.kernel));
  return pool(call, [&](const std::vector<float>& seen) {
    double sum = 0;
    for (const float v : seen)
      sum += v;
    return static_cast<float>(sum /
                              (all ? taps : std::max<double>(static_cast<double>(seen.size()), 1)));
  });
}

std::vector<Array> lp_pool(const Call& call) {
  const auto p = static_cast<double>(call.attributes().integer("p", 2));
  return pool(call, [&](const std::vector<float>& seen) {
    double sum = 0;
    for (const float v : seen)
      sum += std::pow(std::fabs(v), p);
    return static_cast<float>(std::pow(sum, 1 / p));
  });
}

constexpr Operator kOperators[] = {
    {"", "MaxPool", 1, kNewest, infer_pool, max_pool},
    {"", "AveragePool", 1, kNewest, infer_pool, average_pool},
    {"", "LpPool", 2, kNewest, infer_pool, lp_pool},
    {"", "GlobalMaxPool", 1, kNewest, infer_pool, max_pool},
    {"", "GlobalAveragePool", 1, kNewest, infer_pool, average_pool},
    {"", "GlobalLpPool", 2, kNewest, infer_pool, lp_pool},
};

}  // namespace

Family ops::pool() {
  return kOperators;
}

}  // namespace s4::compiler
