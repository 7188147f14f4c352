// SPDX-License-Identifier: MIT
#include <algorithm>

#include "compiler/passes/passes.hpp"

namespace s4::compiler {
namespace {

bool all_equal(const Graph& graph, ValueId id, float wanted) {
  const Array* array = graph.constant(id);
  if (!array || !is_float(array->type()) || array->count() > 65536)
    return false;
  const std::vector<float> values = array->to_floats();
  return std::all_of(values.begin(), values.end(), [&](float v) { return v == wanted; });
}

// The operand that the first result is equal to, or kNone.
ValueId same_as(const Graph& graph, const Node& node) {
  if (!node.domain.empty() || node.inputs.empty() || node.output(0) == kNone)
    return kNone;
  const ValueId x = node.inputs[0];
  if (x == kNone)
    return kNone;
  if (node.op == "Identity" || (node.op == "Dropout" && node.output(1) == kNone))
    return x;
  const bool same_type = graph.type(x) == graph.type(node.output(0));
  if (node.op == "Cast" || node.op == "Reshape" || node.op == "Expand" || node.op == "Slice" ||
      node.op == "Pad" || node.op == "Tile")
    return same_type ? x : kNone;
  if (node.op == "Concat" && node.inputs.size() == 1)
    return x;
  if (node.op == "Add" || node.op == "Mul") {
    const float neutral = node.op == "Add" ? 0.0f : 1.0f;
    if (same_type && all_equal(graph, node.input(1), neutral))
      return x;
    if (graph.type(node.input(1)) == graph.type(node.output(0)) && all_equal(graph, x, neutral))
      return node.input(1);
  }
  if ((node.op == "Sub" && same_type && all_equal(graph, node.input(1), 0)) ||
      (node.op == "Div" && same_type && all_equal(graph, node.input(1), 1)))
    return x;
  return kNone;
}

// A slice of the whole shape might still turn an axis around.
bool turns_around(const Graph& graph, const Node& node) {
  if (node.op != "Slice")
    return false;
  std::vector<int64_t> steps = node.attributes.integers("steps");
  if (const Array* array = graph.constant(node.input(4)))
    steps = array->to_int64();
  return std::any_of(steps.begin(), steps.end(), [](int64_t step) { return step < 0; });
}

}  // namespace

bool remove_identity(Graph& graph) {
  std::vector<Node> kept;
  bool changed = false;
  std::vector<bool> is_output(graph.values.size(), false);
  for (const ValueId id : graph.outputs)
    is_output[id] = true;
  // Readers stand behind: what replaces a value is known before they are looked at.
  std::vector<ValueId> now(graph.values.size());
  for (ValueId id = 0; id < now.size(); ++id)
    now[id] = id;
  for (Node& node : graph.nodes) {
    for (ValueId& id : node.inputs)
      if (id != kNone)
        id = now[id];
    const ValueId x = same_as(graph, node);
    // An output keeps its name: its node stays.
    if (x == kNone || is_output[node.output(0)] || turns_around(graph, node)) {
      kept.push_back(std::move(node));
      continue;
    }
    now[node.output(0)] = x;
    changed = true;
  }
  graph.nodes = std::move(kept);
  return changed;
}

}  // namespace s4::compiler
