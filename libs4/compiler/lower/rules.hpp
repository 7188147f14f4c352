// SPDX-License-Identifier: MIT
// How each operator becomes commands: a table of rules, a file for each group of them.
#pragma once

#include <span>
#include <string_view>

#include "compiler/lower/lowering.hpp"

namespace s4::compiler {

struct Rule {
  std::string_view domain;
  std::string_view op;
  void (*lower)(Lowering& to, const Node& node);
  std::string_view maps_to;  // for the table of docs/sdk.md
};

// nullptr: the card cannot do it.
const Rule* find_rule(std::string_view domain, std::string_view op);
std::span<const std::span<const Rule>> all_rules();

namespace rules {
std::span<const Rule> matrix();    // Conv, Gemm, MatMul with constant weights; MatMul of two others
std::span<const Rule> elements();  // arithmetic and functions
std::span<const Rule> rows();      // softmax, normalisations, reductions
std::span<const Rule> windows();   // pooling, resizing
std::span<const Rule> moves();     // views, concatenation, padding, look-up
}  // namespace rules

// "axis" of a node, not negative.
size_t axis_of(const Node& node, int64_t axis, size_t rank);
// The elements of a constant operand, or what `attribute` says; throws when neither is there.
std::vector<int64_t> constant_integers(const Lowering& to, const Node& node, size_t operand,
                                       std::string_view attribute);

}  // namespace s4::compiler
