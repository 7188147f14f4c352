// SPDX-License-Identifier: MIT
// The compiler's passes, in their order.
#pragma once

#include <functional>
#include <string>

#include "compiler/ir/graph.hpp"

namespace s4::compiler {

// Called with the graph after each pass that changed it.
using Watch = std::function<void(const std::string& pass, const Graph& graph)>;

// Everything that changes no result but for rounding: folding, recognition, fusion, dead code.
void optimize(Graph& graph, const Watch& watch = {});

}  // namespace s4::compiler
