// SPDX-License-Identifier: MIT
#include "compiler/lower/place.hpp"

#include <gtest/gtest.h>

#include <random>

namespace s4::compiler {
namespace {

TEST(Place, NoTwoBlocksThatLiveTogetherOverlap) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::vector<Lifetime> blocks(random() % 40 + 1);
    for (Lifetime& block : blocks) {
      block.bytes = random() % 5000 + 1;
      block.first = random() % 30;
      block.last = block.first + random() % 10;
    }
    const Arena arena = place(blocks);
    EXPECT_GE(arena.bytes, lower_bound(blocks));
    for (size_t i = 0; i < blocks.size(); ++i) {
      EXPECT_EQ(arena.offsets[i] % kPlaceAlign, 0u);
      EXPECT_LE(arena.offsets[i] + blocks[i].bytes, arena.bytes);
      for (size_t j = 0; j < i; ++j) {
        const bool together =
            blocks[i].first <= blocks[j].last && blocks[j].first <= blocks[i].last;
        const bool overlap = arena.offsets[i] < arena.offsets[j] + blocks[j].bytes &&
                             arena.offsets[j] < arena.offsets[i] + blocks[i].bytes;
        ASSERT_FALSE(together && overlap) << i << " and " << j;
      }
    }
  }
}

TEST(Place, AChainNeedsTwoBlocks) {
  const Lifetime chain[] = {{64, 0, 1}, {64, 1, 2}, {64, 2, 3}, {64, 3, 4}};
  EXPECT_EQ(place(chain).bytes, 128u);
  EXPECT_EQ(lower_bound(chain), 128u);
}

}  // namespace
}  // namespace s4::compiler
