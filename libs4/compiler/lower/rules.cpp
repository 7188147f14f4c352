// SPDX-License-Identifier: MIT
#include "compiler/lower/rules.hpp"

#include <array>

namespace s4::compiler {

std::span<const std::span<const Rule>> all_rules() {
  static const std::array<std::span<const Rule>, 5> groups = {
      rules::matrix(), rules::elements(), rules::rows(), rules::windows(), rules::moves()};
  return groups;
}

const Rule* find_rule(std::string_view domain, std::string_view op) {
  for (const std::span<const Rule> group : all_rules())
    for (const Rule& rule : group)
      if (rule.domain == domain && rule.op == op)
        return &rule;
  return nullptr;
}

size_t axis_of(const Node& node, int64_t axis, size_t rank) {
  const auto extent = static_cast<int64_t>(rank);
  if (axis < -extent || axis >= extent)
    throw CompileError(node_text(node), fmt::format("axis {} of {} dimensions", axis, rank));
  return static_cast<size_t>(axis < 0 ? axis + extent : axis);
}

std::vector<int64_t> constant_integers(const Lowering& to, const Node& node, size_t operand,
                                       std::string_view attribute) {
  if (const Array* array = to.graph().constant(node.input(operand)))
    return array->to_int64();
  if (node.has_input(operand))
    throw CompileError(node_text(node),
                       fmt::format("operand {} must be constant; export the model with fixed "
                                   "shapes, or compile it with --dim NAME=N",
                                   operand));
  return node.attributes.integers(attribute);
}

model::Program lower(const Graph& graph, const Assignment& assignment) {
  // All that is missing at once: who has one operator to replace wants to know of the others.
  std::string missing;
  int count = 0;
  for (const Node& node : graph.nodes) {
    if (find_rule(node.domain, node.op))
      continue;
    if (++count <= 20)
      missing += "\n  " + node_text(node);
  }
  if (count)
    fail(
        "the card cannot run {} of the model's {} nodes:{}{}\nReplace them in the model, or cut it "
        "before them (docs/sdk.md lists the operators and how they map)",
        count, graph.nodes.size(), missing, count > 20 ? "\n  ..." : "");

  Lowering to(graph, assignment);
  to.declare_inputs();
  for (const Node& node : graph.nodes) {
    to.begin_layer(node);
    try {
      find_rule(node.domain, node.op)->lower(to, node);
    } catch (const CompileError& e) {
      const std::string where = node_text(node);
      if (std::string_view(e.what()).starts_with(where))
        throw;
      throw CompileError(where, e.what());
    }
  }
  to.write_outputs();
  return to.finish();
}

}  // namespace s4::compiler
