// SPDX-License-Identifier: MIT
// Jobs on four cores: how commands are split, when they end, what fails.
#include <set>

#include "driver.hpp"

namespace s4::fwtest {
namespace {

unsigned unit(s4_unit kind, unsigned core) {
  return kind * S4_NUM_CORES + core;
}

class WideTest : public FirmwareTest {};
S4_FIRMWARE_SUITE(WideTest);

TEST_P(WideTest, SplitSharesColumnsAndBroadcastSharesRows) {
  for (const uint32_t mode : {S4_CORE_MODE_SPLIT, S4_CORE_MODE_BROADCAST}) {
    TestQueue& queue = create({.slot = mode, .core_mode = mode});
    card_.started.clear();
    submit(queue, {spmm_command(0, 160, 640)});
    run();
    ASSERT_EQ(card_.started.size(), 4u);
    uint64_t at = 0;
    for (unsigned core = 0; core < 4; core++) {
      const auto& [index, dispatch] = card_.started[core];
      EXPECT_EQ(index, unit(S4_UNIT_SPU, core));
      EXPECT_EQ(
          dispatch.slice_axis,
          static_cast<uint32_t>(mode == S4_CORE_MODE_SPLIT ? S4_SLICE_COLUMNS : S4_SLICE_ROWS));
      EXPECT_EQ(dispatch.slice_begin, at);
      EXPECT_GT(dispatch.slice_end, at);
      EXPECT_EQ(dispatch.sram_core, 0);
      EXPECT_EQ(dispatch.sram_cores, 4);
      at = dispatch.slice_end;
    }
    EXPECT_EQ(at, mode == S4_CORE_MODE_SPLIT ? 640u : 160u);
    for (const unsigned busy : card_.busy_units())
      card_.finish(busy);
    run();
    EXPECT_EQ(queue.fence(), 1u);
  }
}

TEST_P(WideTest, ACommandTooSmallToShareRunsOnFewerCores) {
  TestQueue& queue = create({.core_mode = S4_CORE_MODE_SPLIT});
  submit(queue, {spmm_command(0, 64, 100)});  // two steps of 64 columns
  run();
  EXPECT_EQ(card_.busy_units(),
            (std::vector<unsigned>{unit(S4_UNIT_SPU, 0), unit(S4_UNIT_SPU, 1)}));
  EXPECT_EQ(card_.started[1].dispatch.slice_end, 100u);
}

TEST_P(WideTest, CopiesAreNotShared) {
  TestQueue& queue = create({.core_mode = S4_CORE_MODE_BROADCAST});
  submit(queue, {copy_command()});
  run();
  EXPECT_EQ(card_.busy_units(), std::vector<unsigned>{unit(S4_UNIT_DMA, 0)});
}

TEST_P(WideTest, ACommandEndsWhenItsLastShareDoes) {
  TestQueue& queue = create({.core_mode = S4_CORE_MODE_SPLIT});
  submit(queue, {spmm_command(), eltwise_command(1)});
  run();
  for (const unsigned core : {2u, 0u, 3u}) {
    card_.finish(unit(S4_UNIT_SPU, core));
    run();
    EXPECT_EQ(card_.started.size(), 4u);
  }
  card_.finish(unit(S4_UNIT_SPU, 1));
  run();
  EXPECT_EQ(card_.started.size(), 8u);
}

TEST_P(WideTest, AFaultOfAnyShareIsTheCommandsAndTheLowestCoresIsReported) {
  TestQueue& queue = create({.core_mode = S4_CORE_MODE_SPLIT});
  submit(queue, {spmm_command()});
  run();
  card_.finish(unit(S4_UNIT_SPU, 3), {.status = S4_E_INDEX, .detail = 30});
  run();
  card_.finish(unit(S4_UNIT_SPU, 0));
  card_.finish(unit(S4_UNIT_SPU, 1), {.status = S4_E_INDEX, .detail = 10});
  run();
  EXPECT_EQ(queue.fence(), 0u);
  card_.finish(unit(S4_UNIT_SPU, 2));
  run();
  EXPECT_EQ(queue.fence(), 1u);
  EXPECT_EQ(queue.result(1).status, S4_E_INDEX);
  EXPECT_EQ(queue.result(1).detail, 10u);
  EXPECT_EQ(queue.result(1).fault_core, 1);
}

TEST_P(WideTest, CardTimeIsTheSlowestSharesAndCoversAllCores) {
  TestQueue& one = create({.slot = 0, .core = 2});
  TestQueue& four = create({.slot = 1, .core_mode = S4_CORE_MODE_SPLIT});
  submit(one, {fill_command()});
  run();
  card_.finish(unit(S4_UNIT_DMA, 2), {.cycles = 1000});
  run();
  submit(four, {spmm_command()});
  run();
  for (unsigned core = 0; core < 4; core++) {
    card_.finish(unit(S4_UNIT_SPU, core), {.cycles = 10 * (core + 1)});
  }
  run();
  EXPECT_EQ(four.result(1).card_start, 1000u);  // core 2 was there already
  EXPECT_EQ(four.result(1).card_end, 1040u);
  TestQueue& other = create({.slot = 2, .core = 3});
  other.push_empty();
  other.ring();
  run();
  EXPECT_EQ(other.result(1).card_start, 1040u);
}

}  // namespace
}  // namespace s4::fwtest
