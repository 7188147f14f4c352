// SPDX-License-Identifier: MIT
// Functions of one element, and conversions.
#include <algorithm>
#include <cmath>
#include <limits>

#include "compiler/ir/activation.hpp"
#include "compiler/ops/axes.hpp"
#include "compiler/ops/families.hpp"

namespace s4::compiler {
namespace {

constexpr int64_t kNewest = 24;  // opset that was read
constexpr float kMost = std::numeric_limits<float>::max();

// Through float32, back in the operand's type.
template <typename F>
std::vector<Array> map(const Call& call, F&& f) {
  const Array& x = call.array(0);
  Array y = as_float32(x);
  float* data = y.mutable_data<float>();
  for (int64_t i = 0; i < y.count(); ++i)
    data[i] = f(data[i]);
  return {y.cast(x.type())};
}

// A function without parameters.
template <float (*kFunction)(float)>
std::vector<Array> simple(const Call& call) {
  return map(call, kFunction);
}

// std::tanh and its like are overloaded: these are the float ones.
float f_tanh(float v) {
  return std::tanh(v);
}
float f_exp(float v) {
  return std::exp(v);
}
float f_log(float v) {
  return std::log(v);
}
float f_sqrt(float v) {
  return std::sqrt(v);
}
float f_floor(float v) {
  return std::floor(v);
}
float f_ceil(float v) {
  return std::ceil(v);
}
float f_erf(float v) {
  return std::erf(v);
}
float f_sin(float v) {
  return std::sin(v);
}
float f_cos(float v) {
  return std::cos(v);
}
float f_tan(float v) {
  return std::tan(v);
}
float sigmoid(float v) {
  return static_cast<float>(1 / (1 + std::exp(-double{v})));
}
float softplus(float v) {
  return static_cast<float>(std::max(v, 0.0f) + std::log1p(std::exp(-std::fabs(double{v}))));
}
float sign(float v) {
  return v > 0 ? 1.0f : v < 0 ? -1.0f : v;
}
float round_even(float v) {
  return std::nearbyint(v);
}
float relu(float v) {
  return std::max(v, 0.0f);
}
float hard_swish(float v) {
  return activate({S4_ACT_HARD_SWISH, 0, 0}, v);
}
float mish(float v) {
  return v * std::tanh(softplus(v));
}
float softsign(float v) {
  return v / (1 + std::fabs(v));
}
float silu(float v) {
  return activate({S4_ACT_SILU, 0, 0}, v);
}
float reciprocal(float v) {
  return 1 / v;
}

std::vector<Array> leaky_relu(const Call& call) {
  const float alpha = call.attributes().real("alpha", 0.01f);
  return map(call, [&](float v) { return v > 0 ? v : v * alpha; });
}

std::vector<Array> elu(const Call& call) {
  const float alpha = call.attributes().real("alpha", 1);
  return map(call, [&](float v) { return v > 0 ? v : alpha * std::expm1(v); });
}

std::vector<Array> celu(const Call& call) {
  const float alpha = call.attributes().real("alpha", 1);
  return map(call, [&](float v) { return v > 0 ? v : alpha * std::expm1(v / alpha); });
}

std::vector<Array> selu(const Call& call) {
  const float alpha = call.attributes().real("alpha", 1.67326319f);
  const float gamma = call.attributes().real("gamma", 1.05070102f);
  return map(call, [&](float v) { return gamma * (v > 0 ? v : alpha * std::expm1(v)); });
}

std::vector<Array> thresholded_relu(const Call& call) {
  const float alpha = call.attributes().real("alpha", 1);
  return map(call, [&](float v) { return v > alpha ? v : 0; });
}

std::vector<Array> hard_sigmoid(const Call& call) {
  const float alpha = call.attributes().real("alpha", 0.2f);
  const float beta = call.attributes().real("beta", 0.5f);
  return map(call, [&](float v) { return std::clamp(alpha * v + beta, 0.0f, 1.0f); });
}

std::vector<Array> gelu(const Call& call) {
  const bool tanh = call.attributes().text("approximate", "none") == "tanh";
  const Activation activation{tanh ? S4_ACT_GELU_TANH : S4_ACT_GELU, 0, 0};
  return map(call, [&](float v) { return activate(activation, v); });
}

std::vector<Array> clip(const Call& call) {
  const auto bound = [&](size_t i, const char* name, float other) {
    if (call.node.opset < 11)
      return call.attributes().real(name, other);
    return call.has(i) ? static_cast<float>(call.array(i).item()) : other;
  };
  const float low = bound(1, "min", -kMost), high = bound(2, "max", kMost);
  if (is_integer(call.type(0).type)) {
    const Array x = call.array(0).cast(DType::kFloat64);
    Array y = x;
    for (int64_t i = 0; i < y.count(); ++i)
      y.mutable_data<double>()[i] =
          std::min(std::max(x.data<double>()[i], double{low}), double{high});
    return {y.cast(call.type(0).type)};
  }
  return map(call, [&](float v) { return std::min(std::max(v, low), high); });
}

std::vector<Array> neg(const Call& call) {
  if (!is_integer(call.type(0).type))
    return map(call, [](float v) { return -v; });
  Array y = call.array(0).cast(DType::kInt64);
  for (int64_t i = 0; i < y.count(); ++i)
    y.mutable_data<int64_t>()[i] *= -1;
  return {y.cast(call.type(0).type)};
}

std::vector<Array> absolute(const Call& call) {
  if (!is_integer(call.type(0).type))
    return map(call, [](float v) { return std::fabs(v); });
  Array y = call.array(0).cast(DType::kInt64);
  for (int64_t i = 0; i < y.count(); ++i)
    y.mutable_data<int64_t>()[i] = std::abs(y.data<int64_t>()[i]);
  return {y.cast(call.type(0).type)};
}

std::vector<Array> identity(const Call& call) {
  return {call.array(0)};
}

// Dropout at inference: the second result, the mask, keeps everything.
std::vector<TensorType> infer_dropout(const Call& call) {
  return {call.type(0), {DType::kBool, call.shape(0)}};
}
std::vector<Array> dropout(const Call& call) {
  Array mask(DType::kBool, call.shape(0));
  std::fill_n(mask.mutable_data<bool>(), mask.count(), true);
  return {call.array(0), mask};
}

std::vector<TensorType> infer_cast(const Call& call) {
  const auto to = static_cast<DType>(call.attributes().integer("to", 0));
  if (dtype_bytes(to) == 0)
    call.error(fmt::format("a cast to type {} of ONNX, which is not known", static_cast<int>(to)));
  return {{to, call.shape(0)}};
}
std::vector<Array> cast(const Call& call) {
  return {call.array(0).cast(static_cast<DType>(call.attributes().integer("to", 0)))};
}

std::vector<TensorType> infer_cast_like(const Call& call) {
  return {{call.type(1).type, call.shape(0)}};
}
std::vector<Array> cast_like(const Call& call) {
  return {call.array(0).cast(call.type(1).type)};
}

std::vector<TensorType> infer_bool(const Call& call) {
  return {{DType::kBool, call.shape(0)}};
}
template <typename F>
std::vector<Array> test(const Call& call, F&& f) {
  const Array x = as_float32(call.array(0));
  Array y(DType::kBool, x.shape());
  for (int64_t i = 0; i < x.count(); ++i)
    y.mutable_data<bool>()[i] = f(x.data<float>()[i]);
  return {y};
}
std::vector<Array> logical_not(const Call& call) {
  return test(call, [](float v) { return v == 0; });
}
std::vector<Array> is_nan(const Call& call) {
  return test(call, [](float v) { return std::isnan(v); });
}
std::vector<Array> is_inf(const Call& call) {
  return test(call, [](float v) { return std::isinf(v); });
}

constexpr Operator kOperators[] = {
    {"", "Identity", 1, kNewest, infer_same, identity},
    {"", "Dropout", 1, kNewest, infer_dropout, dropout},
    {"", "Cast", 6, kNewest, infer_cast, cast},
    {"", "CastLike", 15, kNewest, infer_cast_like, cast_like},
    {"", "Relu", 1, kNewest, infer_same, simple<relu>},
    {"", "LeakyRelu", 1, kNewest, infer_same, leaky_relu},
    {"", "Elu", 1, kNewest, infer_same, elu},
    {"", "Celu", 12, kNewest, infer_same, celu},
    {"", "Selu", 1, kNewest, infer_same, selu},
    {"", "ThresholdedRelu", 10, kNewest, infer_same, thresholded_relu},
    {"", "HardSigmoid", 1, kNewest, infer_same, hard_sigmoid},
    {"", "HardSwish", 14, kNewest, infer_same, simple<hard_swish>},
    {"", "Sigmoid", 1, kNewest, infer_same, simple<sigmoid>},
    {"", "Tanh", 1, kNewest, infer_same, simple<f_tanh>},
    {"", "Gelu", 20, kNewest, infer_same, gelu},
    {"", "Mish", 18, kNewest, infer_same, simple<mish>},
    {"", "Softplus", 1, kNewest, infer_same, simple<softplus>},
    {"", "Softsign", 1, kNewest, infer_same, simple<softsign>},
    {"", "Exp", 1, kNewest, infer_same, simple<f_exp>},
    {"", "Log", 1, kNewest, infer_same, simple<f_log>},
    {"", "Sqrt", 1, kNewest, infer_same, simple<f_sqrt>},
    {"", "Reciprocal", 1, kNewest, infer_same, simple<reciprocal>},
    {"", "Abs", 1, kNewest, infer_same, absolute},
    {"", "Neg", 1, kNewest, infer_same, neg},
    {"", "Sign", 9, kNewest, infer_same, simple<sign>},
    {"", "Floor", 1, kNewest, infer_same, simple<f_floor>},
    {"", "Ceil", 1, kNewest, infer_same, simple<f_ceil>},
    {"", "Round", 11, kNewest, infer_same, simple<round_even>},
    {"", "Erf", 9, kNewest, infer_same, simple<f_erf>},
    {"", "Sin", 7, kNewest, infer_same, simple<f_sin>},
    {"", "Cos", 7, kNewest, infer_same, simple<f_cos>},
    {"", "Tan", 7, kNewest, infer_same, simple<f_tan>},
    {"", "Clip", 1, kNewest, infer_same, clip},
    {"", "Not", 1, kNewest, infer_bool, logical_not},
    {"", "IsNaN", 9, kNewest, infer_bool, is_nan},
    {"", "IsInf", 10, kNewest, infer_bool, is_inf},
    {"s4", "Silu", 1, kNewest, infer_same, simple<silu>},
};

}  // namespace

Family ops::unary() {
  return kOperators;
}

}  // namespace s4::compiler
