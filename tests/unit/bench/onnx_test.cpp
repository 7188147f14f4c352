// SPDX-License-Identifier: MIT
// The ONNX models of the networks are sound, and as large and as laborious as what was published:
// an honest dense self.
#include "model/onnx.hpp"

#include <gtest/gtest.h>
#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <numeric>

namespace s4::bench {
namespace {

using Shapes = std::map<std::string, Dims>;

uint64_t product(const Dims& dims) {
  return std::accumulate(dims.begin(), dims.end(), uint64_t{1}, std::multiplies<>());
}

bool is_weights(const onnx::TensorProto& t) {
  return t.data_type() == onnx::TensorProto::FLOAT && t.dims_size() > 0;
}

uint64_t parameters(const onnx::ModelProto& model) {
  uint64_t sum = 0;
  for (const onnx::TensorProto& t : model.graph().initializer()) {
    sum += is_weights(t) ? product({t.dims().begin(), t.dims().end()}) : 0;
  }
  return sum;
}

std::map<std::string, int> operators(const onnx::ModelProto& model) {
  std::map<std::string, int> counts;
  for (const onnx::NodeProto& node : model.graph().node()) {
    ++counts[node.op_type()];
  }
  return counts;
}

// Weights that have no numbers become inputs, which need none.
onnx::ModelProto without_weights(const Network& network) {
  onnx::ModelProto model = make_onnx(network, Values::kNone);
  const auto all = model.graph().initializer();
  model.mutable_graph()->clear_initializer();
  for (const onnx::TensorProto& t : all) {
    if (!is_weights(t)) {
      *model.mutable_graph()->add_initializer() = t;
      continue;
    }
    onnx::ValueInfoProto& input = *model.mutable_graph()->add_input();
    input.set_name(t.name());
    auto* type = input.mutable_type()->mutable_tensor_type();
    type->set_elem_type(t.data_type());
    for (const int64_t dim : t.dims()) {
      type->mutable_shape()->add_dim()->set_dim_value(dim);
    }
  }
  return model;
}

// As ONNX's own rules find them; what the model says of its outputs is not believed.
Shapes infer_shapes(onnx::ModelProto model) {
  for (onnx::ValueInfoProto& output : *model.mutable_graph()->mutable_output()) {
    output.mutable_type()->mutable_tensor_type()->clear_shape();
  }
  onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(),
                                     onnx::ShapeInferenceOptions(true, 1, true));
  Shapes shapes;
  const auto note = [&](const auto& values) {
    for (const onnx::ValueInfoProto& value : values) {
      Dims& dims = shapes[value.name()];
      for (const auto& dim : value.type().tensor_type().shape().dim()) {
        dims.push_back(dim.dim_value());
      }
    }
  };
  note(model.graph().input());
  note(model.graph().value_info());
  note(model.graph().output());
  return shapes;
}

// Multiply-accumulates of the whole batch, from the operators alone.
uint64_t macs(const onnx::ModelProto& model, const Shapes& shapes) {
  uint64_t sum = 0;
  for (const onnx::NodeProto& node : model.graph().node()) {
    if (node.op_type() == "Conv") {
      const Dims& w = shapes.at(node.input(1));
      sum += product(shapes.at(node.output(0))) * product({w.begin() + 1, w.end()});
    } else if (node.op_type() == "MatMul" || node.op_type() == "Gemm") {
      sum += product(shapes.at(node.output(0))) *
             static_cast<uint64_t>(shapes.at(node.input(0)).back());
    }
  }
  return sum;
}

// torchvision's counts, of which folding leaves one of the two numbers that batch normalisation has
// a channel; and those of BERT with a head for questions, as its checkpoints have them.
struct Published {
  const char* network;
  uint32_t batch;
  uint64_t parameters;
  Dims output;
};

class OnnxTest : public testing::TestWithParam<Published> {
 protected:
  Network network_ = make_network(GetParam().network, S4_TYPE_INT8, GetParam().batch, 0);
  onnx::ModelProto model_ = without_weights(network_);
};

TEST_P(OnnxTest, HasThePublishedParameters) {
  EXPECT_EQ(parameters(make_onnx(network_, Values::kNone)), GetParam().parameters);
}

TEST_P(OnnxTest, PassesTheChecker) {
  EXPECT_NO_THROW(onnx::checker::check_model(model_));
}

TEST_P(OnnxTest, EndsInTheShapeThatItDeclares) {
  const onnx::ValueInfoProto& output = model_.graph().output(0);
  Dims declared;
  for (const auto& dim : output.type().tensor_type().shape().dim()) {
    declared.push_back(dim.dim_value());
  }
  EXPECT_EQ(declared, GetParam().output);
  EXPECT_EQ(infer_shapes(model_).at(output.name()), GetParam().output);
}

// Also of a batch whose attention the card does by parts.
TEST_P(OnnxTest, MultipliesAsMuchAsTheNetwork) {
  EXPECT_EQ(macs(model_, infer_shapes(model_)), network_.macs() * GetParam().batch);
}

INSTANTIATE_TEST_SUITE_P(Networks, OnnxTest,
                         testing::Values(Published{"resnet50", 2, 25'557'032 - 26'560, {2, 1000}},
                                         Published{"resnet101", 1, 44'549'160 - 52'672, {1, 1000}},
                                         Published{"resnet152", 1, 60'192'808 - 75'712, {1, 1000}},
                                         Published{"bert-base", 2, 108'893'186, {2, 128, 2}},
                                         Published{"bert-large", 3, 334'094'338, {3, 384, 2}}),
                         [](const auto& info) {
                           std::string name = info.param.network;
                           std::erase(name, '-');
                           return name;
                         });

TEST(OnnxNodesTest, ResnetHasItsLayers) {
  EXPECT_EQ(operators(make_onnx(make_network("resnet50", S4_TYPE_INT8, 1, 0), Values::kNone)),
            (std::map<std::string, int>{{"Add", 16},
                                        {"Conv", 53},
                                        {"Flatten", 1},
                                        {"Gemm", 1},
                                        {"GlobalAveragePool", 1},
                                        {"MaxPool", 1},
                                        {"Relu", 49}}));
}

TEST(OnnxNodesTest, BertHasItsLayers) {
  const auto counts =
      operators(make_onnx(make_network("bert-base", S4_TYPE_INT8, 1, 0), Values::kNone));
  EXPECT_EQ(counts.at("MatMul"), 12 * 6 + 1);
  EXPECT_EQ(counts.at("LayerNormalization"), 12 * 2 + 1);
  EXPECT_EQ(counts.at("Softmax"), 12);
  EXPECT_EQ(counts.at("Erf"), 12);
  EXPECT_EQ(counts.at("Gather"), 2);
}

// A convolution of images, their means, a classifier.
Network small_network() {
  return {"small",
          S4_TYPE_BF16,
          2,
          {{"images", 2, 8, 8, 3, S4_TYPE_BF16, true},
           {"conv", 2, 8, 8, 64, S4_TYPE_BF16},
           {"mean", 2, 1, 1, 64, S4_TYPE_BF16},
           {"fc", 2, 1, 1, 10, S4_TYPE_FLOAT32, true}},
          {{.name = "conv",
            .kind = Kind::kConv,
            .x = 0,
            .y = 1,
            .kernel = 3,
            .padding = 1,
            .activation = S4_ACT_RELU},
           {.name = "mean", .kind = Kind::kMean, .x = 1, .y = 2},
           {.name = "fc", .kind = Kind::kMatrix, .x = 2, .y = 3}}};
}

TEST(OnnxValuesTest, AModelWithItsNumbersPassesTheChecker) {
  const onnx::ModelProto model = make_onnx(small_network(), Values::kRandom);
  EXPECT_NO_THROW(onnx::checker::check_model(model));
  EXPECT_EQ(parameters(model), 64u * 27 + 64 + 640 + 10);
}

// Neither subnormal, which would slow the peer down, nor zero, which could speed it up.
TEST(OnnxValuesTest, WeightsAreOrdinaryNumbersOfBothSigns) {
  const onnx::ModelProto model = make_onnx(small_network(), Values::kRandom);
  for (const onnx::TensorProto& t : model.graph().initializer()) {
    std::vector<float> values(t.raw_data().size() / sizeof(float));
    std::memcpy(values.data(), t.raw_data().data(), t.raw_data().size());
    ASSERT_EQ(values.size(), product({t.dims().begin(), t.dims().end()})) << t.name();
    const double size = 1 / std::sqrt(t.name().starts_with("conv") ? 27.0 : 64.0);
    double sum = 0;
    double squares = 0;
    for (const float v : values) {
      EXPECT_GE(std::fabs(v), 0.65 * size) << t.name();
      EXPECT_LE(std::fabs(v), 1.31 * size) << t.name();
      sum += v;
      squares += double{v} * v;
    }
    const auto count = static_cast<double>(values.size());
    EXPECT_NEAR(std::sqrt(squares / count), size, 0.2 * size) << t.name();
    EXPECT_LT(std::fabs(sum / count), 5 * size / std::sqrt(count)) << t.name();
  }
}

TEST(OnnxValuesTest, WhatIsWrittenIsRead) {
  const auto file = std::filesystem::path(testing::TempDir()) / "s4_onnx_test.onnx";
  const onnx::ModelProto model = make_onnx(small_network(), Values::kRandom);
  write_onnx(model, file);
  onnx::ModelProto read;
  std::ifstream from(file, std::ios::binary);
  EXPECT_TRUE(read.ParseFromIstream(&from));
  EXPECT_EQ(read.SerializeAsString(), model.SerializeAsString());
  std::filesystem::remove(file);
}

TEST(OnnxValuesTest, AFileThatCannotBeWrittenIsSaid) {
  EXPECT_THROW(write_onnx(make_onnx(small_network(), Values::kNone), "/nowhere/model.onnx"),
               std::runtime_error);
}

}  // namespace
}  // namespace s4::bench
