// SPDX-License-Identifier: MIT
// Functions of one element that the card computes (enum s4_activation), as nodes name them.
#pragma once

#include <optional>

#include "compiler/ir/graph.hpp"
#include "s4/abi/s4_cmd.h"

namespace s4::compiler {

struct Activation {
  s4_activation kind = S4_ACT_NONE;
  float alpha = 0;
  float beta = 0;
  bool operator==(const Activation&) const = default;
};

// What a node with one data operand computes, or nullopt when the card has no such function.
std::optional<Activation> activation_of(const Graph& graph, const Node& node);

// A node's own attributes "activation", "alpha" and "beta" (nodes of the domain "s4").
Activation fused_activation(const Node& node);
void set_fused_activation(Node& node, const Activation& activation);

// The function itself, in float32 (double inside where that is more exact).
float activate(const Activation& activation, float value);

}  // namespace s4::compiler
