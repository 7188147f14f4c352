// SPDX-License-Identifier: MIT
// The compiler's intermediate representation: a graph of nodes in an order in which each reads only
// what stands before it. Types and extents of all values are known: symbolic extents of a model
// are fixed when it is imported.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ir/array.hpp"
#include "compiler/ir/attributes.hpp"

namespace s4::compiler {

using ValueId = uint32_t;
inline constexpr ValueId kNone = std::numeric_limits<ValueId>::max();  // an operand left out

struct TensorType {
  DType type = DType::kUndefined;
  Shape shape;
  bool operator==(const TensorType&) const = default;
};

std::string type_text(const TensorType& type);  // "float32 [1, 3, 224, 224]"

struct Value {
  std::string name;
  TensorType type;
  std::optional<Array> constant;  // an initializer, or what folding found
};

struct Node {
  std::string op;                // ONNX's name, or one of the compiler's own ("s4.Fused...")
  std::string domain;            // "" is ONNX's own; "com.microsoft", "s4"
  std::string name;              // as the model has it, or made up: unique
  std::vector<ValueId> inputs;   // kNone where an optional one is left out
  std::vector<ValueId> outputs;  // kNone where nobody wants one
  Attributes attributes;
  int64_t opset = 0;  // version of its domain's operators

  ValueId input(size_t i) const { return i < inputs.size() ? inputs[i] : kNone; }
  ValueId output(size_t i) const { return i < outputs.size() ? outputs[i] : kNone; }
  bool has_input(size_t i) const { return input(i) != kNone; }
};

std::string node_text(const Node& node);  // "Conv 'layer1.conv'"

// Plain data with helpers; one thread at a time.
class Graph {
 public:
  std::string name;
  std::vector<Value> values;
  std::vector<Node> nodes;
  std::vector<ValueId> inputs;  // without initializers
  std::vector<ValueId> outputs;

  ValueId add_value(std::string value_name, TensorType type);
  ValueId add_constant(std::string value_name, Array array);
  // A name that no value has, beginning with `stem`.
  std::string fresh_name(std::string_view stem) const;

  const Value& value(ValueId id) const { return values[id]; }
  Value& value(ValueId id) { return values[id]; }
  const TensorType& type(ValueId id) const { return values[id].type; }
  const Shape& shape(ValueId id) const { return values[id].type.shape; }
  // nullptr unless it is one; also for kNone.
  const Array* constant(ValueId id) const;

  // The node that makes each value, and who reads it; an index of `nodes`. Stale after a change.
  struct Uses {
    static constexpr size_t kNobody = std::numeric_limits<size_t>::max();
    std::vector<size_t> producer;                // kNobody: input or constant
    std::vector<std::vector<size_t>> consumers;  // a node that reads it twice stands there twice
    std::vector<bool> is_output;                 // of the graph
    // Read by exactly one operand of one node, and not an output.
    bool only_use(ValueId id) const { return consumers[id].size() == 1 && !is_output[id]; }
  };
  Uses uses() const;

  // All readers of `from`, the graph's outputs included, read `to`.
  void replace_uses(ValueId from, ValueId to);
  // Orders the nodes; throws CompileError that names a node of a cycle, or one that reads a value
  // that nothing makes.
  void sort();
  // Checks ids, order, that each value is made once and has a type; throws CompileError.
  void verify() const;
  // One line a node, for --dump-passes.
  std::string text() const;
};

}  // namespace s4::compiler
