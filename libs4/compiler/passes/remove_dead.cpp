// SPDX-License-Identifier: MIT
#include <algorithm>

#include "compiler/passes/passes.hpp"

namespace s4::compiler {

bool remove_dead(Graph& graph) {
  std::vector<bool> needed(graph.values.size(), false);
  for (const ValueId id : graph.outputs)
    needed[id] = true;
  std::vector<Node> kept;
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    Node& node = graph.nodes[i];
    if (std::none_of(node.outputs.begin(), node.outputs.end(),
                     [&](ValueId id) { return id != kNone && needed[id]; }))
      continue;
    for (const ValueId id : node.inputs)
      if (id != kNone)
        needed[id] = true;
    kept.push_back(std::move(node));
  }
  const bool changed = kept.size() != graph.nodes.size();
  std::reverse(kept.begin(), kept.end());
  graph.nodes = std::move(kept);
  // Constants that nobody reads any more give their memory back.
  for (ValueId id = 0; id < graph.values.size(); ++id)
    if (!needed[id])
      graph.value(id).constant.reset();
  return changed;
}

}  // namespace s4::compiler
