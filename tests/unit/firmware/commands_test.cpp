// SPDX-License-Identifier: MIT
// A job's commands: to which unit, in what order, after what, and what is written at the end.
#include <algorithm>
#include <cstddef>
#include <cstring>

#include "driver.hpp"
#include "s4/abi/s4_mmu.h"

namespace s4::fwtest {
namespace {

unsigned unit(s4_unit kind, unsigned core) {
  return kind * S4_NUM_CORES + core;
}

class CommandsTest : public FirmwareTest {};
S4_FIRMWARE_SUITE(CommandsTest);

TEST_P(CommandsTest, EachCommandGoesToItsUnitOfTheQueuesCore) {
  for (unsigned core = 0; core < S4_NUM_CORES; core++) {
    TestQueue& queue = create({.slot = core + 10, .space = 2, .core = core});
    card_.started.clear();
    submit(queue, {copy_command(), spmm_command(), eltwise_command()});
    run();
    ASSERT_EQ(card_.started.size(), 3u);
    EXPECT_EQ(card_.started[0].unit, unit(S4_UNIT_DMA, core));
    EXPECT_EQ(card_.started[1].unit, unit(S4_UNIT_SPU, core));
    EXPECT_EQ(card_.started[2].unit, unit(S4_UNIT_VPU, core));
    for (const auto& started : card_.started) {
      EXPECT_EQ(started.dispatch.space, 2);
      EXPECT_EQ(started.dispatch.queue, core + 10);
      EXPECT_EQ(started.dispatch.sram_core, core);
      EXPECT_EQ(started.dispatch.sram_cores, 1);
      EXPECT_EQ(started.dispatch.slice_axis, static_cast<uint32_t>(S4_SLICE_ALL));
      EXPECT_EQ(started.dispatch.slice_begin, 0u);
      EXPECT_EQ(started.dispatch.slice_end, 1u);
      EXPECT_EQ(started.dispatch.reserved, 0u);
    }
    EXPECT_EQ(std::memcmp(
                  &card_.started[1].dispatch.command,
                  [] {
                    static s4_cmd cmd = spmm_command();
                    return &cmd;
                  }(),
                  sizeof(s4_cmd)),
              0);
    for (const unsigned busy : card_.busy_units())
      card_.finish(busy);
    run();
    EXPECT_EQ(queue.fence(), 1u);
  }
}

TEST_P(CommandsTest, OnChipMemoryIsClearedWhenAJobWithCommandsStarts) {
  finish_at_once();
  TestQueue& one = create({.slot = 0, .core = 2});
  TestQueue& four = create({.slot = 1, .core_mode = S4_CORE_MODE_SPLIT});
  submit(one, {fill_command()});
  run();
  submit(four, {fill_command()});
  run();
  one.push_empty();
  one.ring();
  run();
  EXPECT_EQ(card_.sram_cleared, (std::vector<uint32_t>{1u << 2, 0xf}));
}

TEST_P(CommandsTest, StartedIsKnownBeforeAnyCommandRuns) {
  TestQueue& queue = create();
  card_.decide = [&](const FakeCard::Started&) {
    EXPECT_EQ(queue.state().started, 1u);
    EXPECT_EQ(queue.fence(), 0u);
    return std::optional<Outcome>();
  };
  submit(queue, {fill_command()});
  run();
  ASSERT_EQ(card_.started.size(), 1u);
  EXPECT_EQ(queue.fence(), 0u);
  card_.finish(unit(S4_UNIT_DMA, 0));
  run();
  EXPECT_EQ(queue.fence(), 1u);
}

TEST_P(CommandsTest, ABusyUnitHoldsUpWhatFollows) {
  TestQueue& queue = create();
  submit(queue, {fill_command(), fill_command(), spmm_command()});
  run();
  // The second fill waits for the DMA unit, and the matmul, in order, for the second fill.
  EXPECT_EQ(card_.started.size(), 1u);
  card_.finish(unit(S4_UNIT_DMA, 0));
  run();
  EXPECT_EQ(card_.started.size(), 3u);
}

TEST_P(CommandsTest, WaitBitsNameEarlierCommands) {
  TestQueue& queue = create();
  submit(queue, {fill_command(), spmm_command(), eltwise_command(0b10)});
  run();
  ASSERT_EQ(card_.started.size(), 2u);
  card_.finish(unit(S4_UNIT_SPU, 0));  // not the one that it waits for
  run();
  ASSERT_EQ(card_.started.size(), 2u);
  card_.finish(unit(S4_UNIT_DMA, 0));
  run();
  EXPECT_EQ(card_.started.size(), 3u);
}

TEST_P(CommandsTest, WaitBitsBeforeTheFirstCommandAreIgnored) {
  finish_at_once();
  TestQueue& queue = create();
  submit(queue, {fill_command(~0u), copy_command(~0u)});
  run();
  EXPECT_EQ(queue.fence(), 1u);
  EXPECT_EQ(queue.result(1).status, S4_OK);
}

TEST_P(CommandsTest, ALongCommandHoldsUpTheOne32AfterIt) {
  TestQueue& queue = create();
  card_.decide = [&](const FakeCard::Started& started) -> std::optional<Outcome> {
    if (started.unit == unit(S4_UNIT_DMA, 0))
      return std::nullopt;
    return Outcome{.cycles = 1};
  };
  std::vector<s4_cmd> commands(50, eltwise_command());
  commands[0] = fill_command();
  submit(queue, commands);
  run();
  EXPECT_EQ(card_.started.size(), 32u);
  card_.finish(unit(S4_UNIT_DMA, 0));
  run();
  EXPECT_EQ(card_.started.size(), 50u);
  EXPECT_EQ(queue.fence(), 1u);
}

TEST_P(CommandsTest, NothingPassesABarrier) {
  TestQueue& queue = create();
  submit(queue, {fill_command(), spmm_command(), barrier_command(), eltwise_command()});
  run();
  ASSERT_EQ(card_.started.size(), 2u);
  card_.finish(unit(S4_UNIT_DMA, 0));
  run();
  ASSERT_EQ(card_.started.size(), 2u);
  card_.finish(unit(S4_UNIT_SPU, 0));
  run();
  EXPECT_EQ(card_.started.size(), 3u);
}

TEST_P(CommandsTest, TimestampIsWrittenWhenEverythingBeforeHasEnded) {
  TestQueue& queue = create();
  card_.spaces[1].put<s4_timestamp>(kRecord, {});
  submit(queue, {fill_command(), timestamp_command(kRecord)});
  run();
  EXPECT_EQ(card_.spaces[1].get<s4_timestamp>(kRecord).time_ns, 0u);
  card_.now_ns = 0x1'2345'6789;
  card_.finish(unit(S4_UNIT_DMA, 0), {.cycles = 777});
  run();
  const auto stamp = card_.spaces[1].get<s4_timestamp>(kRecord);
  EXPECT_EQ(stamp.time_ns, 0x1'2345'6789u);
  EXPECT_EQ(stamp.card_cycles, 777u);
  EXPECT_EQ(queue.fence(), 1u);
}

TEST_P(CommandsTest, LongListsAreReadInPieces) {
  finish_at_once(3);
  TestQueue& queue = create();
  for (const uint32_t count : {1u, 15u, 16u, 17u, 31u, 32u, 33u, 64u, 257u, 1000u}) {
    card_.started.clear();
    std::vector<s4_cmd> commands;
    for (uint32_t i = 0; i < count; i++) {
      commands.push_back(fill_command());
      commands.back().fill.dst = 0x400000 + 64 * i;
    }
    const uint64_t seqno = submit(queue, commands);
    run();
    ASSERT_EQ(queue.fence(), seqno);
    ASSERT_EQ(card_.started.size(), count);
    for (uint32_t i = 0; i < count; i++) {
      ASSERT_EQ(card_.started[i].dispatch.command.fill.dst, 0x400000 + 64 * i);
    }
    const s4_job_result result = queue.result(seqno);
    EXPECT_EQ(result.card_end - result.card_start, 3u * count);
  }
}

TEST_P(CommandsTest, TheLongestListRuns) {
  finish_at_once(1);
  TestQueue& queue = create();
  card_.spaces[1].map(0x10000000, S4_MAX_COMMANDS * sizeof(s4_cmd));
  const std::vector<s4_cmd> commands(S4_MAX_COMMANDS, fill_command());
  put_commands(1, 0x10000000, commands);
  queue.push(0x10000000, S4_MAX_COMMANDS);
  queue.ring();
  run();
  EXPECT_EQ(queue.fence(), 1u);
  EXPECT_EQ(queue.result(1).status, S4_OK);
  EXPECT_EQ(card_.started.size(), S4_MAX_COMMANDS);
  EXPECT_EQ(card_.progress[0], S4_MAX_COMMANDS + 1u);
}

TEST_P(CommandsTest, CommandsThatChangeAfterTheyWereReadRunAsTheyWere) {
  finish_at_once();
  TestQueue& queue = create();
  unsigned reads = 0;
  card_.spaces[1].after_read = [&](uint64_t address, uint32_t bytes) {
    reads++;
    const std::vector<uint8_t> garbage(bytes, 0xff);
    card_.spaces[1].put(address, garbage.data(), bytes);
  };
  submit(queue, std::vector<s4_cmd>(20, fill_command()));
  run();
  EXPECT_EQ(reads, 2u);
  EXPECT_EQ(queue.result(1).status, S4_OK);
  EXPECT_EQ(card_.started.size(), 20u);
}

TEST_P(CommandsTest, TheCompletionRecordIsTheResult) {
  finish_at_once(50);
  TestQueue& queue = create();
  submit(queue, {fill_command()}, kRecord + 64);
  run();
  const auto record = card_.spaces[1].get<s4_job_result>(kRecord + 64);
  const s4_job_result result = queue.result(1);
  EXPECT_EQ(std::memcmp(&record, &result, sizeof(result)), 0);
  EXPECT_EQ(record.seqno, 1u);
  EXPECT_EQ(record.card_end - record.card_start, 50u);
}

TEST_P(CommandsTest, EmptyJobsHaveCompletionRecordsToo) {
  TestQueue& queue = create();
  queue.push(0, 0, kRecord);
  queue.ring();
  run();
  EXPECT_EQ(card_.spaces[1].get<s4_job_result>(kRecord).seqno, 1u);
}

TEST_P(CommandsTest, ProgressCountsEveryCommand) {
  finish_at_once();
  TestQueue& queue = create({.slot = 7});
  submit(queue, {fill_command(), barrier_command(), timestamp_command(kRecord)});
  run();
  EXPECT_EQ(card_.progress[7], 4u);  // and the job
}

TEST_P(CommandsTest, JobsOfTwoCoresOverlap) {
  TestQueue& a = create({.slot = 0, .core = 0});
  TestQueue& b = create({.slot = 1, .space = 2, .core = 3});
  submit(a, {fill_command()});
  submit(b, {fill_command()});
  run();
  EXPECT_EQ(card_.busy_units(),
            (std::vector<unsigned>{unit(S4_UNIT_DMA, 0), unit(S4_UNIT_DMA, 3)}));
  card_.finish(unit(S4_UNIT_DMA, 3));
  run();
  EXPECT_EQ(a.fence(), 0u);
  EXPECT_EQ(b.fence(), 1u);
  card_.finish(unit(S4_UNIT_DMA, 0));
  run();
  EXPECT_EQ(a.fence(), 1u);
}

TEST_P(CommandsTest, JobsOfOneQueueRunOneAfterTheOther) {
  TestQueue& queue = create();
  put_commands(1, kCommands, {fill_command(), spmm_command()});
  queue.push(kCommands, 1);
  queue.push(kCommands + sizeof(s4_cmd), 1);
  queue.push_empty();
  queue.ring();
  run();
  EXPECT_EQ(card_.started.size(), 1u);
  card_.finish(unit(S4_UNIT_DMA, 0));
  run();
  EXPECT_EQ(queue.fence(), 1u);
  EXPECT_EQ(queue.state().started, 2u);
  card_.finish(unit(S4_UNIT_SPU, 0));
  run();
  EXPECT_EQ(queue.fence(), 3u);
}

}  // namespace
}  // namespace s4::fwtest
