// SPDX-License-Identifier: MIT
#include "compiler/ir/activation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string_view>

namespace s4::compiler {
namespace {

struct Simple {
  std::string_view op;
  s4_activation kind;
};

constexpr Simple kSimple[] = {
    {"Relu", S4_ACT_RELU},
    {"Sigmoid", S4_ACT_SIGMOID},
    {"Tanh", S4_ACT_TANH},
    {"HardSwish", S4_ACT_HARD_SWISH},
    {"Exp", S4_ACT_EXP},
    {"Erf", S4_ACT_ERF},
    {"Sqrt", S4_ACT_SQRT},
    {"Log", S4_ACT_LOG},
    {"Abs", S4_ACT_ABS},
    {"Neg", S4_ACT_NEG},
    {"Reciprocal", S4_ACT_RECIPROCAL},
    {"Floor", S4_ACT_FLOOR},
    {"Ceil", S4_ACT_CEIL},
    {"Round", S4_ACT_ROUND},
};

// A bound of Clip: an attribute before opset 11, an operand since. nullopt: not constant.
std::optional<float> bound(const Graph& graph, const Node& node, size_t operand,
                           std::string_view attribute, float other) {
  if (node.opset < 11)
    return node.attributes.real(attribute, other);
  if (!node.has_input(operand))
    return other;
  const Array* array = graph.constant(node.input(operand));
  if (!array || array->count() != 1)
    return std::nullopt;
  return static_cast<float>(array->item());
}

std::optional<Activation> clip(const Graph& graph, const Node& node) {
  constexpr float kMost = std::numeric_limits<float>::max();
  const auto low = bound(graph, node, 1, "min", -kMost);
  const auto high = bound(graph, node, 2, "max", kMost);
  if (!low || !high)
    return std::nullopt;
  if (*low == 0 && *high == 6)
    return Activation{S4_ACT_RELU6, 0, 0};
  if (*low == 0 && *high >= kMost)
    return Activation{S4_ACT_RELU, 0, 0};
  return Activation{S4_ACT_CLIP, std::max(*low, -kMost), std::min(*high, kMost)};
}

}  // namespace

std::optional<Activation> activation_of(const Graph& graph, const Node& node) {
  if (node.domain == "s4")
    return node.op == "Silu" ? std::optional(Activation{S4_ACT_SILU, 0, 0}) : std::nullopt;
  if (!node.domain.empty())
    return std::nullopt;
  for (const Simple& simple : kSimple)
    if (simple.op == node.op)
      return Activation{simple.kind, 0, 0};
  if (node.op == "LeakyRelu")
    return Activation{S4_ACT_LEAKY_RELU, node.attributes.real("alpha", 0.01f), 0};
  if (node.op == "Gelu")
    return Activation{
        node.attributes.text("approximate", "none") == "tanh" ? S4_ACT_GELU_TANH : S4_ACT_GELU, 0,
        0};
  if (node.op == "HardSigmoid") {
    const float alpha = node.attributes.real("alpha", 0.2f);
    const float beta = node.attributes.real("beta", 0.5f);
    if (std::fabs(alpha - 1.0f / 6) < 1e-6f && beta == 0.5f)
      return Activation{S4_ACT_HARD_SIGMOID, 0, 0};
    return std::nullopt;
  }
  if (node.op == "Clip")
    return clip(graph, node);
  return std::nullopt;
}

Activation fused_activation(const Node& node) {
  return {static_cast<s4_activation>(node.attributes.integer("activation", S4_ACT_NONE)),
          node.attributes.real("alpha", 0), node.attributes.real("beta", 0)};
}

void set_fused_activation(Node& node, const Activation& activation) {
  node.attributes.set("activation", static_cast<int64_t>(activation.kind));
  node.attributes.set("alpha", activation.alpha);
  node.attributes.set("beta", activation.beta);
}

float activate(const Activation& activation, float value) {
  const double v = value;
  const double root = std::numbers::sqrt2;
  switch (activation.kind) {
    case S4_ACT_NONE:
    case S4_ACT_COUNT:
      return value;
    case S4_ACT_RELU:
      return std::max(value, 0.0f);
    case S4_ACT_RELU6:
      return std::clamp(value, 0.0f, 6.0f);
    case S4_ACT_LEAKY_RELU:
      return value > 0 ? value : value * activation.alpha;
    case S4_ACT_GELU:
      return static_cast<float>(v * 0.5 * (1 + std::erf(v / root)));
    case S4_ACT_GELU_TANH:
      return static_cast<float>(
          v * 0.5 * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (v + 0.044715 * v * v * v))));
    case S4_ACT_SILU:
      return static_cast<float>(v / (1 + std::exp(-v)));
    case S4_ACT_SIGMOID:
      return static_cast<float>(1 / (1 + std::exp(-v)));
    case S4_ACT_TANH:
      return std::tanh(value);
    case S4_ACT_HARD_SWISH:
      return value * std::clamp(value + 3, 0.0f, 6.0f) / 6;
    case S4_ACT_HARD_SIGMOID:
      return std::clamp(value + 3, 0.0f, 6.0f) / 6;
    case S4_ACT_EXP:
      return std::exp(value);
    case S4_ACT_ERF:
      return std::erf(value);
    case S4_ACT_SQRT:
      return std::sqrt(value);
    case S4_ACT_LOG:
      return std::log(value);
    case S4_ACT_ABS:
      return std::fabs(value);
    case S4_ACT_NEG:
      return -value;
    case S4_ACT_RECIPROCAL:
      return 1 / value;
    case S4_ACT_RSQRT:
      return static_cast<float>(1 / std::sqrt(v));
    case S4_ACT_CLIP:
      return std::min(std::max(value, activation.alpha), activation.beta);
    case S4_ACT_FLOOR:
      return std::floor(value);
    case S4_ACT_CEIL:
      return std::ceil(value);
    case S4_ACT_ROUND:
      return std::nearbyint(value);
  }
  return value;
}

}  // namespace s4::compiler
