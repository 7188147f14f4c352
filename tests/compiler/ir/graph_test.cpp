// SPDX-License-Identifier: MIT
#include "compiler/ir/graph.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace s4::compiler {
namespace {

const TensorType kType{DType::kFloat32, {2}};

Node node(std::string name, std::vector<ValueId> inputs, std::vector<ValueId> outputs) {
  Node made;
  made.op = "Test";
  made.name = std::move(name);
  made.inputs = std::move(inputs);
  made.outputs = std::move(outputs);
  return made;
}

TEST(Graph, SortPutsMakersBeforeReadersAndKeepsTheRest) {
  Graph graph;
  const ValueId x = graph.add_value("x", kType), y = graph.add_value("y", kType),
                z = graph.add_value("z", kType), w = graph.add_value("w", kType);
  graph.inputs = {x};
  graph.nodes = {node("last", {y, z}, {w}), node("one", {x}, {y}), node("two", {x}, {z})};
  graph.outputs = {w};
  EXPECT_THROW(graph.verify(), CompileError);
  graph.sort();
  graph.verify();
  EXPECT_EQ(graph.nodes[0].name, "one");
  EXPECT_EQ(graph.nodes[1].name, "two");
  EXPECT_EQ(graph.nodes[2].name, "last");
}

TEST(Graph, ACycleIsNamed) {
  Graph graph;
  const ValueId x = graph.add_value("x", kType), y = graph.add_value("y", kType);
  graph.nodes = {node("a", {x}, {y}), node("b", {y}, {x})};
  try {
    graph.sort();
    FAIL();
  } catch (const CompileError& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("Test 'a'"));
    EXPECT_THAT(e.what(), testing::HasSubstr("cycle"));
  }
}

TEST(Graph, AValueThatNothingMakesIsNamed) {
  Graph graph;
  const ValueId x = graph.add_value("ghost", kType), y = graph.add_value("y", kType);
  graph.nodes = {node("a", {x}, {y})};
  try {
    graph.sort();
    FAIL();
  } catch (const CompileError& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("'ghost'"));
  }
}

TEST(Graph, AValueMadeTwiceIsRefused) {
  Graph graph;
  const ValueId x = graph.add_value("x", kType), y = graph.add_value("y", kType);
  graph.inputs = {x};
  graph.nodes = {node("a", {x}, {y}), node("b", {x}, {y})};
  EXPECT_THROW(graph.verify(), CompileError);
}

TEST(Graph, ReplaceUsesReachesOutputs) {
  Graph graph;
  const ValueId x = graph.add_value("x", kType), y = graph.add_value("y", kType);
  graph.inputs = {x};
  graph.outputs = {y};
  graph.replace_uses(y, x);
  EXPECT_EQ(graph.outputs, std::vector<ValueId>{x});
}

}  // namespace
}  // namespace s4::compiler
