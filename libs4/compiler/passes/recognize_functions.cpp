// SPDX-License-Identifier: MIT
#include <numbers>

#include "compiler/passes/match.hpp"
#include "compiler/passes/passes.hpp"

namespace s4::compiler {
namespace {

// y = x * sigmoid(x)
ValueId silu(const Matcher& m, const Node& node) {
  if (node.op != "Mul" || !node.domain.empty())
    return kNone;
  for (const ValueId x : node.inputs)
    if (const Node* sigmoid = m.maker(Matcher::other(node, x), "Sigmoid");
        sigmoid && sigmoid->input(0) == x)
      return x;
  return kNone;
}

// s = 1 + erf(x / sqrt(2)): x, or kNone.
ValueId erf_part(const Matcher& m, ValueId s) {
  const Node* erf = m.maker(m.beside(m.maker(s, "Add"), 1), "Erf");
  if (!erf)
    return kNone;
  const double root = std::numbers::sqrt2;
  if (const Node* div = m.maker(erf->input(0), "Div"); div && m.is_constant(div->input(1), root))
    return div->input(0);
  return m.beside(m.maker(erf->input(0), "Mul"), 1 / root);
}

// s = 1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)): x, or kNone.
ValueId tanh_part(const Matcher& m, ValueId s) {
  const Node* tanh = m.maker(m.beside(m.maker(s, "Add"), 1), "Tanh");
  if (!tanh)
    return kNone;
  const double factor = std::sqrt(2 / std::numbers::pi);
  const Node* sum = m.maker(m.beside(m.maker(tanh->input(0), "Mul"), factor), "Add");
  if (!sum)
    return kNone;
  for (const ValueId x : sum->inputs) {
    const ValueId cube = m.beside(m.maker(Matcher::other(*sum, x), "Mul"), 0.044715);
    const Node* power = m.maker(cube, "Pow");
    if (power && power->input(0) == x && m.is_constant(power->input(1), 3))
      return x;
  }
  return kNone;
}

struct Gelu {
  ValueId x = kNone;
  bool tanh = false;
};

// y = 0.5 * x * s in each order of the three factors.
Gelu gelu(const Matcher& m, const Node& node) {
  if (node.op != "Mul" || !node.domain.empty())
    return {};
  const auto part = [&](ValueId s, ValueId x) -> Gelu {
    if (x == kNone)
      return {};
    if (erf_part(m, s) == x)
      return {x, false};
    if (tanh_part(m, s) == x)
      return {x, true};
    return {};
  };
  for (size_t i = 0; i < 2; ++i) {
    const ValueId a = node.input(i), b = node.input(1 - i);
    // (0.5 * x) * s
    if (const Gelu found = part(b, m.beside(m.maker(a, "Mul"), 0.5)); found.x != kNone)
      return found;
    // x * (0.5 * s)
    if (const Gelu found = part(m.beside(m.maker(b, "Mul"), 0.5), a); found.x != kNone)
      return found;
    // 0.5 * (x * s)
    if (!m.is_constant(a, 0.5))
      continue;
    if (const Node* inner = m.maker(b, "Mul"))
      for (size_t j = 0; j < 2; ++j)
        if (const Gelu found = part(inner->input(1 - j), inner->input(j)); found.x != kNone)
          return found;
  }
  return {};
}

}  // namespace

bool recognize_functions(Graph& graph) {
  bool changed = false;
  const Matcher matcher(graph);
  for (Node& node : graph.nodes) {
    if (const ValueId x = silu(matcher, node); x != kNone) {
      node.op = "Silu";
      node.domain = "s4";
      node.opset = 1;
      node.inputs = {x};
      changed = true;
    } else if (const Gelu found = gelu(matcher, node); found.x != kNone) {
      node.op = "Gelu";
      node.opset = 20;
      node.inputs = {found.x};
      node.attributes.set("approximate", std::string(found.tanh ? "tanh" : "none"));
      changed = true;
    }
  }
  return remove_dead(graph) || changed;
}

}  // namespace s4::compiler
