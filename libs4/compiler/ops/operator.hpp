// SPDX-License-Identifier: MIT
// What the compiler knows of an operator without the card: which results it has, and the reference
// that computes them on the host in float32. docs/sdk.md has the table of all of them.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "compiler/ir/graph.hpp"

namespace s4::compiler {

// One operand of a call: its type, and its elements where they are known.
struct Operand {
  TensorType type;
  const Array* array = nullptr;  // nullptr: only the type is known, or it is left out
  bool given = false;            // false: an optional one that is left out
};

// A node with its operands. Lives as long as the call only.
struct Call {
  const Node& node;
  std::vector<Operand> inputs;

  const Attributes& attributes() const { return node.attributes; }
  size_t count() const { return inputs.size(); }
  bool has(size_t i) const { return i < inputs.size() && inputs[i].given; }
  // The operand; throws CompileError when it is left out.
  const Operand& operand(size_t i) const;
  const TensorType& type(size_t i) const { return operand(i).type; }
  const Shape& shape(size_t i) const { return operand(i).type.shape; }
  // Its elements; throws CompileError when they are not known ("must be constant").
  const Array& array(size_t i) const;
  [[noreturn]] void error(const std::string& message) const;  // names the node
};

// Types of the results, in the order of the node's outputs; may be more than the node names.
using Infer = std::vector<TensorType> (*)(const Call&);
// The results; every operand's elements are known, and infer() has accepted the call.
using Evaluate = std::vector<Array> (*)(const Call&);

struct Operator {
  std::string_view domain;  // "" is ONNX's own
  std::string_view name;
  int64_t since;  // first version of the domain that it holds for
  int64_t until;  // last one that was read and is known to hold
  Infer infer;
  Evaluate evaluate;
};

// The operator of a node, or nullptr. Thread-safe.
const Operator* find_operator(std::string_view domain, std::string_view name, int64_t opset);
// All, by name, for the document and for messages.
std::vector<const Operator*> all_operators();

// Every family is a file that gives its rows (families.hpp lists them).
using Family = std::span<const Operator>;

}  // namespace s4::compiler
