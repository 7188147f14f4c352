// SPDX-License-Identifier: MIT
// The card's matrix commands add a bias and a residual and compute a function before they write.
#include <algorithm>

#include "compiler/ir/activation.hpp"
#include "compiler/passes/passes.hpp"

namespace s4::compiler {
namespace {

constexpr size_t kBias = 2, kResidual = 3;

// Activations that the engine computes in the epilogue are all of enum s4_activation.
class Fuser {
 public:
  explicit Fuser(Graph& graph) : graph_(graph), uses_(graph.uses()), gone_(graph.nodes.size()) {}

  bool run();

 private:
  bool begin(size_t at);
  bool take_bias(size_t at, size_t next);
  bool take_residual(size_t at, size_t next);
  bool take_activation(size_t at, size_t next);
  void replace(size_t at, size_t next);

  Graph& graph_;
  Graph::Uses uses_;
  std::vector<bool> gone_;
  std::vector<size_t> place_;  // where a fused node must stand: that of its last part
};

// A Conv, a MatMul with constant weights, a Gemm that is one: with its name in domain "s4".
bool Fuser::begin(size_t at) {
  Node& node = graph_.nodes[at];
  if (!node.domain.empty())
    return false;
  const Array* weights = graph_.constant(node.input(1));
  if (!weights)
    return false;
  if (node.op == "Conv") {
    if (node.has_input(kBias) && !graph_.constant(node.input(kBias)))
      return false;
  } else if (node.op == "MatMul") {
    if (weights->rank() != 2 || graph_.shape(node.input(0)).size() < 2 ||
        graph_.constant(node.input(0)))
      return false;
  } else if (node.op == "Gemm") {
    const Attributes& a = node.attributes;
    const Array* bias = graph_.constant(node.input(kBias));
    const int64_t rows = graph_.shape(node.output(0))[1];
    if (a.integer("transA", 0) != 0 || a.real("alpha", 1) != 1 || a.real("beta", 1) != 1 ||
        (node.has_input(kBias) && (!bias || (bias->count() != rows && bias->count() != 1))))
      return false;
    Attributes kept;
    kept.set("transB", a.integer("transB", 0));
    node.attributes = kept;
    node.op = "MatMul";
  } else {
    return false;
  }
  node.domain = "s4";
  node.opset = 1;
  node.inputs.resize(4, kNone);
  set_fused_activation(node, {});
  return true;
}

void Fuser::replace(size_t at, size_t next) {
  graph_.nodes[at].outputs = {graph_.nodes[next].output(0)};
  gone_[next] = true;
  place_[at] = std::max(place_[at], next);
}

bool Fuser::take_bias(size_t at, size_t next) {
  Node& node = graph_.nodes[at];
  const Node& add = graph_.nodes[next];
  if (add.op != "Add" || !add.domain.empty() || node.has_input(kBias) || node.has_input(kResidual))
    return false;
  const ValueId other = add.input(add.input(0) == node.output(0) ? 1 : 0);
  const Array* bias = graph_.constant(other);
  const Shape& y = graph_.shape(node.output(0));
  if (!bias || !is_float(bias->type()) || graph_.shape(add.output(0)) != y)
    return false;
  // One number an output channel: the only extent above 1 is the channels'.
  const size_t axis = node.op == "Conv" ? 1 : y.size() - 1;
  const int64_t channels = y[axis];
  const size_t lead = y.size() - bias->rank();
  if (bias->count() != channels ||
      (channels > 1 && (axis < lead || bias->shape()[axis - lead] != channels)))
    return false;
  node.inputs[kBias] = graph_.add_constant(graph_.fresh_name(graph_.value(other).name + ".flat"),
                                           bias->reshaped({channels}));
  replace(at, next);
  return true;
}

bool Fuser::take_residual(size_t at, size_t next) {
  Node& node = graph_.nodes[at];
  const Node& add = graph_.nodes[next];
  if (add.op != "Add" || !add.domain.empty() || node.has_input(kResidual) ||
      add.input(0) == add.input(1))
    return false;
  const ValueId other = add.input(add.input(0) == node.output(0) ? 1 : 0);
  const Shape& y = graph_.shape(node.output(0));
  if (graph_.constant(other) || graph_.shape(other) != y || graph_.shape(add.output(0)) != y)
    return false;
  node.inputs[kResidual] = other;
  replace(at, next);
  return true;
}

bool Fuser::take_activation(size_t at, size_t next) {
  const std::optional<Activation> activation = activation_of(graph_, graph_.nodes[next]);
  if (!activation)
    return false;
  set_fused_activation(graph_.nodes[at], *activation);
  replace(at, next);
  return true;
}

bool Fuser::run() {
  place_.resize(graph_.nodes.size());
  for (size_t i = 0; i < place_.size(); ++i)
    place_[i] = i;
  bool changed = false;
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    if (gone_[i] || !begin(i))
      continue;
    changed = true;
    // What reads the result, as long as nobody else does.
    bool activated = false;
    while (!activated && graph_.nodes[i].output(0) < uses_.consumers.size() &&
           uses_.only_use(graph_.nodes[i].output(0))) {
      const size_t next = uses_.consumers[graph_.nodes[i].output(0)][0];
      if (gone_[next])
        break;
      if (take_bias(i, next) || take_residual(i, next))
        continue;
      activated = take_activation(i, next);
      if (!activated)
        break;
    }
  }
  // A node with a residual stands where its Add stood: the residual may be made between.
  std::vector<std::pair<size_t, size_t>> order;
  for (size_t i = 0; i < graph_.nodes.size(); ++i)
    if (!gone_[i])
      order.emplace_back(place_[i], i);
  std::sort(order.begin(), order.end());
  std::vector<Node> nodes;
  for (const auto& [place, i] : order)
    nodes.push_back(std::move(graph_.nodes[i]));
  graph_.nodes = std::move(nodes);
  return changed;
}

}  // namespace

bool fuse_epilogues(Graph& graph) {
  return Fuser(graph).run();
}

}  // namespace s4::compiler
