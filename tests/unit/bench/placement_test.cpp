// SPDX-License-Identifier: MIT
// Two tensors that are needed at the same time never share a byte, whatever their sizes and lives.
#include <gtest/gtest.h>

#include "model/placement.hpp"
#include "seed.hpp"

namespace s4::bench {
namespace {

bool meet(const Lifetime& a, const Lifetime& b) {
  return a.first <= b.last && b.first <= a.last;
}

void expect_sound(std::span<const Lifetime> tensors, const Placement& placement,
                  uint64_t capacity) {
  ASSERT_EQ(placement.spots.size(), tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Spot& a = placement.spots[i];
    const uint64_t end = a.offset + tensors[i].bytes;
    EXPECT_EQ(a.offset % kPlaceAlign, 0u);
    EXPECT_LE(end, a.on_chip ? placement.chip_bytes : placement.dram_bytes);
    EXPECT_FALSE(a.on_chip && tensors[i].in_dram);
    for (size_t j = 0; j < i; ++j) {
      const Spot& b = placement.spots[j];
      if (a.on_chip == b.on_chip && meet(tensors[i], tensors[j])) {
        EXPECT_TRUE(end <= b.offset || b.offset + tensors[j].bytes <= a.offset)
            << "tensors " << i << " and " << j;
      }
    }
  }
  EXPECT_LE(placement.chip_bytes, capacity);
}

TEST(PlacementTest, RandomTensorsDoNotOverlapWhileTheyLive) {
  test::Random random;
  SCOPED_TRACE(random.text());
  for (int round = 0; round < 100; ++round) {
    std::vector<Lifetime> tensors(random.number(1, 60));
    for (Lifetime& tensor : tensors) {
      tensor.bytes = random.number(1, 5000);
      tensor.first = random.number(0, 30);
      tensor.last = tensor.first + random.number(0, 8);
      tensor.in_dram = random.chance(12);
    }
    const uint64_t capacity = random.number(0, 20000);
    expect_sound(tensors, place(tensors, capacity), capacity);
  }
}

TEST(PlacementTest, NetworksDoNotOverlapAtAnyBatch) {
  for (const char* name : {"resnet50", "resnet152", "bert-base"}) {
    for (const uint32_t batch : {1u, 8u, 32u}) {
      const Network network = make_network(name, S4_TYPE_INT8, batch, 0);
      const std::vector<Lifetime> lives = lifetimes(network);
      const uint64_t capacity = 32 << 20;
      expect_sound(lives, place(lives, capacity), capacity);
    }
  }
}

TEST(PlacementTest, PlacesAreUsedAgain) {
  const Lifetime tensors[] = {{1000, 0, 1, false}, {1000, 1, 2, false}, {1000, 2, 3, false}};
  const Placement placement = place(tensors, 2048);
  EXPECT_TRUE(placement.spots[0].on_chip);
  EXPECT_EQ(placement.spots[2].offset, placement.spots[0].offset);
  EXPECT_EQ(placement.chip_bytes, 2048u);
  EXPECT_EQ(placement.dram_bytes, 0u);
}

TEST(PlacementTest, WhatFindsNoRoomGoesToDramAndTheRestStays) {
  const Lifetime tensors[] = {{64, 0, 5, false}, {200, 0, 5, false}, {64, 0, 5, true}};
  const Placement placement = place(tensors, 128);
  EXPECT_TRUE(placement.spots[0].on_chip);
  EXPECT_FALSE(placement.spots[1].on_chip);
  EXPECT_FALSE(placement.spots[2].on_chip);
  EXPECT_EQ(placement.dram_bytes, 256u + 64u);
}

// The host's tensors keep their place before, during and after the network.
TEST(PlacementTest, InputAndOutputLiveInDramAllTheTime) {
  const Network network = make_network("resnet50", S4_TYPE_INT8, 1, 0);
  const std::vector<Lifetime> lives = lifetimes(network);
  for (size_t i = 0; i < lives.size(); ++i) {
    EXPECT_EQ(lives[i].in_dram, network.tensors[i].outside);
    EXPECT_EQ(network.tensors[i].outside,
              lives[i].first == 0 && lives[i].last == network.layers.size());
  }
}

}  // namespace
}  // namespace s4::bench
