// SPDX-License-Identifier: MIT
#include "compiler/ops/interpreter.hpp"

namespace s4::compiler {
namespace {

const Operator& operator_of(const Node& node) {
  if (const Operator* found = find_operator(node.domain, node.op, node.opset))
    return *found;
  throw CompileError(
      node_text(node),
      fmt::format("operator {} of opset {} is not known; export the model with another opset, or "
                  "replace the operator (docs/sdk.md lists those that are known)",
                  node.op, node.opset));
}

}  // namespace

std::vector<TensorType> infer_node(const Graph& graph, const Node& node) {
  const Operator& op = operator_of(node);
  Call call{node, {}};
  for (const ValueId id : node.inputs) {
    if (id == kNone)
      call.inputs.push_back({});
    else
      call.inputs.push_back({graph.type(id), graph.constant(id), true});
  }
  try {
    std::vector<TensorType> types = op.infer(call);
    if (types.size() < node.outputs.size())
      call.error(
          fmt::format("it has {} results, the model names {}", types.size(), node.outputs.size()));
    return types;
  } catch (const CompileError& e) {
    // What the helpers threw does not say where.
    const std::string where = node_text(node);
    if (std::string_view(e.what()).starts_with(where))
      throw;
    throw CompileError(where, e.what());
  }
}

void infer_types(Graph& graph) {
  for (const Node& node : graph.nodes) {
    const std::vector<TensorType> types = infer_node(graph, node);
    for (size_t i = 0; i < node.outputs.size(); ++i)
      if (node.outputs[i] != kNone)
        graph.value(node.outputs[i]).type = types[i];
  }
}

std::vector<Array> evaluate_node(const Node& node, const std::vector<const Array*>& inputs) {
  const Operator& op = operator_of(node);
  Call call{node, {}};
  for (const Array* input : inputs) {
    if (input)
      call.inputs.push_back({{input->type(), input->shape()}, input, true});
    else
      call.inputs.push_back({});
  }
  std::vector<Array> results = op.evaluate(call);
  if (results.size() < node.outputs.size())
    call.error(
        fmt::format("it has {} results, the model names {}", results.size(), node.outputs.size()));
  return results;
}

std::vector<Array> interpret(const Graph& graph, const std::vector<Array>& inputs,
                             const Observe& observe) {
  if (inputs.size() != graph.inputs.size())
    fail("the graph has {} inputs, {} were given", graph.inputs.size(), inputs.size());
  std::vector<Array> arrays(graph.values.size());
  std::vector<size_t> readers(graph.values.size(), 0);
  for (const Node& node : graph.nodes)
    for (const ValueId id : node.inputs)
      if (id != kNone)
        ++readers[id];
  for (const ValueId id : graph.outputs)
    ++readers[id];
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Value& value = graph.value(graph.inputs[i]);
    if (inputs[i].type() != value.type.type || inputs[i].shape() != value.type.shape)
      fail("input '{}' is {} but was given {}", value.name, type_text(value.type),
           type_text({inputs[i].type(), inputs[i].shape()}));
    arrays[graph.inputs[i]] = inputs[i];
    if (observe)
      observe(graph.inputs[i], inputs[i]);
  }
  const auto array_of = [&](ValueId id) -> const Array* {
    if (id == kNone)
      return nullptr;
    const Array* constant = graph.constant(id);
    return constant ? constant : &arrays[id];
  };
  for (const Node& node : graph.nodes) {
    std::vector<const Array*> operands;
    for (const ValueId id : node.inputs)
      operands.push_back(array_of(id));
    std::vector<Array> results = evaluate_node(node, operands);
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      const ValueId id = node.outputs[i];
      if (id == kNone)
        continue;
      if (observe)
        observe(id, results[i]);
      if (readers[id])
        arrays[id] = std::move(results[i]);
    }
    for (const ValueId id : node.inputs)
      if (id != kNone && --readers[id] == 0)
        arrays[id] = Array();
  }
  std::vector<Array> out;
  for (const ValueId id : graph.outputs)
    out.push_back(*array_of(id));
  return out;
}

}  // namespace s4::compiler
