// SPDX-License-Identifier: MIT
// The networks have the sizes that were published.
#include <gtest/gtest.h>

#include <stdexcept>

#include "model/network.hpp"

namespace s4::bench {
namespace {

// torchvision's counts, of which those of parameters are exact here: less batch normalisation,
// which is folded, and the classifier's bias.
struct Published {
  const char* name;
  uint64_t weights;
  double macs;  // 10^9
};
constexpr Published kResnets[] = {
    {"resnet50", 25'557'032 - 53'120 - 1000, 4.09},
    {"resnet101", 44'549'160 - 105'344 - 1000, 7.80},
    {"resnet152", 60'192'808 - 151'424 - 1000, 11.51},
};

TEST(NetworkTest, ResnetsHaveThePublishedWeightsAndMacs) {
  for (const Published& published : kResnets) {
    for (const uint32_t batch : {1u, 8u}) {
      const Network network = make_network(published.name, S4_TYPE_INT8, batch, 0);
      EXPECT_EQ(network.weights(), published.weights) << published.name;
      EXPECT_NEAR(static_cast<double>(network.macs()) / 1e9, published.macs, 0.01)
          << published.name << ", batch " << batch;
    }
  }
}

// 12 or 24 encoders of 12 hidden^2 weights; the answer's head has two rows.
TEST(NetworkTest, BertsHaveThePublishedWeightsAndMacs) {
  const Network base = make_network("bert-base", S4_TYPE_INT8, 4, 0);
  EXPECT_EQ(base.weights(), 84'934'656u + 2 * 768);
  EXPECT_NEAR(static_cast<double>(base.macs()) / 1e9, 11.17, 0.01);  // of 128 tokens
  const Network large = make_network("bert-large", S4_TYPE_BF16, 3, 0);
  EXPECT_EQ(large.weights(), 301'989'888u + 2 * 1024);
  EXPECT_NEAR(static_cast<double>(large.macs()) / 1e9, 123.2, 0.1);  // of 384 tokens
}

TEST(NetworkTest, BertTakesWholeBanksOfTokensUpToItsPositions) {
  EXPECT_EQ(make_network("bert-base", S4_TYPE_INT8, 1, 512).tensors.front().width, 512u);
  EXPECT_THROW(make_network("bert-base", S4_TYPE_INT8, 1, 576), std::invalid_argument);
  EXPECT_THROW(make_network("bert-base", S4_TYPE_INT8, 1, 100), std::invalid_argument);
}

// Attention goes by parts of the batch, each sequence once.
TEST(NetworkTest, ScoresOfABatchAreOfEverySequenceOnce) {
  const Network network = make_network("bert-large", S4_TYPE_INT8, 5, 0);
  std::vector<uint32_t> images;
  for (const Layer& layer : network.layers) {
    if (layer.name == "layer3.scores") {
      for (uint32_t i = 0; i < network.y(layer).images; ++i) {
        images.push_back(layer.image + i);
      }
    }
  }
  EXPECT_EQ(images, (std::vector<uint32_t>{0, 1, 2, 3, 4}));
}

TEST(NetworkTest, ResnetEndsInAThousandLogitsAnImage) {
  const Network network = make_network("resnet50", S4_TYPE_BF16, 3, 0);
  const Tensor& logits = network.y(network.layers.back());
  EXPECT_EQ(logits.images, 3u);
  EXPECT_EQ(logits.channels, 1000u);
  EXPECT_EQ(logits.type, S4_TYPE_FLOAT32);
  EXPECT_TRUE(logits.outside);
}

// A window of the last output ends where the padded image does, but for a rest below the stride.
TEST(NetworkTest, WindowsCoverTheirImages) {
  const Network network = make_network("resnet101", S4_TYPE_INT8, 1, 0);
  for (const Layer& layer : network.layers) {
    if (layer.kind != Kind::kConv) {
      continue;
    }
    const uint32_t padded = network.x(layer).height + 2 * layer.padding;
    EXPECT_EQ(network.y(layer).height, (padded - layer.kernel) / layer.stride + 1) << layer.name;
  }
}

TEST(NetworkTest, AnotherNameIsRefusedWithTheKnownOnes) {
  try {
    make_network("resnet51", S4_TYPE_INT8, 1, 0);
    FAIL() << "there is no resnet51";
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("resnet50"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace s4::bench
