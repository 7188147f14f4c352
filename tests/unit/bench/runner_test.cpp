// SPDX-License-Identifier: MIT
// A network runs on the emulated card, which accounts for it as the model says.
#include "model/runner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "model/cost.hpp"
#include "model/profile.hpp"
#include "s4/abi/s4_limits.h"

namespace s4::bench {
namespace {

constexpr const char* kDevice = "sim:memory=1G,threads=2";

struct OnCard {
  Network network;
  WeightPlan weights = plan_weights(network, 16);
  Placement placement = place(lifetimes(network), uint64_t{S4_SRAM_BYTES} * S4_NUM_CORES);
  Runner runner{kDevice, network, weights, placement};
  std::vector<BuiltCommand> commands = build(network, placement, weights, runner.bases());

  std::vector<float> output() {
    const Layer& last = network.layers.back();
    const auto data = runner.download(placement.spots[static_cast<size_t>(last.y)].offset,
                                      network.y(last).bytes());
    std::vector<float> values(data.size() / sizeof(float));
    std::memcpy(values.data(), data.data(), data.size());
    return values;
  }
};

struct Case {
  const char* network;
  s4_type precision;
};

class RunnerTest : public testing::TestWithParam<Case> {
 protected:
  // BERT of one bank of tokens.
  Network network() const { return make_network(GetParam().network, GetParam().precision, 1, 64); }
};

TEST_P(RunnerTest, TheCardAccountsForTheSumOfTheLayers) {
  OnCard run{network()};
  run.runner.load(run.commands);
  const Runner::Inference first = run.runner.infer();
  const auto costs = layer_costs(run.network.layers.size(), run.commands);
  // Of BERT, values are laid out while the SPUs have the scores; of ResNet, each layer waits for
  // the last.
  EXPECT_LE(first.card_cycles, sum(costs).cycles);
  EXPECT_GE(first.card_cycles, GetParam().network == std::string("resnet50")
                                   ? sum(costs).cycles
                                   : sum(costs).cycles * 9 / 10);
  EXPECT_EQ(run.runner.infer().card_cycles, first.card_cycles);
  EXPECT_GT(first.seconds, 0);
  EXPECT_TRUE(thread_seconds(kFirmwareThread));
}

// Random weights are scaled so that what comes out still depends on what came in.
TEST_P(RunnerTest, ResultsAreFiniteAndDiffer) {
  OnCard run{network()};
  run.runner.load(run.commands);
  run.runner.infer();
  std::vector<float> values = run.output();
  ASSERT_EQ(values.size(), run.network.y(run.network.layers.back()).elements());
  EXPECT_TRUE(std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); }));
  std::sort(values.begin(), values.end());
  EXPECT_GT(std::unique(values.begin(), values.end()) - values.begin(), 100);
}

TEST_P(RunnerTest, EveryLayerTakesTimeOnTheHost) {
  OnCard run{network()};
  const std::vector<double> seconds =
      run.runner.layer_seconds(run.commands, run.network.layers.size());
  ASSERT_EQ(seconds.size(), run.network.layers.size());
  for (size_t i = 0; i < seconds.size(); ++i) {
    EXPECT_GT(seconds[i], 0) << run.network.layers[i].name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Networks, RunnerTest,
    testing::Values(Case{"resnet50", S4_TYPE_INT8}, Case{"resnet50", S4_TYPE_BF16},
                    Case{"bert-base", S4_TYPE_INT8}, Case{"bert-base", S4_TYPE_BF16}),
    [](const auto& info) {
      return (info.param.network[0] == 'r' ? std::string("Resnet") : std::string("Bert")) +
             (info.param.precision == S4_TYPE_INT8 ? "Int8" : "Bf16");
    });

}  // namespace
}  // namespace s4::bench
