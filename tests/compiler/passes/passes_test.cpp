// SPDX-License-Identifier: MIT
// Each pass changes the graph as it should, and never what it computes.
#include "compiler/passes/passes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "compiler/compile.hpp"
#include "compiler/ir/activation.hpp"
#include "compiler/ops/interpreter.hpp"

namespace s4::compiler {
namespace {

struct Builder {
  Graph graph;
  std::mt19937 random{7};

  ValueId input(Shape shape) {
    const ValueId id = graph.add_value(graph.fresh_name("x"), {DType::kFloat32, std::move(shape)});
    graph.inputs.push_back(id);
    return id;
  }
  Array values(Shape shape, float low = -1, float high = 1) {
    Array array(DType::kFloat32, std::move(shape));
    std::uniform_real_distribution<float> pick(low, high);
    for (int64_t i = 0; i < array.count(); ++i)
      array.mutable_data<float>()[i] = pick(random);
    return array;
  }
  ValueId constant(Array array) {
    return graph.add_constant(graph.fresh_name("c"), std::move(array));
  }
  ValueId scalar(float value) { return constant(Array::scalar(value)); }
  ValueId node(const std::string& op, std::vector<ValueId> inputs, Attributes attributes = {}) {
    Node made;
    made.op = op;
    made.name = op + std::to_string(graph.nodes.size());
    made.inputs = std::move(inputs);
    made.attributes = std::move(attributes);
    made.opset = 17;
    made.outputs = {graph.add_value(graph.fresh_name("y"), {})};
    graph.nodes.push_back(made);
    graph.value(made.outputs[0]).type = infer_node(graph, made)[0];
    return made.outputs[0];
  }
  int count(const std::string& op, const std::string& domain = "") const {
    int n = 0;
    for (const Node& made : graph.nodes)
      n += made.op == op && made.domain == domain;
    return n;
  }
};

// Runs `change` on a graph whose last value is the output; its results stay within `bound`.
template <typename Change>
void expect_same(Builder& b, ValueId output, Change&& change, double bound = 1e-5) {
  b.graph.outputs = {output};
  b.graph.verify();
  std::vector<Array> in;
  for (const ValueId id : b.graph.inputs)
    in.push_back(b.values(b.graph.shape(id), -3, 3));
  const std::vector<float> before = interpret(b.graph, in)[0].to_floats();
  change(b.graph);
  b.graph.verify();
  const std::vector<float> after = interpret(b.graph, in)[0].to_floats();
  ASSERT_EQ(before.size(), after.size());
  double most = 1e-6;
  for (const float v : before)
    most = std::max<double>(most, std::fabs(v));
  for (size_t i = 0; i < before.size(); ++i)
    ASSERT_NEAR(before[i], after[i], bound * most) << "element " << i;
}

Attributes with(std::string name, Attribute value) {
  Attributes attributes;
  attributes.set(std::move(name), std::move(value));
  return attributes;
}

TEST(FoldConstants, ComputesWhatDependsOnNoInput) {
  Builder b;
  const ValueId x = b.input({4});
  const ValueId c = b.node("Exp", {b.node("Add", {b.constant(b.values({4})), b.scalar(1)})});
  const ValueId y = b.node("Mul", {x, c});
  expect_same(b, y, [](Graph& g) { EXPECT_TRUE(fold_constants(g)); });
  EXPECT_EQ(b.graph.nodes.size(), 1u);
  EXPECT_FALSE(fold_constants(b.graph));
}

TEST(RemoveDead, KeepsWhatAnOutputNeeds) {
  Builder b;
  const ValueId x = b.input({4});
  const ValueId y = b.node("Relu", {x});
  b.node("Exp", {b.node("Neg", {x})});
  expect_same(b, y, [](Graph& g) { EXPECT_TRUE(remove_dead(g)); });
  EXPECT_EQ(b.graph.nodes.size(), 1u);
}

TEST(RemoveIdentity, LeavesOneNodeOfMany) {
  Builder b;
  const ValueId x = b.input({4});
  ValueId y = b.node("Identity", {x});
  y = b.node("Add", {y, b.scalar(0)});
  y = b.node("Mul", {b.constant(Array::of<float>({1}, {1})), y});
  y = b.node("Reshape", {y, b.constant(Array::of<int64_t>({1}, {4}))});
  y = b.node("Relu", {y});
  expect_same(b, y, [](Graph& g) { EXPECT_TRUE(remove_identity(g)); });
  EXPECT_EQ(b.graph.nodes.size(), 1u);
}

TEST(RemoveIdentity, KeepsWhatTurnsAroundAndWhatWidens) {
  Builder b;
  const ValueId x = b.input({4});
  ValueId y = b.node(
      "Slice",
      {x, b.constant(Array::of<int64_t>({1}, {3})), b.constant(Array::of<int64_t>({1}, {-5})),
       b.constant(Array::of<int64_t>({1}, {0})), b.constant(Array::of<int64_t>({1}, {-1}))});
  y = b.node("Add", {y, b.constant(Array(DType::kFloat32, {2, 4}))});
  y = b.node("Relu", {y});
  expect_same(b, y, [](Graph& g) { EXPECT_FALSE(remove_identity(g)); });
}

TEST(FoldBatchNorm, BecomesWeightsAndBias) {
  for (const bool bias : {false, true}) {
    Builder b;
    const ValueId x = b.input({1, 3, 5, 5});
    std::vector<ValueId> operands{x, b.constant(b.values({4, 3, 3, 3}))};
    if (bias)
      operands.push_back(b.constant(b.values({4})));
    const ValueId c = b.node("Conv", operands);
    const ValueId y = b.node("BatchNormalization",
                             {c, b.constant(b.values({4})), b.constant(b.values({4})),
                              b.constant(b.values({4})), b.constant(b.values({4}, 0.5f, 2))});
    expect_same(b, y, [](Graph& g) { EXPECT_TRUE(fold_batch_norm(g)); });
    EXPECT_EQ(b.graph.nodes.size(), 1u);
  }
}

TEST(FoldBatchNorm, LeavesAConvolutionThatOthersReadToo) {
  Builder b;
  const ValueId x = b.input({1, 3, 5, 5});
  const ValueId c = b.node("Conv", {x, b.constant(b.values({4, 3, 3, 3}))});
  const ValueId n =
      b.node("BatchNormalization", {c, b.constant(b.values({4})), b.constant(b.values({4})),
                                    b.constant(b.values({4})), b.constant(b.values({4}, 0.5f, 2))});
  expect_same(b, b.node("Add", {c, n}), [](Graph& g) { EXPECT_FALSE(fold_batch_norm(g)); });
}

TEST(FuseEpilogues, AResidualBlockIsTwoNodes) {
  Builder b;
  const ValueId x = b.input({1, 4, 6, 6});
  const Attributes pads = with("pads", std::vector<int64_t>{1, 1, 1, 1});
  ValueId y = b.node("Relu", {b.node("Conv", {x, b.constant(b.values({4, 4, 3, 3}))}, pads)});
  y = b.node("Conv", {y, b.constant(b.values({4, 4, 3, 3})), b.constant(b.values({4}))}, pads);
  y = b.node("Relu", {b.node("Add", {x, y})});
  expect_same(b, y, [](Graph& g) { EXPECT_TRUE(fuse_epilogues(g)); });
  EXPECT_EQ(b.count("Conv", "s4"), 2);
  EXPECT_EQ(b.graph.nodes.size(), 2u);
}

TEST(FuseEpilogues, AResidualThatIsMadeLaterMovesTheNodeBehindIt) {
  Builder b;
  const ValueId x = b.input({2, 4});
  const ValueId a = b.node("MatMul", {x, b.constant(b.values({4, 4}))});
  const ValueId later = b.node("Exp", {b.node("Neg", {x})});
  expect_same(b, b.node("Add", {a, later}), [](Graph& g) { EXPECT_TRUE(fuse_epilogues(g)); });
  EXPECT_EQ(b.graph.nodes.size(), 3u);
}

TEST(FuseEpilogues, TwoProductsThatAreAddedAreOneWithAResidual) {
  Builder b;
  const ValueId x = b.input({2, 4});
  const ValueId p = b.node("MatMul", {x, b.constant(b.values({4, 4}))});
  const ValueId q = b.node("MatMul", {x, b.constant(b.values({4, 4}))});
  expect_same(b, b.node("Relu", {b.node("Add", {p, q})}), [](Graph& g) { fuse_epilogues(g); });
  EXPECT_EQ(b.graph.nodes.size(), 2u);
}

TEST(FuseEpilogues, BiasAndGeluBehindAProduct) {
  Builder b;
  const ValueId x = b.input({2, 3, 8});
  ValueId y = b.node("MatMul", {x, b.constant(b.values({8, 5}))});
  y = b.node("Add", {b.constant(b.values({5})), y});
  y = b.node("Clip", {y, b.scalar(-0.5f), b.scalar(0.25f)});
  expect_same(b, y, [](Graph& g) { EXPECT_TRUE(fuse_epilogues(g)); });
  EXPECT_EQ(b.graph.nodes.size(), 1u);
}

TEST(FuseEpilogues, AValueThatIsAnOutputOrReadTwiceStays) {
  Builder b;
  const ValueId x = b.input({2, 4});
  const ValueId m = b.node("MatMul", {x, b.constant(b.values({4, 4}))});
  const ValueId r = b.node("Relu", {m});
  expect_same(b, b.node("Add", {m, r}), [](Graph& g) { fuse_epilogues(g); });
  EXPECT_EQ(b.graph.nodes.size(), 3u);
}

TEST(RecognizeFunctions, GeluOfErfInTheOrdersOfExporters) {
  for (int form = 0; form < 3; ++form) {
    Builder b;
    const ValueId x = b.input({3, 8});
    const ValueId erf = b.node("Erf", {b.node("Div", {x, b.scalar(std::sqrt(2.0f))})});
    const ValueId s = b.node("Add", {erf, b.scalar(1)});
    const ValueId y = form == 0   ? b.node("Mul", {b.node("Mul", {x, s}), b.scalar(0.5f)})
                      : form == 1 ? b.node("Mul", {b.node("Mul", {x, b.scalar(0.5f)}), s})
                                  : b.node("Mul", {x, b.node("Mul", {s, b.scalar(0.5f)})});
    expect_same(b, y, [](Graph& g) { EXPECT_TRUE(recognize_functions(g)); });
    EXPECT_EQ(b.count("Gelu"), 1) << form;
    EXPECT_EQ(b.graph.nodes.size(), 1u) << form;
  }
}

TEST(RecognizeFunctions, GeluOfTanhAndSilu) {
  Builder b;
  const ValueId x = b.input({3, 8});
  const ValueId cube = b.node("Mul", {b.node("Pow", {x, b.scalar(3)}), b.scalar(0.044715f)});
  const ValueId inner = b.node("Mul", {b.node("Add", {x, cube}), b.scalar(0.7978845608f)});
  const ValueId s = b.node("Add", {b.node("Tanh", {inner}), b.scalar(1)});
  ValueId y = b.node("Mul", {b.node("Mul", {x, b.scalar(0.5f)}), s});
  y = b.node("Mul", {y, b.node("Sigmoid", {y})});
  expect_same(
      b, y, [](Graph& g) { EXPECT_TRUE(recognize_functions(g)); }, 1e-4);
  EXPECT_EQ(b.count("Gelu"), 1);
  EXPECT_EQ(b.count("Silu", "s4"), 1);
}

TEST(RecognizeFunctions, AnotherConstantIsNoGelu) {
  Builder b;
  const ValueId x = b.input({3, 8});
  const ValueId erf = b.node("Erf", {b.node("Div", {x, b.scalar(1.5f)})});
  const ValueId y =
      b.node("Mul", {b.node("Mul", {x, b.node("Add", {erf, b.scalar(1)})}), b.scalar(0.5f)});
  expect_same(b, y, [](Graph& g) { EXPECT_FALSE(recognize_functions(g)); });
}

TEST(RecognizeLayerNorm, WithScaleAndBiasAndWithout) {
  for (const bool affine : {true, false}) {
    Builder b;
    const ValueId x = b.input({2, 3, 8});
    const Attributes last = with("axes", std::vector<int64_t>{-1});
    const ValueId centered = b.node("Sub", {x, b.node("ReduceMean", {x}, last)});
    const ValueId square = b.node("ReduceMean", {b.node("Pow", {centered, b.scalar(2)})}, last);
    const ValueId root = b.node("Sqrt", {b.node("Add", {square, b.scalar(1e-5f)})});
    ValueId y = b.node("Div", {centered, root});
    if (affine) {
      y = b.node("Mul", {b.constant(b.values({8})), y});
      y = b.node("Add", {y, b.constant(b.values({8}))});
    }
    expect_same(
        b, y, [](Graph& g) { EXPECT_TRUE(recognize_layer_norm(g)); }, 1e-4);
    EXPECT_EQ(b.graph.nodes.size(), 1u);
    EXPECT_EQ(b.count("LayerNormalization"), 1);
  }
}

TEST(Optimize, TellsOfEachPassThatChangedSomething) {
  Builder b;
  const ValueId x = b.input({2, 4});
  ValueId y = b.node("MatMul", {b.node("Identity", {x}), b.constant(b.values({4, 4}))});
  y = b.node("Relu", {y});
  std::vector<std::string> seen;
  expect_same(b, y, [&](Graph& g) {
    optimize(g, [&](const std::string& pass, const Graph&) { seen.push_back(pass); });
  });
  EXPECT_EQ(seen, (std::vector<std::string>{"remove_identity", "fuse_epilogues"}));
}

}  // namespace
}  // namespace s4::compiler
