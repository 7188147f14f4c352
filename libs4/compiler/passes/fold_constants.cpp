// SPDX-License-Identifier: MIT
#include "compiler/ops/interpreter.hpp"
#include "compiler/passes/passes.hpp"

namespace s4::compiler {
namespace {

// A result larger than this and than its operands stays a node: the model would grow.
constexpr size_t kGrowth = size_t{64} << 20;

bool fold(Graph& graph, const Node& node) {
  std::vector<const Array*> operands;
  size_t in = 0, out = 0;
  for (const ValueId id : node.inputs) {
    const Array* constant = graph.constant(id);
    if (id != kNone && !constant)
      return false;
    operands.push_back(constant);
    in += constant ? constant->bytes() : 0;
  }
  for (const ValueId id : node.outputs)
    if (id != kNone)
      out += static_cast<size_t>(element_count(graph.shape(id))) * dtype_bytes(graph.type(id).type);
  if (out > kGrowth && out > in)
    return false;
  const std::vector<Array> results = evaluate_node(node, operands);
  for (size_t i = 0; i < node.outputs.size(); ++i)
    if (node.outputs[i] != kNone)
      graph.value(node.outputs[i]).constant = results[i];
  return true;
}

}  // namespace

bool fold_constants(Graph& graph) {
  std::vector<Node> kept;
  bool changed = false;
  for (Node& node : graph.nodes) {
    if (fold(graph, node))
      changed = true;
    else
      kept.push_back(std::move(node));
  }
  graph.nodes = std::move(kept);
  return changed;
}

}  // namespace s4::compiler
