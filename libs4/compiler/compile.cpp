// SPDX-License-Identifier: MIT
#include "compiler/compile.hpp"

#include "compiler/passes/passes.hpp"

namespace s4::compiler {

void optimize(Graph& graph, const Watch& watch) {
  struct Pass {
    const char* name;
    bool (*run)(Graph&);
  };
  // Recognition before fusion: what is one node is fused as one.
  constexpr Pass kPasses[] = {
      {"fold_constants", fold_constants},
      {"remove_identity", remove_identity},
      {"recognize_functions", recognize_functions},
      {"recognize_layer_norm", recognize_layer_norm},
      {"fold_batch_norm", fold_batch_norm},
      {"fuse_epilogues", fuse_epilogues},
      {"remove_dead", remove_dead},
  };
  for (const Pass& pass : kPasses) {
    if (!pass.run(graph))
      continue;
    graph.verify();
    if (watch)
      watch(pass.name, graph);
  }
}

}  // namespace s4::compiler
