// SPDX-License-Identifier: MIT
// What recognition has in common: walking from a node to those that made its operands.
#pragma once

#include <cmath>
#include <optional>
#include <string_view>

#include "compiler/ir/graph.hpp"

namespace s4::compiler {

class Matcher {
 public:
  explicit Matcher(const Graph& graph) : graph_(graph), uses_(graph.uses()) {}

  // The node of ONNX's own domain and this name that makes a value, or nullptr.
  const Node* maker(ValueId id, std::string_view op) const {
    if (id == kNone || uses_.producer[id] == Graph::Uses::kNobody)
      return nullptr;
    const Node& node = graph_.nodes[uses_.producer[id]];
    return node.domain.empty() && node.op == op ? &node : nullptr;
  }
  // A constant of one element that is near this.
  bool is_constant(ValueId id, double wanted) const {
    const std::optional<double> value = scalar(id);
    return value && std::fabs(*value - wanted) <= 1e-4 * std::max(1.0, std::fabs(wanted));
  }
  std::optional<double> scalar(ValueId id) const {
    const Array* array = graph_.constant(id);
    if (!array || array->count() != 1)
      return std::nullopt;
    return array->item();
  }
  // Of a node with two operands: the other than `id`, or kNone when `id` is none of them.
  static ValueId other(const Node& node, ValueId id) {
    if (node.inputs.size() != 2)
      return kNone;
    return node.inputs[0] == id ? node.inputs[1] : node.inputs[1] == id ? node.inputs[0] : kNone;
  }
  // Of a node with two operands, one of which is this constant: the other one, or kNone.
  ValueId beside(const Node* node, double constant) const {
    if (!node || node->inputs.size() != 2)
      return kNone;
    if (is_constant(node->inputs[1], constant))
      return node->inputs[0];
    return is_constant(node->inputs[0], constant) ? node->inputs[1] : kNone;
  }

 private:
  const Graph& graph_;
  Graph::Uses uses_;
};

}  // namespace s4::compiler
