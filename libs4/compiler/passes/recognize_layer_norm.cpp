// SPDX-License-Identifier: MIT
#include <algorithm>

#include "compiler/passes/match.hpp"
#include "compiler/passes/passes.hpp"

namespace s4::compiler {
namespace {

// ReduceMean over the last dimension that keeps it: its operand, or kNone.
ValueId mean_of(const Graph& graph, const Matcher& m, ValueId id) {
  const Node* mean = m.maker(id, "ReduceMean");
  if (!mean || mean->attributes.integer("keepdims", 1) == 0)
    return kNone;
  std::vector<int64_t> axes = mean->attributes.integers("axes");
  if (const Array* array = graph.constant(mean->input(1)))
    axes = array->to_int64();
  const auto last = static_cast<int64_t>(graph.shape(mean->input(0)).size()) - 1;
  return axes.size() == 1 && (axes[0] == -1 || axes[0] == last) ? mean->input(0) : kNone;
}

struct Found {
  ValueId x = kNone;
  double epsilon = 0;
};

// (x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon)
Found normalized(const Graph& graph, const Matcher& m, const Node& node) {
  if (node.op != "Div" || !node.domain.empty())
    return {};
  const Node* centered = m.maker(node.input(0), "Sub");
  const Node* root = m.maker(node.input(1), "Sqrt");
  if (!centered || !root || mean_of(graph, m, centered->input(1)) != centered->input(0))
    return {};
  const Node* sum = m.maker(root->input(0), "Add");
  if (!sum)
    return {};
  const bool second = m.scalar(sum->input(1)).has_value();
  const std::optional<double> epsilon = m.scalar(sum->input(second ? 1 : 0));
  const ValueId square = mean_of(graph, m, sum->input(second ? 0 : 1));
  if (!epsilon || square == kNone)
    return {};
  // Exporters write the difference twice, or once.
  const auto is_centered = [&](ValueId id) {
    if (id == node.input(0))
      return true;
    const Node* sub = m.maker(id, "Sub");
    return sub && sub->inputs == centered->inputs;
  };
  const Node* power = m.maker(square, "Pow");
  const Node* product = m.maker(square, "Mul");
  const bool squared =
      (power && m.is_constant(power->input(1), 2) && is_centered(power->input(0))) ||
      (product && product->input(0) == product->input(1) && is_centered(product->input(0)));
  return squared ? Found{centered->input(0), *epsilon} : Found{};
}

// A constant with an element for each of the last dimension: its id reshaped, or kNone.
ValueId row_constant(Graph& graph, ValueId id, int64_t channels) {
  const Array* array = graph.constant(id);
  if (!array || array->count() != channels || (channels > 1 && array->shape().back() != channels))
    return kNone;
  if (array->rank() == 1)
    return id;
  return graph.add_constant(graph.fresh_name(graph.value(id).name + ".flat"),
                            array->reshaped({channels}));
}

}  // namespace

bool recognize_layer_norm(Graph& graph) {
  const Matcher matcher(graph);
  const Graph::Uses uses = graph.uses();
  bool changed = false;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Found found = normalized(graph, matcher, graph.nodes[i]);
    if (found.x == kNone)
      continue;
    const int64_t channels = graph.shape(found.x).back();
    // The scale and the bias behind it, where they are constants and nobody reads between.
    ValueId result = graph.nodes[i].output(0);
    ValueId parts[2] = {kNone, kNone};
    const char* const ops[2] = {"Mul", "Add"};
    size_t last = i;
    for (size_t p = 0; p < 2; ++p) {
      if (!uses.only_use(result))
        break;
      const size_t at = uses.consumers[result][0];
      const Node& next = graph.nodes[at];
      if (next.op != ops[p] || !next.domain.empty())
        break;
      parts[p] = row_constant(graph, Matcher::other(next, result), channels);
      if (parts[p] == kNone)
        break;
      result = next.output(0);
      last = at;
    }
    if (parts[0] == kNone) {
      // The operator wants a scale.
      Array ones(DType::kFloat32, {channels});
      std::fill_n(ones.mutable_data<float>(), channels, 1.0f);
      parts[0] = graph.add_constant(graph.fresh_name(graph.nodes[i].name + ".ones"), ones);
    }
    Node& node = graph.nodes[last];
    node.op = "LayerNormalization";
    node.opset = 17;
    node.inputs = {found.x, parts[0]};
    if (parts[1] != kNone)
      node.inputs.push_back(parts[1]);
    node.attributes = {};
    node.attributes.set("axis", int64_t{-1});
    node.attributes.set("epsilon", static_cast<float>(found.epsilon));
    changed = true;
  }
  return remove_dead(graph) || changed;
}

}  // namespace s4::compiler
