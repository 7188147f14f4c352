// SPDX-License-Identifier: MIT
// Normalisations, and softmax.
#include <algorithm>
#include <cmath>

#include "compiler/ops/axes.hpp"
#include "compiler/ops/families.hpp"
#include "compiler/ops/walk.hpp"

namespace s4::compiler {
namespace {

constexpr int64_t kNewest = 24;

// y = x * factor[channel] + shift[channel], channels being dimension 1.
std::vector<Array> batch_norm(const Call& call) {
  const Array x = as_float32(call.array(0)), scale = as_float32(call.array(1)),
              bias = as_float32(call.array(2)), mean = as_float32(call.array(3)),
              variance = as_float32(call.array(4));
  const float epsilon = call.attributes().real("epsilon", 1e-5f);
  Array y(DType::kFloat32, x.shape());
  const int64_t channels = x.rank() > 1 ? x.shape()[1] : 1;
  const int64_t inner = product(x.shape(), 2, std::max<size_t>(x.rank(), 2));
  for (const Array* part : {&scale, &bias, &mean, &variance})
    if (part->count() != channels)
      call.error(fmt::format("statistics of {} elements for {} channels", part->count(), channels));
  for (int64_t i = 0; i < x.count(); ++i) {
    const auto c = static_cast<size_t>(i / inner % channels);
    const float factor = scale.data<float>()[c] / std::sqrt(variance.data<float>()[c] + epsilon);
    y.mutable_data<float>()[i] =
        (x.data<float>()[static_cast<size_t>(i)] - mean.data<float>()[c]) * factor +
        bias.data<float>()[c];
  }
  return {y.cast(call.type(0).type)};
}

// Rows of `count` elements each: subtracts the mean unless `rms`, divides by the deviation.
void normalise(float* row, int64_t count, float epsilon, bool rms) {
  double mean = 0, square = 0;
  if (!rms) {
    for (int64_t i = 0; i < count; ++i)
      mean += row[i];
    mean /= static_cast<double>(count);
  }
  for (int64_t i = 0; i < count; ++i)
    square += (row[i] - mean) * (row[i] - mean);
  const double factor = 1 / std::sqrt(square / static_cast<double>(count) + epsilon);
  for (int64_t i = 0; i < count; ++i)
    row[i] = static_cast<float>((row[i] - mean) * factor);
}

std::vector<Array> layer_norm(const Call& call) {
  Array y = as_float32(call.array(0));
  const size_t axis = normal_axis(call, call.attributes().integer("axis", -1), y.rank());
  const int64_t count = product(y.shape(), axis, y.rank());
  const bool rms = call.node.op == "RMSNormalization";
  float* data = y.mutable_data<float>();
  for (int64_t row = 0; row < y.count() / std::max<int64_t>(count, 1); ++row)
    normalise(data + row * count, count, call.attributes().real("epsilon", 1e-5f), rms);
  const auto spread = [&](size_t i, auto&& f) {
    if (!call.has(i))
      return;
    const Array part = as_float32(call.array(i));
    walk<1>(y.shape(), {broadcast_strides(part.shape(), y.shape())},
            [&](int64_t n, const std::array<int64_t, 1>& at) {
              f(data[n], part.data<float>()[static_cast<size_t>(at[0])]);
            });
  };
  spread(1, [](float& v, float factor) { v *= factor; });
  spread(2, [](float& v, float shift) { v += shift; });
  return {y.cast(call.type(0).type)};
}

// Groups of channels of an image; a scale and a bias a channel, or a group before opset 21.
std::vector<Array> group_norm(const Call& call) {
  Array y = as_float32(call.array(0));
  if (y.rank() < 3)
    call.error("an operand of fewer than three dimensions");
  const int64_t channels = y.shape()[1];
  const int64_t groups = call.node.op == "InstanceNormalization"
                             ? channels
                             : call.attributes().integer("num_groups", 1);
  if (groups < 1 || channels % groups)
    call.error(fmt::format("{} groups of {} channels", groups, channels));
  const int64_t inner = product(y.shape(), 2, y.rank());
  const int64_t count = channels / groups * inner;
  const Array scale = as_float32(call.array(1)), bias = as_float32(call.array(2));
  float* data = y.mutable_data<float>();
  for (int64_t g = 0; g < y.shape()[0] * groups; ++g)
    normalise(data + g * count, count, call.attributes().real("epsilon", 1e-5f), false);
  for (int64_t i = 0; i < y.count(); ++i) {
    const int64_t channel = i / inner % channels;
    const auto at =
        static_cast<size_t>(scale.count() == channels ? channel : channel / (channels / groups));
    data[i] = data[i] * scale.data<float>()[at] + bias.data<float>()[at];
  }
  return {y.cast(call.type(0).type)};
}

// Across neighbouring channels.
std::vector<Array> local_response(const Call& call) {
  const Array x = as_float32(call.array(0));
  const int64_t size = call.attributes().integer("size", 1);
  const float alpha = call.attributes().real("alpha", 1e-4f),
              beta = call.attributes().real("beta", 0.75f);
  const float bias = call.attributes().real("bias", 1);
  Array y(DType::kFloat32, x.shape());
  const int64_t channels = x.shape()[1], inner = product(x.shape(), 2, x.rank());
  for (int64_t i = 0; i < x.count(); ++i) {
    const int64_t c = i / inner % channels;
    double sum = 0;
    for (int64_t o = std::max<int64_t>(0, c - (size - 1) / 2);
         o <= std::min(channels - 1, c + size / 2); ++o) {
      const double v = x.data<float>()[static_cast<size_t>(i + (o - c) * inner)];
      sum += v * v;
    }
    y.mutable_data<float>()[i] =
        static_cast<float>(x.data<float>()[static_cast<size_t>(i)] /
                           std::pow(bias + alpha / static_cast<double>(size) * sum, double{beta}));
  }
  return {y.cast(call.type(0).type)};
}

// Before opset 13 everything from the axis on is one row.
std::vector<Array> softmax(const Call& call) {
  Array y = as_float32(call.array(0));
  const bool flattens = call.node.opset < 13;
  const size_t axis =
      normal_axis(call, call.attributes().integer("axis", flattens ? 1 : -1), y.rank());
  const int64_t count = flattens ? product(y.shape(), axis, y.rank()) : y.shape()[axis];
  const int64_t inner = flattens ? 1 : product(y.shape(), axis + 1, y.rank());
  const bool logarithm = call.node.op == "LogSoftmax", hard = call.node.op == "Hardmax";
  float* data = y.mutable_data<float>();
  const int64_t lines = y.count() / std::max<int64_t>(count, 1);
  for (int64_t line = 0; line < lines; ++line) {
    float* row = data + line / inner * inner * count + line % inner;
    int64_t best = 0;
    for (int64_t i = 1; i < count; ++i)
      if (row[i * inner] > row[best * inner])
        best = i;
    const float most = row[best * inner];
    double sum = 0;
    for (int64_t i = 0; i < count; ++i)
      sum += std::exp(double{row[i * inner]} - most);
    for (int64_t i = 0; i < count; ++i) {
      const double v = double{row[i * inner]} - most;
      row[i * inner] = static_cast<float>(hard        ? (i == best ? 1 : 0)
                                          : logarithm ? v - std::log(sum)
                                                      : std::exp(v) / sum);
    }
  }
  return {y.cast(call.type(0).type)};
}

std::vector<Array> lp_norm(const Call& call) {
  Array y = as_float32(call.array(0));
  const size_t axis = normal_axis(call, call.attributes().integer("axis", -1), y.rank());
  const int64_t p = call.attributes().integer("p", 2);
  const int64_t count = y.shape()[axis], inner = product(y.shape(), axis + 1, y.rank());
  float* data = y.mutable_data<float>();
  for (int64_t line = 0; line < y.count() / std::max<int64_t>(count, 1); ++line) {
    float* row = data + line / inner * inner * count + line % inner;
    double sum = 0;
    for (int64_t i = 0; i < count; ++i)
      sum += p == 1 ? std::fabs(row[i * inner]) : double{row[i * inner]} * row[i * inner];
    const double length = p == 1 ? sum : std::sqrt(sum);
    for (int64_t i = 0; i < count; ++i)
      row[i * inner] = length == 0 ? 0 : static_cast<float>(row[i * inner] / length);
  }
  return {y.cast(call.type(0).type)};
}

constexpr Operator kOperators[] = {
    {"", "BatchNormalization", 6, kNewest, infer_same, batch_norm},
    {"", "InstanceNormalization", 6, kNewest, infer_same, group_norm},
    {"", "GroupNormalization", 18, kNewest, infer_same, group_norm},
    {"", "LayerNormalization", 17, kNewest, infer_same, layer_norm},
    {"", "RMSNormalization", 23, kNewest, infer_same, layer_norm},
    {"", "LRN", 1, kNewest, infer_same, local_response},
    {"", "LpNormalization", 1, kNewest, infer_same, lp_norm},
    {"", "Softmax", 1, kNewest, infer_same, softmax},
    {"", "LogSoftmax", 1, kNewest, infer_same, softmax},
    {"", "Hardmax", 1, kNewest, infer_same, softmax},
};

}  // namespace

Family ops::norm() {
  return kOperators;
}

}  // namespace s4::compiler
