// SPDX-License-Identifier: MIT
#include "compiler/ir/graph.hpp"

#include <algorithm>
#include <unordered_set>

namespace s4::compiler {

std::string type_text(const TensorType& type) {
  return std::string(dtype_name(type.type)) + " " + shape_text(type.shape);
}

std::string node_text(const Node& node) {
  return fmt::format("{}{}{} '{}'", node.domain, node.domain.empty() ? "" : ".", node.op,
                     node.name);
}

ValueId Graph::add_value(std::string value_name, TensorType type) {
  values.push_back({std::move(value_name), std::move(type), std::nullopt});
  return static_cast<ValueId>(values.size() - 1);
}

ValueId Graph::add_constant(std::string value_name, Array array) {
  const ValueId id = add_value(std::move(value_name), {array.type(), array.shape()});
  values[id].constant = std::move(array);
  return id;
}

std::string Graph::fresh_name(std::string_view stem) const {
  std::unordered_set<std::string_view> taken;
  for (const Value& value : values)
    taken.insert(value.name);
  std::string found(stem);
  for (int i = 1; taken.contains(found); ++i)
    found = fmt::format("{}.{}", stem, i);
  return found;
}

const Array* Graph::constant(ValueId id) const {
  return id != kNone && values[id].constant ? &*values[id].constant : nullptr;
}

Graph::Uses Graph::uses() const {
  Uses uses;
  uses.producer.assign(values.size(), Uses::kNobody);
  uses.consumers.resize(values.size());
  uses.is_output.assign(values.size(), false);
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (const ValueId id : nodes[i].inputs)
      if (id != kNone)
        uses.consumers[id].push_back(i);
    for (const ValueId id : nodes[i].outputs)
      if (id != kNone)
        uses.producer[id] = i;
  }
  for (const ValueId id : outputs)
    uses.is_output[id] = true;
  return uses;
}

void Graph::replace_uses(ValueId from, ValueId to) {
  for (Node& node : nodes)
    std::replace(node.inputs.begin(), node.inputs.end(), from, to);
  std::replace(outputs.begin(), outputs.end(), from, to);
}

void Graph::sort() {
  const Uses uses_now = uses();
  std::vector<size_t> missing(nodes.size(), 0);  // operands that are not made yet
  std::vector<bool> given(values.size(), false);
  for (const ValueId id : inputs)
    given[id] = true;
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (const ValueId id : nodes[i].inputs) {
      if (id == kNone || given[id] || values[id].constant)
        continue;
      if (uses_now.producer[id] == Uses::kNobody)
        throw CompileError(node_text(nodes[i]),
                           fmt::format("reads '{}', which nothing makes", values[id].name));
      ++missing[i];
    }
  }
  // The first in the old order goes first, so a sorted graph stays as it is.
  std::vector<size_t> order;
  std::vector<size_t> heap;
  const auto later = [](size_t a, size_t b) { return a > b; };
  const auto push = [&](size_t i) {
    heap.push_back(i);
    std::push_heap(heap.begin(), heap.end(), later);
  };
  for (size_t i = 0; i < nodes.size(); ++i)
    if (!missing[i])
      push(i);
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), later);
    const size_t i = heap.back();
    heap.pop_back();
    order.push_back(i);
    for (const ValueId id : nodes[i].outputs) {
      if (id == kNone)
        continue;
      for (const size_t reader : uses_now.consumers[id])
        if (--missing[reader] == 0)
          push(reader);
    }
  }
  if (order.size() != nodes.size()) {
    const auto stuck = std::find_if(missing.begin(), missing.end(), [](size_t n) { return n > 0; });
    throw CompileError(node_text(nodes[static_cast<size_t>(stuck - missing.begin())]),
                       "it reads, over other nodes, what it makes itself: the graph has a cycle");
  }
  std::vector<Node> sorted;
  sorted.reserve(nodes.size());
  for (const size_t i : order)
    sorted.push_back(std::move(nodes[i]));
  nodes = std::move(sorted);
}

void Graph::verify() const {
  std::vector<bool> made(values.size(), false);
  const auto make = [&](ValueId id, const std::string& where) {
    if (id >= values.size())
      fail("{}: value {} does not exist", where, id);
    if (made[id])
      fail("{}: '{}' is made twice", where, values[id].name);
    made[id] = true;
  };
  for (ValueId id = 0; id < values.size(); ++id)
    if (values[id].constant)
      made[id] = true;
  for (const ValueId id : inputs)
    make(id, "graph input");
  for (const Node& node : nodes) {
    for (const ValueId id : node.inputs) {
      if (id == kNone)
        continue;
      if (id >= values.size() || !made[id])
        throw CompileError(node_text(node), fmt::format("reads value {} before it is made", id));
    }
    for (const ValueId id : node.outputs) {
      if (id == kNone)
        continue;
      make(id, node_text(node));
      if (values[id].type.type == DType::kUndefined)
        throw CompileError(node_text(node), "the type of its result is not known");
    }
  }
  for (const ValueId id : outputs)
    if (id >= values.size() || !made[id])
      fail("graph output {} is made by nothing", id);
}

std::string Graph::text() const {
  std::string out = fmt::format("graph {}\n", name);
  const auto name_of = [&](ValueId id) { return id == kNone ? "-" : values[id].name; };
  const auto list = [&](const std::vector<ValueId>& ids, bool types) {
    std::string line;
    for (const ValueId id : ids) {
      line += line.empty() ? "" : ", ";
      line += name_of(id);
      if (types && id != kNone)
        line += " " + type_text(values[id].type);
    }
    return line;
  };
  out += "  inputs  " + list(inputs, true) + "\n";
  for (const Node& node : nodes) {
    out +=
        fmt::format("  {} = {}({})", list(node.outputs, true), node.op, list(node.inputs, false));
    for (const auto& [key, value] : node.attributes.all())
      out += fmt::format(" {}={}", key, attribute_text(value));
    out += "\n";
  }
  return out + "  outputs " + list(outputs, true) + "\n";
}

}  // namespace s4::compiler
