// SPDX-License-Identifier: MIT
// The reference: runs a graph node by node on the host, in float32.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "compiler/ir/graph.hpp"
#include "compiler/ops/operator.hpp"

namespace s4::compiler {

// Types of a node's results from those of its operands; throws CompileError that names the node,
// the operator and what to do when it is not known.
std::vector<TensorType> infer_node(const Graph& graph, const Node& node);
// Sets the types of all results, in order.
void infer_types(Graph& graph);
// The results of a node whose operands are all known.
std::vector<Array> evaluate_node(const Node& node, const std::vector<const Array*>& inputs);

// Called with every result as soon as it is computed.
using Observe = std::function<void(ValueId, const Array&)>;

// Computes the graph's outputs from its inputs, both in the graph's order. An input's type and
// shape must be the graph's. Intermediate results are freed after their last reader.
std::vector<Array> interpret(const Graph& graph, const std::vector<Array>& inputs,
                             const Observe& observe = {});

}  // namespace s4::compiler
