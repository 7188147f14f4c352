// SPDX-License-Identifier: MIT
// Changes of a graph that keep what it computes, a file each. All return whether anything changed
// and leave a graph that Graph::verify() accepts.
#pragma once

#include "compiler/ir/graph.hpp"

namespace s4::compiler {

// Nodes whose operands are all constant become constants.
bool fold_constants(Graph& graph);
// Nodes that give what they are given: Identity, Dropout, casts to the same type, + 0, * 1.
bool remove_identity(Graph& graph);
// Nodes that no output needs.
bool remove_dead(Graph& graph);
// x * sigmoid(x) is s4.Silu; the exporter's sums around Erf and Tanh are Gelu.
bool recognize_functions(Graph& graph);
// Mean, difference, square, mean, root and division are LayerNormalization.
bool recognize_layer_norm(Graph& graph);
// BatchNormalization behind a Conv becomes its weights and bias.
bool fold_batch_norm(Graph& graph);
// Conv, MatMul and Gemm with the bias, the residual and the activation behind them become one node
// of domain "s4".
bool fuse_epilogues(Graph& graph);

}  // namespace s4::compiler
