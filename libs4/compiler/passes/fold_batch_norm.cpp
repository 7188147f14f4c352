// SPDX-License-Identifier: MIT
#include <cmath>

#include "compiler/passes/passes.hpp"

namespace s4::compiler {
namespace {

bool fold(Graph& graph, Node& conv, const Node& norm) {
  const Array* weights = graph.constant(conv.input(1));
  const Array* bias = graph.constant(conv.input(2));
  if (!weights || (conv.has_input(2) && !bias))
    return false;
  std::vector<float> parts[4];
  for (size_t i = 0; i < 4; ++i) {
    const Array* part = graph.constant(norm.input(i + 1));
    if (!part)
      return false;
    parts[i] = part->to_floats();
  }
  const auto channels = static_cast<size_t>(weights->shape()[0]);
  const float epsilon = norm.attributes.real("epsilon", 1e-5f);
  Array scaled = weights->cast(DType::kFloat32);
  Array shift(DType::kFloat32, {static_cast<int64_t>(channels)});
  const std::vector<float> before = bias ? bias->to_floats() : std::vector<float>(channels, 0);
  const size_t row = static_cast<size_t>(scaled.count()) / channels;
  for (size_t c = 0; c < channels; ++c) {
    const float factor = parts[0][c] / std::sqrt(parts[3][c] + epsilon);
    for (size_t i = 0; i < row; ++i)
      scaled.mutable_data<float>()[c * row + i] *= factor;
    shift.mutable_data<float>()[c] = (before[c] - parts[2][c]) * factor + parts[1][c];
  }
  // The name stays: a refit names the model's weights.
  const std::string name = graph.value(conv.input(1)).name;
  conv.inputs.resize(3, kNone);
  conv.inputs[1] = graph.add_constant(name, scaled);
  conv.inputs[2] = graph.add_constant(graph.fresh_name(conv.name + ".bias"), shift);
  conv.outputs = {norm.output(0)};
  return true;
}

}  // namespace

bool fold_batch_norm(Graph& graph) {
  bool changed = false;
  const Graph::Uses uses = graph.uses();
  std::vector<bool> gone(graph.nodes.size(), false);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& norm = graph.nodes[i];
    if (norm.op != "BatchNormalization" || !norm.domain.empty() || norm.output(1) != kNone)
      continue;
    const size_t maker = uses.producer[norm.input(0)];
    if (maker == Graph::Uses::kNobody || !uses.only_use(norm.input(0)))
      continue;
    Node& conv = graph.nodes[maker];
    if (conv.op != "Conv" || !conv.domain.empty() || !fold(graph, conv, norm))
      continue;
    gone[i] = changed = true;
  }
  std::vector<Node> kept;
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    if (!gone[i])
      kept.push_back(std::move(graph.nodes[i]));
  graph.nodes = std::move(kept);
  return changed;
}

}  // namespace s4::compiler
