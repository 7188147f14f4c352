// SPDX-License-Identifier: MIT
// From a graph to commands: what the rules of operators (rules.hpp) work with.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/lower/assignment.hpp"
#include "compiler/lower/emitter.hpp"
#include "compiler/lower/view.hpp"

namespace s4::compiler {

uint32_t float_bits(float value);

class Lowering {
 public:
  Lowering(const Graph& graph, const Assignment& assignment);

  const Graph& graph() const { return graph_; }
  const Assignment& assignment() const { return assignment_; }
  Emitter& emitter() { return emitter_; }

  // Where a value lies. A constant is put into the weights' image on its first use, floats as
  // FLOAT32.
  const View& view(ValueId id);
  // The same with elements of `type`, as a command wants them (scale: of INT8).
  View as(ValueId id, s4_type type, float scale = 1);
  View converted(const View& view, s4_type type, float scale = 1);
  // The same elements, dense in row-major order or in that of `permutation`.
  View dense(const View& view);
  View dense_in_order(const View& view, const std::vector<int64_t>& permutation);

  // How a result is held: INT8 with its scale or BF16 for floats, INT32 for integers.
  std::pair<s4_type, float> format(ValueId id) const;
  // A new block for a result in its format, dense; or with the dimensions in another order.
  View make(ValueId id);
  View make_in_order(ValueId id, const std::vector<int64_t>& permutation);
  View make_temporary(Shape shape, s4_type type, float scale = 1);
  // From now on the value lies there.
  void set(ValueId id, View view);
  void begin_layer(const Node& node);

  // y = activation(x), element by element; conversions and moves too.
  void unary(const View& x, const View& y, s4_activation activation = S4_ACT_NONE, float alpha = 0,
             float beta = 0);
  // A move of elements as they are, of equal size on both sides.
  void move(const View& x, const View& y);

  [[noreturn]] void refuse(const Node& node, const std::string& why) const;

  model::Program finish();
  void declare_inputs();
  void write_outputs();

 private:
  const Graph& graph_;
  const Assignment& assignment_;
  Emitter emitter_;
  std::vector<std::optional<View>> views_;
  // Conversions that were made, by what was converted: block, offset, type and scale.
  struct Copy {
    View from, to;
  };
  std::vector<Copy> copies_;
};

// The whole graph, whose types are known and whose passes have run. Throws CompileError that names
// every node that the card cannot do.
model::Program lower(const Graph& graph, const Assignment& assignment);

}  // namespace s4::compiler
