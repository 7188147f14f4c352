// SPDX-License-Identifier: MIT
// Operators one at a time, against values worked out by hand from ONNX's definitions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "compiler/ops/interpreter.hpp"

namespace s4::compiler {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;

Attributes with(std::initializer_list<std::pair<const char*, Attribute>> list) {
  Attributes attributes;
  for (const auto& [name, value] : list)
    attributes.set(name, value);
  return attributes;
}
using Ints = std::vector<int64_t>;

// Infers, evaluates, and checks that both say the same types.
std::vector<Array> run(const std::string& op, const std::vector<Array>& inputs,
                       Attributes attributes = {}, int64_t opset = 17, size_t outputs = 1) {
  Graph graph;
  Node node;
  node.op = op;
  node.name = "n";
  node.opset = opset;
  node.attributes = std::move(attributes);
  std::vector<const Array*> operands;
  for (const Array& array : inputs) {
    node.inputs.push_back(array.defined() ? graph.add_constant("c", array) : kNone);
    operands.push_back(array.defined() ? &array : nullptr);
  }
  for (size_t i = 0; i < outputs; ++i)
    node.outputs.push_back(graph.add_value("y", {}));
  const std::vector<TensorType> types = infer_node(graph, node);
  std::vector<Array> results = evaluate_node(node, operands);
  for (size_t i = 0; i < outputs; ++i) {
    EXPECT_EQ(types[i].type, results[i].type()) << op;
    EXPECT_EQ(types[i].shape, results[i].shape()) << op;
  }
  return results;
}

Array f(Shape shape, std::initializer_list<float> values) {
  return Array::of<float>(shape, values);
}
Array i64(std::initializer_list<int64_t> values) {
  return Array::of<int64_t>({static_cast<int64_t>(values.size())}, values);
}
std::vector<float> floats(const std::vector<Array>& results, size_t i = 0) {
  return results[i].to_floats();
}

TEST(Operators, ArithmeticBroadcastsAndIntegersTruncate) {
  EXPECT_THAT(floats(run("Add", {f({2, 1}, {1, 2}), f({2}, {10, 20})})),
              ElementsAre(11, 21, 12, 22));
  EXPECT_THAT(run("Div", {i64({-7, 7}), i64({2, -2})})[0].to_int64(), ElementsAre(-3, -3));
  EXPECT_THAT(run("Mod", {i64({-7, 7}), i64({3, -3})})[0].to_int64(), ElementsAre(2, -2));
  EXPECT_THAT(floats(run("Pow", {f({2}, {2, 3}), i64({3})})), ElementsAre(8, 27));
  EXPECT_THAT(floats(run("Max", {f({2}, {1, 5}), f({1}, {3}), f({2}, {0, 9})})), ElementsAre(3, 9));
  EXPECT_THROW(run("Div", {i64({1}), i64({0})}), CompileError);
  EXPECT_THROW(run("Add", {f({2}, {1, 2}), f({3}, {1, 2, 3})}), CompileError);
}

TEST(Operators, OldBroadcastAlignsByItsAxis) {
  const Array x = f({1, 2, 2}, {1, 2, 3, 4});
  EXPECT_THAT(floats(run("Add", {x, f({2}, {10, 20})},
                         with({{"broadcast", int64_t{1}}, {"axis", int64_t{1}}}), 6)),
              ElementsAre(11, 12, 23, 24));
}

TEST(Operators, ComparisonsAndChoice) {
  const Array c = run("Less", {f({3}, {1, 2, 3}), f({1}, {2})})[0];
  EXPECT_THAT(c.to_int64(), ElementsAre(1, 0, 0));
  EXPECT_THAT(floats(run("Where", {c, f({3}, {7, 8, 9}), f({1}, {0})})), ElementsAre(7, 0, 0));
}

TEST(Operators, FunctionsAtKnownPoints) {
  EXPECT_THAT(floats(run("Round", {f({4}, {0.5f, 1.5f, -2.5f, 2.4f})})), ElementsAre(0, 2, -2, 2));
  EXPECT_THAT(floats(run("Clip", {f({3}, {-5, 0, 9}), Array::scalar(-1.0f), Array::scalar(2.0f)})),
              ElementsAre(-1, 0, 2));
  EXPECT_THAT(floats(run("Clip", {f({2}, {-5, 9})}, with({{"min", 0.0f}, {"max", 6.0f}}), 6)),
              ElementsAre(0, 6));
  EXPECT_THAT(floats(run("HardSwish", {f({3}, {-4, 0, 3})})), ElementsAre(0, 0, 3));
  EXPECT_NEAR(floats(run("Gelu", {f({1}, {1})}, {}, 20))[0], 0.841345, 1e-5);
  EXPECT_NEAR(floats(run("Softplus", {f({1}, {0})}))[0], std::log(2.0), 1e-6);
  EXPECT_THAT(run("Cast", {f({2}, {1.9f, -1.9f})}, with({{"to", int64_t{7}}}))[0].to_int64(),
              ElementsAre(1, -1));
}

TEST(Operators, ShapesAndReshapes) {
  const Array x = f({2, 3}, {0, 1, 2, 3, 4, 5});
  EXPECT_THAT(run("Shape", {x})[0].to_int64(), ElementsAre(2, 3));
  EXPECT_EQ(run("Reshape", {x, i64({0, -1, 1})})[0].shape(), (Shape{2, 3, 1}));
  EXPECT_THROW(run("Reshape", {x, i64({4, -1})}), CompileError);
  EXPECT_EQ(run("Flatten", {x}, with({{"axis", int64_t{0}}}))[0].shape(), (Shape{1, 6}));
  EXPECT_EQ(run("Unsqueeze", {x, i64({-1, 0})})[0].shape(), (Shape{1, 2, 3, 1}));
  EXPECT_EQ(run("Squeeze", {f({1, 2, 1}, {1, 2}), i64({-1})})[0].shape(), (Shape{1, 2}));
  EXPECT_THAT(run("Range", {Array::scalar<int64_t>(5), Array::scalar<int64_t>(0),
                            Array::scalar<int64_t>(-2)})[0]
                  .to_int64(),
              ElementsAre(5, 3, 1));
  EXPECT_THAT(run("NonZero", {f({2, 2}, {0, 1, 1, 0})})[0].to_int64(), ElementsAre(0, 1, 1, 0));
}

TEST(Operators, SlicesAndSplits) {
  const Array x = f({2, 4}, {0, 1, 2, 3, 4, 5, 6, 7});
  EXPECT_THAT(floats(run("Slice", {x, i64({-1}), i64({-100}), i64({1}), i64({-2})})),
              ElementsAre(3, 1, 7, 5));
  EXPECT_THAT(floats(run("Slice", {x, i64({1}), i64({INT64_MAX}), i64({0})})),
              ElementsAre(4, 5, 6, 7));
  const auto parts = run("Split", {x, i64({1, 3})}, with({{"axis", int64_t{1}}}), 17, 2);
  EXPECT_THAT(floats(parts, 0), ElementsAre(0, 4));
  EXPECT_THAT(floats(parts, 1), ElementsAre(1, 2, 3, 5, 6, 7));
  EXPECT_THROW(run("Split", {x, i64({1, 2})}, with({{"axis", int64_t{1}}}), 17, 2), CompileError);
}

TEST(Operators, MovesOfElements) {
  const Array x = f({2, 3}, {0, 1, 2, 3, 4, 5});
  EXPECT_THAT(floats(run("Transpose", {x})), ElementsAre(0, 3, 1, 4, 2, 5));
  EXPECT_THAT(floats(run("Concat", {x, f({2, 1}, {8, 9})}, with({{"axis", int64_t{1}}}))),
              ElementsAre(0, 1, 2, 8, 3, 4, 5, 9));
  EXPECT_THAT(floats(run("Gather", {x, i64({-1, 0})}, with({{"axis", int64_t{1}}}))),
              ElementsAre(2, 0, 5, 3));
  EXPECT_THROW(run("Gather", {x, i64({3})}, with({{"axis", int64_t{1}}})), CompileError);
  EXPECT_THAT(floats(run("Tile", {f({1, 2}, {1, 2}), i64({2, 2})})),
              ElementsAre(1, 2, 1, 2, 1, 2, 1, 2));
  EXPECT_THAT(floats(run("Pad", {f({3}, {1, 2, 3}), i64({2, 1})},
                         with({{"mode", std::string("reflect")}}))),
              ElementsAre(3, 2, 1, 2, 3, 2));
  EXPECT_THAT(floats(run("Pad", {f({2}, {1, 2}), i64({1, 1}), Array::scalar(7.0f)})),
              ElementsAre(7, 1, 2, 7));
  EXPECT_THAT(floats(run("Trilu", {f({2, 2}, {1, 2, 3, 4})}, with({{"upper", int64_t{0}}}))),
              ElementsAre(1, 0, 3, 4));
  EXPECT_THAT(floats(run("DepthToSpace", {f({1, 4, 1, 1}, {1, 2, 3, 4})},
                         with({{"blocksize", int64_t{2}}}))),
              ElementsAre(1, 2, 3, 4));
}

TEST(Operators, Products) {
  const Array a = f({2, 2}, {1, 2, 3, 4}), b = f({2, 2}, {5, 6, 7, 8});
  EXPECT_THAT(floats(run("MatMul", {a, b})), ElementsAre(19, 22, 43, 50));
  EXPECT_EQ(run("MatMul", {f({2}, {1, 2}), b})[0].shape(), (Shape{2}));
  EXPECT_EQ(
      run("MatMul", {Array(DType::kFloat32, {3, 1, 2, 4}), Array(DType::kFloat32, {5, 4, 6})})[0]
          .shape(),
      (Shape{3, 5, 2, 6}));
  EXPECT_THAT(
      floats(run(
          "Gemm", {a, b, f({2}, {1, 1})},
          with(
              {{"transA", int64_t{1}}, {"transB", int64_t{1}}, {"alpha", 2.0f}, {"beta", -1.0f}}))),
      ElementsAre(45, 61, 67, 91));
}

TEST(Operators, ConvolutionsOfEachKind) {
  const Array x = f({1, 1, 3, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8});
  const Array ones = f({1, 1, 2, 2}, {1, 1, 1, 1});
  EXPECT_THAT(floats(run("Conv", {x, ones})), ElementsAre(8, 12, 20, 24));
  EXPECT_THAT(floats(run("Conv", {x, ones, f({1}, {100})},
                         with({{"auto_pad", std::string("SAME_UPPER")}, {"strides", Ints{2, 2}}}))),
              ElementsAre(108, 107, 113, 108));
  EXPECT_THAT(floats(run("Conv", {x, ones}, with({{"dilations", Ints{2, 2}}}))), ElementsAre(16));
  EXPECT_THAT(floats(run("Conv", {f({1, 2, 1}, {2, 3}), f({2, 1, 1}, {10, 100})},
                         with({{"group", int64_t{2}}}))),
              ElementsAre(20, 300));
  EXPECT_THAT(floats(run("ConvTranspose", {f({1, 1, 2}, {1, 2}), f({1, 1, 2}, {1, 10})},
                         with({{"strides", Ints{2}}}))),
              ElementsAre(1, 10, 2, 20));
  EXPECT_THROW(run("Conv", {x, f({1, 2, 1, 1}, {1, 1})}), CompileError);
}

TEST(Operators, Pools) {
  const Array x = f({1, 1, 5}, {1, 2, 3, 4, 5});
  const Attributes two = with({{"kernel_shape", Ints{2}}, {"strides", Ints{2}}});
  EXPECT_THAT(floats(run("MaxPool", {x}, two)), ElementsAre(2, 4));
  EXPECT_THAT(
      floats(
          run("MaxPool", {x},
              with({{"kernel_shape", Ints{2}}, {"strides", Ints{2}}, {"ceil_mode", int64_t{1}}}))),
      ElementsAre(2, 4, 5));
  EXPECT_THAT(
      floats(run("AveragePool", {x},
                 with({{"kernel_shape", Ints{3}}, {"strides", Ints{2}}, {"pads", Ints{1, 1}}}))),
      ElementsAre(1.5f, 3, 4.5f));
  EXPECT_THAT(floats(run("AveragePool", {x},
                         with({{"kernel_shape", Ints{3}},
                               {"strides", Ints{2}},
                               {"pads", Ints{1, 1}},
                               {"count_include_pad", int64_t{1}}}))),
              ElementsAre(1, 3, 3));
  EXPECT_THAT(floats(run("GlobalAveragePool", {x})), ElementsAre(3));
}

TEST(Operators, Reductions) {
  const Array x = f({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_THAT(floats(run("ReduceSum", {x, i64({-1})})), ElementsAre(6, 15));
  EXPECT_EQ(run("ReduceMean", {x}, with({{"axes", Ints{0}}, {"keepdims", int64_t{0}}}))[0].shape(),
            (Shape{3}));
  EXPECT_THAT(floats(run("ReduceMax", {x})), ElementsAre(6));
  EXPECT_THAT(floats(run("ReduceL2", {f({2}, {3, 4})})), ElementsAre(5));
  EXPECT_NEAR(floats(run("ReduceLogSumExp", {f({2}, {1000, 1000})}))[0], 1000 + std::log(2.0),
              1e-3);
  EXPECT_THAT(run("ArgMax", {f({4}, {1, 9, 9, 0})})[0].to_int64(), ElementsAre(1));
  EXPECT_THAT(run("ArgMax", {f({4}, {1, 9, 9, 0})}, with({{"select_last_index", int64_t{1}}}))[0]
                  .to_int64(),
              ElementsAre(2));
  const auto top = run("TopK", {x, i64({2})}, {}, 17, 2);
  EXPECT_THAT(floats(top), ElementsAre(3, 2, 6, 5));
  EXPECT_THAT(top[1].to_int64(), ElementsAre(2, 1, 2, 1));
  EXPECT_THAT(floats(run("CumSum", {f({3}, {1, 2, 3}), Array::scalar<int64_t>(0)},
                         with({{"exclusive", int64_t{1}}, {"reverse", int64_t{1}}}))),
              ElementsAre(5, 3, 0));
}

TEST(Operators, Normalisations) {
  const auto near = [](std::vector<float> want) { return Pointwise(FloatNear(1e-4f), want); };
  EXPECT_THAT(floats(run("Softmax", {f({2, 2}, {0, std::log(3.0f), 5, 5})})),
              near({0.25f, 0.75f, 0.5f, 0.5f}));
  // Before opset 13 the whole of what follows the axis is one row.
  EXPECT_THAT(floats(run("Softmax", {f({1, 2, 2}, {0, 0, 0, 0})}, {}, 11)),
              near({0.25f, 0.25f, 0.25f, 0.25f}));
  EXPECT_THAT(
      floats(run("LayerNormalization", {f({1, 2}, {1, 3}), f({2}, {1, 2}), f({2}, {10, 20})},
                 with({{"epsilon", 0.0f}}))),
      near({9, 22}));
  EXPECT_THAT(floats(run("BatchNormalization",
                         {f({1, 1, 2}, {1, 3}), f({1}, {2}), f({1}, {1}), f({1}, {1}), f({1}, {4})},
                         with({{"epsilon", 0.0f}}))),
              near({1, 3}));
  EXPECT_THAT(floats(run("InstanceNormalization", {f({1, 1, 2}, {1, 3}), f({1}, {1}), f({1}, {0})},
                         with({{"epsilon", 0.0f}}))),
              near({-1, 1}));
  EXPECT_THAT(floats(run("LRN", {f({1, 2, 1}, {1, 2})},
                         with({{"size", int64_t{3}}, {"alpha", 3.0f}, {"beta", 1.0f}}))),
              near({1.0f / 6, 2.0f / 6}));
}

TEST(Operators, ErrorsNameTheNode) {
  try {
    run("Gemm", {f({1, 2}, {1, 2}), f({3, 1}, {1, 2, 3})});
    FAIL();
  } catch (const CompileError& e) {
    EXPECT_THAT(e.what(), HasSubstr("Gemm 'n'"));
  }
  EXPECT_THROW(run("Gelu", {f({1}, {1})}, {}, 17), CompileError);  // since opset 20
}

}  // namespace
}  // namespace s4::compiler
