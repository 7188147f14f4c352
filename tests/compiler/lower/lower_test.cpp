// SPDX-License-Identifier: MIT
// Small graphs on the simulated card, against what plain loops compute.
#include "compiler/lower/lowering.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "compiler/ir/activation.hpp"
#include "compiler/lower/rules.hpp"
#include "lower/run.hpp"

namespace s4::compiler {
namespace {

// Builds a graph node by node; the types of results are given.
struct Builder {
  Graph graph;
  std::mt19937 random{20261126};

  ValueId input(Shape shape, DType type = DType::kFloat32) {
    const ValueId id = graph.add_value(graph.fresh_name("x"), {type, std::move(shape)});
    graph.inputs.push_back(id);
    return id;
  }
  // Values that BF16 holds exactly, so that results can be compared tightly.
  Array values(Shape shape, float step = 0.125f) {
    Array array(DType::kFloat32, std::move(shape));
    std::uniform_int_distribution<int> pick(-16, 16);
    for (int64_t i = 0; i < array.count(); ++i)
      array.mutable_data<float>()[i] = static_cast<float>(pick(random)) * step;
    return array;
  }
  ValueId constant(Array array) {
    return graph.add_constant(graph.fresh_name("c"), std::move(array));
  }
  ValueId node(std::string op, std::vector<ValueId> inputs, Shape shape, Attributes attributes = {},
               std::string domain = "", DType type = DType::kFloat32) {
    Node made;
    made.op = op;
    made.domain = std::move(domain);
    made.name = op + std::to_string(graph.nodes.size());
    made.inputs = std::move(inputs);
    made.outputs = {graph.add_value(graph.fresh_name("y"), {type, std::move(shape)})};
    made.attributes = std::move(attributes);
    made.opset = 17;
    graph.nodes.push_back(made);
    return made.outputs[0];
  }
  std::vector<Array> run(ValueId output, const std::vector<Array>& inputs,
                         const Assignment& assignment = {}) {
    graph.outputs = {output};
    graph.verify();
    return run_on_card(lower(graph, assignment), inputs);
  }
};

Attributes with(std::string name, Attribute value) {
  Attributes attributes;
  attributes.set(std::move(name), std::move(value));
  return attributes;
}

// Each element within `relative` of the largest magnitude: BF16 has 8 bits.
void expect_near(const Array& got, const std::vector<double>& want, double relative = 0.01) {
  ASSERT_EQ(static_cast<size_t>(got.count()), want.size());
  double most = 1e-6;
  for (const double value : want)
    most = std::max(most, std::fabs(value));
  const auto data = got.data<float>();
  for (size_t i = 0; i < want.size(); ++i)
    ASSERT_NEAR(data[i], want[i], most * relative) << "element " << i;
}

// y[n][r][oy][ox] of a convolution in plain loops.
std::vector<double> convolve(const Array& x, const Array& w, int64_t stride, int64_t pad,
                             int64_t groups, int64_t out) {
  const Shape& xs = x.shape();
  const Shape& ws = w.shape();
  const int64_t rows = ws[0], channels = ws[1], k = ws[2];
  std::vector<double> y;
  for (int64_t n = 0; n < xs[0]; ++n)
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t oy = 0; oy < out; ++oy)
        for (int64_t ox = 0; ox < out; ++ox) {
          double sum = 0;
          for (int64_t c = 0; c < channels; ++c)
            for (int64_t ky = 0; ky < k; ++ky)
              for (int64_t kx = 0; kx < k; ++kx) {
                const int64_t iy = oy * stride + ky - pad, ix = ox * stride + kx - pad;
                if (iy < 0 || ix < 0 || iy >= xs[2] || ix >= xs[3])
                  continue;
                const int64_t in = r / (rows / groups) * channels + c;
                sum += double{x.data<float>()[((n * xs[1] + in) * xs[2] + iy) * xs[3] + ix]} *
                       w.data<float>()[((r * channels + c) * k + ky) * k + kx];
              }
          y.push_back(sum);
        }
  return y;
}

TEST(Lower, ConvolutionTakesImagesInTheModelsOrder) {
  Builder b;
  const ValueId x = b.input({2, 3, 9, 9});
  const Array w = b.values({8, 3, 3, 3}), bias = b.values({8});
  Attributes attributes = with("strides", std::vector<int64_t>{2, 2});
  attributes.set("pads", std::vector<int64_t>{1, 1, 1, 1});
  const ValueId y = b.node("Conv", {x, b.constant(w), b.constant(bias)}, {2, 8, 5, 5}, attributes);
  const Array in = b.values({2, 3, 9, 9});
  std::vector<double> want = convolve(in, w, 2, 1, 1, 5);
  for (size_t i = 0; i < want.size(); ++i)
    want[i] += bias.data<float>()[i / 25 % 8];
  const auto got = b.run(y, {in});
  ASSERT_EQ(got.size(), 1u);
  expect_near(got[0], want);
}

TEST(Lower, GroupsAndDepthwiseKeepTheirChannelsApart) {
  for (const int64_t groups : {2, 4}) {
    Builder b;
    const ValueId x = b.input({1, 4, 6, 6});
    const Array w = b.values({4, 4 / groups, 3, 3});
    Attributes attributes = with("group", groups);
    attributes.set("pads", std::vector<int64_t>{1, 1, 1, 1});
    const ValueId y = b.node("Conv", {x, b.constant(w)}, {1, 4, 6, 6}, attributes);
    const Array in = b.values({1, 4, 6, 6});
    const auto got = b.run(y, {in});
    ASSERT_EQ(got.size(), 1u);
    expect_near(got[0], convolve(in, w, 1, 1, groups, 6));
  }
}

TEST(Lower, Int8ConvolutionIsWithinItsSteps) {
  Builder b;
  const ValueId x = b.input({1, 16, 8, 8});
  const Array w = b.values({8, 16, 1, 1});
  const ValueId weights = b.constant(w);
  const ValueId y = b.node("Conv", {x, weights}, {1, 8, 8, 8});
  Assignment assignment;
  assignment.matrices[weights] = {1, S4_TYPE_INT8, 2.0f / 127, 0};
  const Array in = b.values({1, 16, 8, 8});
  const auto got = b.run(y, {in}, assignment);
  ASSERT_EQ(got.size(), 1u);
  expect_near(got[0], convolve(in, w, 1, 0, 1, 8), 0.03);
}

TEST(Lower, LinearWithResidualAndActivationIsOneCommand) {
  Builder b;
  const ValueId x = b.input({2, 5, 64});
  const ValueId r = b.input({2, 5, 32});
  const Array w = b.values({64, 32}), bias = b.values({32});
  Node fused;
  set_fused_activation(fused, {S4_ACT_RELU, 0, 0});
  const ValueId y =
      b.node("MatMul", {x, b.constant(w), b.constant(bias), r}, {2, 5, 32}, fused.attributes, "s4");
  const Array in = b.values({2, 5, 64}), added = b.values({2, 5, 32});
  std::vector<double> want;
  for (int64_t row = 0; row < 10; ++row)
    for (int64_t n = 0; n < 32; ++n) {
      double sum = bias.data<float>()[n] + added.data<float>()[row * 32 + n];
      for (int64_t k = 0; k < 64; ++k)
        sum += double{in.data<float>()[row * 64 + k]} * w.data<float>()[k * 32 + n];
      want.push_back(std::max(sum, 0.0));
    }
  const auto got = b.run(y, {in, added});
  ASSERT_EQ(got.size(), 1u);
  expect_near(got[0], want);
}

TEST(Lower, AttentionReadsHeadsWhereTheyLie) {
  // q, k [1][tokens][heads * dim], split into heads by a reshape and a transpose.
  Builder b;
  const int64_t tokens = 7, heads = 3, dim = 8;
  const ValueId q = b.input({1, tokens, heads * dim}), k = b.input({1, tokens, heads * dim});
  const auto split = [&](ValueId v, std::vector<int64_t> perm, Shape shape) {
    const ValueId cut = b.node("Reshape", {v}, {1, tokens, heads, dim});
    return b.node("Transpose", {cut}, std::move(shape), with("perm", std::move(perm)));
  };
  const ValueId scores = b.node("MatMul",
                                {split(q, {0, 2, 1, 3}, {1, heads, tokens, dim}),
                                 split(k, {0, 2, 3, 1}, {1, heads, dim, tokens})},
                                {1, heads, tokens, tokens});
  const ValueId y =
      b.node("Softmax", {scores}, {1, heads, tokens, tokens}, with("axis", int64_t{-1}));
  const Array a = b.values({1, tokens, heads * dim}), c = b.values({1, tokens, heads * dim});
  std::vector<double> want;
  for (int64_t h = 0; h < heads; ++h)
    for (int64_t i = 0; i < tokens; ++i) {
      std::vector<double> row(tokens);
      double total = 0;
      for (int64_t j = 0; j < tokens; ++j) {
        for (int64_t d = 0; d < dim; ++d)
          row[j] += double{a.data<float>()[(i * heads + h) * dim + d]} *
                    c.data<float>()[(j * heads + h) * dim + d];
        total += std::exp(row[j]);
      }
      for (const double value : row)
        want.push_back(std::exp(value) / total);
    }
  const auto got = b.run(y, {a, c});
  ASSERT_EQ(got.size(), 1u);
  expect_near(got[0], want, 0.02);
  EXPECT_EQ(std::count_if(b.graph.nodes.begin(), b.graph.nodes.end(),
                          [](const Node& n) { return n.op == "Transpose"; }),
            2);
}

TEST(Lower, ViewsCostNoCommands) {
  Builder b;
  const ValueId x = b.input({2, 3, 4});
  const ValueId t =
      b.node("Transpose", {x}, {4, 2, 3}, with("perm", std::vector<int64_t>{2, 0, 1}));
  const ValueId s =
      b.node("Slice",
             {t, b.constant(Array::of<int64_t>({1}, {1})), b.constant(Array::of<int64_t>({1}, {4})),
              b.constant(Array::of<int64_t>({1}, {0})), b.constant(Array::of<int64_t>({1}, {2}))},
             {2, 2, 3});
  b.graph.outputs = {s};
  const model::Program program = lower(b.graph, {});
  EXPECT_EQ(program.commands.size(), 1u);  // the output's
  const Array in = b.values({2, 3, 4});
  const auto got = run_on_card(program, {in});
  ASSERT_EQ(got.size(), 1u);
  std::vector<double> want;
  for (const int64_t i : {1, 3})
    for (int64_t row = 0; row < 6; ++row)
      want.push_back(in.data<float>()[row * 4 + i]);
  expect_near(got[0], want, 0);
}

TEST(Lower, EmbeddingLooksUpRowsBy64BitIndices) {
  Builder b;
  const ValueId ids = b.input({1, 4}, DType::kInt64);
  const Array table = b.values({10, 6});
  const ValueId y = b.node("Gather", {b.constant(table), ids}, {1, 4, 6}, with("axis", int64_t{0}));
  const auto got = b.run(y, {Array::of<int64_t>({1, 4}, {9, 0, 3, 3})});
  ASSERT_EQ(got.size(), 1u);
  std::vector<double> want;
  for (const int64_t id : {9, 0, 3, 3})
    for (int64_t i = 0; i < 6; ++i)
      want.push_back(table.data<float>()[id * 6 + i]);
  expect_near(got[0], want, 0);
}

TEST(Lower, PoolsOverImages) {
  Builder b;
  const ValueId x = b.input({1, 2, 4, 4});
  Attributes attributes = with("kernel_shape", std::vector<int64_t>{2, 2});
  attributes.set("strides", std::vector<int64_t>{2, 2});
  const ValueId m = b.node("MaxPool", {x}, {1, 2, 2, 2}, attributes);
  const ValueId y = b.node("GlobalAveragePool", {m}, {1, 2, 1, 1});
  const Array in = b.values({1, 2, 4, 4});
  std::vector<double> want;
  for (int64_t c = 0; c < 2; ++c) {
    double sum = 0;
    for (int64_t oy = 0; oy < 2; ++oy)
      for (int64_t ox = 0; ox < 2; ++ox) {
        double most = -1e9;
        for (int64_t i = 0; i < 4; ++i)
          most = std::max<double>(most,
                                  in.data<float>()[(c * 4 + oy * 2 + i / 2) * 4 + ox * 2 + i % 2]);
        sum += most;
      }
    want.push_back(sum / 4);
  }
  const auto got = b.run(y, {in});
  ASSERT_EQ(got.size(), 1u);
  expect_near(got[0], want);
}

TEST(Lower, ConcatPadAndReductionsGoWhereTheyShould) {
  Builder b;
  const ValueId x = b.input({2, 3});
  const ValueId c = b.node("Concat", {x, x}, {2, 6}, with("axis", int64_t{1}));
  const ValueId p = b.node("Pad",
                           {c, b.constant(Array::of<int64_t>({4}, {0, 1, 1, 0})),
                            b.constant(Array::scalar<float>(0.5f))},
                           {3, 7});
  Attributes attributes = with("axes", std::vector<int64_t>{1});
  attributes.set("keepdims", int64_t{0});
  const ValueId y = b.node("ReduceSum", {p}, {3}, attributes);
  const Array in = b.values({2, 3});
  const auto v = in.data<float>();
  const auto got = b.run(y, {in});
  ASSERT_EQ(got.size(), 1u);
  expect_near(got[0], {0.5 + 2 * (v[0] + v[1] + v[2]), 0.5 + 2 * (v[3] + v[4] + v[5]), 3.5});
}

TEST(Lower, ArgMaxGivesWholeIndices) {
  Builder b;
  const ValueId x = b.input({2, 5});
  Attributes attributes = with("axis", int64_t{1});
  attributes.set("keepdims", int64_t{0});
  const ValueId y = b.node("ArgMax", {x}, {2}, attributes, "", DType::kInt64);
  const auto got = b.run(y, {Array::of<float>({2, 5}, {1, 9, 2, 3, 4, 0, 1, 2, 3, 7})});
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].to_int64(), (std::vector<int64_t>{1, 4}));
}

TEST(Lower, LayerNormalizationAndArithmeticBroadcast) {
  Builder b;
  const ValueId x = b.input({2, 4});
  const Array gamma = b.values({4}), beta = b.values({4});
  const ValueId n = b.node("LayerNormalization", {x, b.constant(gamma), b.constant(beta)}, {2, 4});
  const ValueId y = b.node("Mul", {n, b.constant(Array::of<float>({2, 1}, {2, -1}))}, {2, 4});
  const Array in = Array::of<float>({2, 4}, {1, 2, 3, 6, -1, 0, 4, 1});
  std::vector<double> want;
  for (int64_t r = 0; r < 2; ++r) {
    const auto row = in.data<float>().subspan(r * 4, 4);
    double mean = 0, variance = 0;
    for (const float v : row)
      mean += v / 4.0;
    for (const float v : row)
      variance += (v - mean) * (v - mean) / 4;
    for (size_t i = 0; i < 4; ++i)
      want.push_back(((row[i] - mean) / std::sqrt(variance + 1e-5) * gamma.data<float>()[i] +
                      beta.data<float>()[i]) *
                     (r ? -1 : 2));
  }
  const auto got = b.run(y, {in});
  ASSERT_EQ(got.size(), 1u);
  expect_near(got[0], want);
}

TEST(Lower, EveryNodeThatTheCardCannotDoIsNamed) {
  Builder b;
  const ValueId x = b.input({2});
  const ValueId s = b.node("Sin", {x}, {2});
  b.graph.outputs = {b.node("Cos", {s}, {2})};
  try {
    (void)lower(b.graph, {});
    FAIL();
  } catch (const CompileError& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("Sin 'Sin0'"));
    EXPECT_THAT(e.what(), testing::HasSubstr("Cos 'Cos1'"));
  }
}

}  // namespace
}  // namespace s4::compiler
