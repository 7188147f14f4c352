// SPDX-License-Identifier: MIT
// Every command of every network is one that the card takes, and weights are balanced as it wants
// them.
#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "model/build.hpp"
#include "model/cost.hpp"
#include "s4/abi/s4_check.h"

namespace s4::bench {
namespace {

constexpr uint64_t kOnChip = uint64_t{S4_SRAM_BYTES} * S4_NUM_CORES;
constexpr Bases kBases{.chip = S4_SRAM_VA, .dram = 1ull << 30, .weights = 1ull << 40};

struct Built {
  Network network;
  WeightPlan weights;
  Placement placement;
  std::vector<BuiltCommand> commands;
};

Built make(const std::string& name, s4_type precision, uint32_t batch, uint32_t degree) {
  Built built{make_network(name, precision, batch, 0), {}, {}, {}};
  built.weights = plan_weights(built.network, degree);
  built.placement = place(lifetimes(built.network), kOnChip);
  built.commands = build(built.network, built.placement, built.weights, kBases);
  return built;
}

bool within(const s4_range& range, uint64_t base, uint64_t bytes) {
  return range.begin >= base && range.begin + range.bytes <= base + bytes;
}

TEST(BuildTest, EveryCommandIsValidAndStaysInItsBlocks) {
  for (const char* name : {"resnet50", "resnet101", "resnet152", "bert-base", "bert-large"}) {
    for (const s4_type precision : {S4_TYPE_INT8, S4_TYPE_BF16}) {
      for (const uint32_t degree : {1u, 32u}) {
        const Built built = make(name, precision, 2, degree);
        for (const BuiltCommand& one : built.commands) {
          const std::string& layer = built.network.layers[one.layer].name;
          uint32_t detail = 0;
          ASSERT_EQ(s4_cmd_check(&one.command, &detail), S4_OK)
              << name << ", " << layer << ", field at " << detail;
          s4_operands operands;
          s4_cmd_operands(&one.command, &operands);
          for (uint32_t i = 0; i < operands.count; ++i) {
            const s4_range& range = operands.list[i].range;
            EXPECT_TRUE(within(range, kBases.chip, built.placement.chip_bytes) ||
                        within(range, kBases.dram, built.placement.dram_bytes) ||
                        within(range, kBases.weights, built.weights.bytes))
                << name << ", " << layer << ", operand " << i;
          }
        }
      }
    }
  }
}

TEST(BuildTest, WeightsAreBalancedAndAscending) {
  const Network network = make_network("resnet50", S4_TYPE_INT8, 1, 0);
  const WeightPlan plan = plan_weights(network, 16);
  for (size_t layer = 0; layer < 8; ++layer) {
    const LayerWeights& w = plan.layers[layer];
    if (w.degree <= 1) {
      continue;
    }
    const std::vector<std::byte> block = make_weights(plan, layer);
    const std::byte* indices = block.data() + (w.indices - w.begin);
    const uint64_t per_bank = S4_BANK / w.degree;
    for (uint64_t e = 0; e < w.entries; ++e) {
      ASSERT_LT(std::to_integer<unsigned>(indices[e]), S4_BANK);
      if (e % per_bank != 0) {
        ASSERT_GT(indices[e], indices[e - 1]) << "layer " << layer << ", entry " << e;
      }
    }
  }
}

TEST(BuildTest, FirstLayerStaysDenseAndTheClassifierNearlySo) {
  const Network network = make_network("resnet50", S4_TYPE_INT8, 1, 0);
  const WeightPlan plan = plan_weights(network, 32);
  std::map<std::string, uint32_t> degrees;
  for (size_t i = 0; i < network.layers.size(); ++i) {
    degrees[network.layers[i].name] = plan.layers[i].degree;
  }
  EXPECT_EQ(degrees["conv1"], 1u);
  EXPECT_EQ(degrees["fc"], kLowDegree);
  EXPECT_EQ(degrees["layer3.1.conv2"], 32u);
  EXPECT_EQ(plan_weights(network, 2).layers.back().degree, 2u);
}

// The array's work of a pruned layer is in proportion to what is left of it.
TEST(BuildTest, CostFollowsTheDegree) {
  const Built dense = make("resnet50", S4_TYPE_INT8, 8, 1);
  const Built pruned = make("resnet50", S4_TYPE_INT8, 8, 16);
  const auto dense_costs = layer_costs(dense.network.layers.size(), dense.commands);
  const auto pruned_costs = layer_costs(pruned.network.layers.size(), pruned.commands);
  for (size_t i = 0; i < dense_costs.size(); ++i) {
    const Layer& layer = dense.network.layers[i];
    if (layer.kernel == 1 && layer.kind == Kind::kConv) {
      EXPECT_EQ(dense_costs[i].parts.array, 16 * pruned_costs[i].parts.array) << layer.name;
    }
  }
  EXPECT_GT(sum(dense_costs).cycles, 2 * sum(pruned_costs).cycles);
}

TEST(BuildTest, TheGreatestPartBounds) {
  LayerCost cost;
  cost.parts = {.fixed = 3, .array = 1, .vpu = 2, .memory = 2};
  EXPECT_EQ(cost.bound(), "dispatch");
  cost.parts.vpu = 4;
  EXPECT_EQ(cost.bound(), "VPU");
  cost.parts.memory = 5;
  EXPECT_EQ(cost.bound(), "memory");
  cost.parts.array = 5;
  EXPECT_EQ(cost.bound(), "array");
}

}  // namespace
}  // namespace s4::bench
