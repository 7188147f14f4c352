// SPDX-License-Identifier: MIT
// Jobs that fail: which command, why, and nothing lost for anybody else.
#include <cstddef>

#include "driver.hpp"
#include "s4/abi/s4_mmu.h"

namespace s4::fwtest {
namespace {

unsigned unit(s4_unit kind, unsigned core) {
  return kind * S4_NUM_CORES + core;
}

class FaultTest : public FirmwareTest {};
S4_FIRMWARE_SUITE(FaultTest);

TEST_P(FaultTest, AUnitsFaultEndsTheJobWithEverythingThatIsKnown) {
  TestQueue& queue = create({.core = 2});
  submit(queue, {fill_command(), spmm_command(), copy_command()}, kRecord);
  run();
  card_.finish(unit(S4_UNIT_SPU, 2), {.status = S4_E_UNMAPPED,
                                      .cycles = 5,
                                      .detail = 42,
                                      .access = S4_ACCESS_WRITE,
                                      .va = 0x1234'5678'9abc});
  run();
  EXPECT_EQ(queue.fence(), 0u);  // the fill is still in flight
  card_.finish(unit(S4_UNIT_DMA, 2));
  run();
  EXPECT_EQ(queue.fence(), 1u);
  EXPECT_EQ(card_.started.size(), 2u);  // the copy was not issued any more
  const auto record = card_.spaces[1].get<s4_job_result>(kRecord);
  for (const s4_job_result& result : {queue.result(1), record}) {
    EXPECT_EQ(result.seqno, 1u);
    EXPECT_EQ(result.status, S4_E_UNMAPPED);
    EXPECT_EQ(result.command, 1u);
    EXPECT_EQ(result.detail, 42u);
    EXPECT_EQ(result.fault_va, 0x1234'5678'9abcu);
    EXPECT_EQ(result.fault_access, S4_ACCESS_WRITE);
    EXPECT_EQ(result.fault_unit, S4_UNIT_SPU);
    EXPECT_EQ(result.fault_core, 2);
  }
  EXPECT_EQ(queue.state().jobs_failed, 1u);
}

TEST_P(FaultTest, TheNextJobRunsAsIfNothingHadHappened) {
  TestQueue& queue = create();
  submit(queue, {fill_command()});
  run();
  card_.finish(unit(S4_UNIT_DMA, 0), {.status = S4_E_READONLY});
  run();
  finish_at_once();
  submit(queue, {fill_command(1), spmm_command(3)});
  run();
  EXPECT_EQ(queue.fence(), 2u);
  EXPECT_EQ(queue.result(1).status, S4_E_READONLY);
  EXPECT_EQ(queue.result(2).status, S4_OK);
  EXPECT_EQ(queue.result(2).fault_va, 0u);
}

TEST_P(FaultTest, TheFirstFailedCommandInListOrderIsReported) {
  for (const bool first_ends_first : {true, false}) {
    TestQueue& queue = create({.slot = first_ends_first ? 0u : 1u});
    submit(queue, {fill_command(), spmm_command()});
    run();
    const unsigned dma = unit(S4_UNIT_DMA, 0), spu = unit(S4_UNIT_SPU, 0);
    const Outcome dma_fault{.status = S4_E_DMA, .cycles = 10};
    const Outcome spu_fault{.status = S4_E_ECC, .cycles = 99};
    if (first_ends_first) {
      card_.finish(dma, dma_fault);
      run();
      card_.finish(spu, spu_fault);
    } else {
      card_.finish(spu, spu_fault);
      run();
      card_.finish(dma, dma_fault);
    }
    run();
    const s4_job_result result = queue.result(1);
    EXPECT_EQ(result.status, S4_E_DMA);
    EXPECT_EQ(result.command, 0u);
    EXPECT_EQ(result.card_end - result.card_start, 10u);  // and not what came later
  }
}

TEST_P(FaultTest, ABadDescriptorIsNeverIssuedAndNamesItsField) {
  struct Case {
    const char* name;
    s4_cmd command;
    s4_status status;
    uint32_t detail;
  };
  s4_cmd opcode = fill_command(), zero{}, reserved = fill_command(), flags = fill_command();
  s4_cmd tail = fill_command(), align = fill_command(), overlap = copy_command();
  s4_cmd beyond = fill_command(), last = barrier_command(), stamp = timestamp_command(8);
  opcode.header.opcode = 999;
  reserved.header.reserved = 1ull << 40;
  flags.header.flags = 1;
  tail.body[239] = 1;
  align.fill.dst++;
  overlap.copy.dst = overlap.copy.src + 4095;
  beyond.fill.dst = S4_VA_END - 4092;
  last.body[0] = 1;
  const Case cases[] = {
      {"unknown opcode", opcode, S4_E_OPCODE, 0},
      {"all zero", zero, S4_E_OPCODE, 0},
      {"reserved", reserved, S4_E_FIELD, offsetof(s4_cmd, header.reserved)},
      {"flags", flags, S4_E_FIELD, offsetof(s4_cmd, header.flags)},
      {"last byte", tail, S4_E_FIELD, 255},
      {"alignment", align, S4_E_ALIGN, offsetof(s4_cmd, fill.dst)},
      {"overlap", overlap, S4_E_OVERLAP, offsetof(s4_cmd, copy.dst)},
      {"beyond the space", beyond, S4_E_FIELD, offsetof(s4_cmd, fill.dst)},
      {"barrier with a body", last, S4_E_FIELD, offsetof(s4_cmd, body)},
      {"timestamp", stamp, S4_E_ALIGN, offsetof(s4_cmd, timestamp.dst)},
  };
  finish_at_once();
  TestQueue& queue = create();
  for (const Case& bad : cases) {
    SCOPED_TRACE(bad.name);
    card_.started.clear();
    const uint64_t seqno = submit(queue, {spmm_command(), bad.command, spmm_command()});
    run();
    const s4_job_result result = queue.result(seqno);
    EXPECT_EQ(queue.fence(), seqno);
    EXPECT_EQ(result.status, bad.status);
    EXPECT_EQ(result.command, 1u);
    EXPECT_EQ(result.detail, bad.detail);
    EXPECT_EQ(result.fault_unit, S4_UNIT_FIRMWARE);
    EXPECT_EQ(card_.started.size(), 1u);
  }
}

TEST_P(FaultTest, ABadDescriptorWaitsForCommandsInFlight) {
  TestQueue& queue = create();
  s4_cmd bad{};
  submit(queue, {fill_command(), bad});
  run();
  EXPECT_EQ(queue.fence(), 0u);
  card_.finish(unit(S4_UNIT_DMA, 0), {.status = S4_E_DMA});
  run();
  // The fill comes first in the list.
  EXPECT_EQ(queue.result(1).status, S4_E_DMA);
  EXPECT_EQ(queue.result(1).command, 0u);
}

TEST_P(FaultTest, CardTimeOfAFailedJobCountsCommandsLongBefore) {
  TestQueue& queue = create();
  card_.decide = [](const FakeCard::Started& started) {
    return Outcome{.cycles = started.dispatch.command.header.opcode == S4_OP_FILL ? 100'000u : 1u};
  };
  std::vector<s4_cmd> commands(20, eltwise_command());
  commands[0] = fill_command();
  commands.push_back(s4_cmd{});
  submit(queue, commands);
  run();
  EXPECT_EQ(queue.result(1).command, 20u);
  EXPECT_EQ(queue.result(1).card_end - queue.result(1).card_start, 100'000u);
  // Beyond the 32 that are remembered one by one; start(32) is end(0) here.
  commands.insert(commands.begin() + 1, 30, eltwise_command());
  submit(queue, commands);
  run();
  EXPECT_EQ(queue.result(2).command, 50u);
  EXPECT_EQ(queue.result(2).card_end - queue.result(2).card_start, 100'000u + 18u);
}

TEST_P(FaultTest, CardTimeOfAFailedJobCountsCommandsThatLeftTheWindow) {
  TestQueue& queue = create();
  card_.decide = [](const FakeCard::Started& started) -> std::optional<Outcome> {
    const auto opcode = started.dispatch.command.header.opcode;
    if (opcode == S4_OP_SPMM)
      return std::nullopt;
    return Outcome{.cycles = opcode == S4_OP_FILL ? 100'000u : 1u};
  };
  std::vector<s4_cmd> commands(33, eltwise_command());
  commands[0] = fill_command();
  commands[31] = spmm_command();
  submit(queue, commands);
  run();
  ASSERT_EQ(card_.started.size(), 33u);
  card_.finish(unit(S4_UNIT_SPU, 0), {.status = S4_E_INDEX, .cycles = 5});
  run();
  EXPECT_EQ(queue.result(1).command, 31u);
  EXPECT_EQ(queue.result(1).card_end - queue.result(1).card_start, 100'000u);
}

TEST_P(FaultTest, AListThatCannotBeReadFailsAtItsFirstUnreadableCommand) {
  finish_at_once();
  TestQueue& queue = create();
  const uint64_t page = FakeMemory::kPage;
  // 20 commands; the last ones lie, in part, on a page that is not mapped.
  for (const uint64_t offset : {uint64_t{0}, uint64_t{64}, uint64_t{128}, uint64_t{192}}) {
    SCOPED_TRACE(offset);
    card_.started.clear();
    const uint64_t hole = kCommands + 64 * page;
    card_.spaces[1].map(hole, page);
    const uint64_t va = hole - 18 * sizeof(s4_cmd) - offset;
    put_commands(1, va, std::vector<s4_cmd>(20, fill_command()));
    card_.spaces[1].unmap(hole, page);
    queue.push(va, 20);
    queue.ring();
    run();
    const s4_job_result result = queue.result(queue.fence());
    EXPECT_EQ(result.status, S4_E_UNMAPPED);
    EXPECT_EQ(result.command, 18u);
    EXPECT_EQ(result.fault_va, hole);
    EXPECT_EQ(result.fault_access, S4_ACCESS_READ);
    EXPECT_EQ(result.fault_unit, S4_UNIT_FIRMWARE);
    EXPECT_EQ(card_.started.size(), 18u);
  }
  card_.spaces[1].map(kCommands + 64 * page, page);
}

TEST_P(FaultTest, AListThatIsNotMappedAtAllFailsAtCommandZero) {
  TestQueue& queue = create();
  queue.push(0x40000000, 5);
  queue.ring();
  run();
  const s4_job_result result = queue.result(1);
  EXPECT_EQ(result.status, S4_E_UNMAPPED);
  EXPECT_EQ(result.command, 0u);
  EXPECT_EQ(result.fault_va, 0x40000000u);
}

TEST_P(FaultTest, ATimestampThatCannotBeWrittenFailsTheJob) {
  TestQueue& queue = create();
  card_.spaces[1].map(0x600000, FakeMemory::kPage, false);
  submit(queue, {barrier_command(), timestamp_command(0x600010), barrier_command()});
  run();
  const s4_job_result result = queue.result(1);
  EXPECT_EQ(result.status, S4_E_READONLY);
  EXPECT_EQ(result.command, 1u);
  EXPECT_EQ(result.fault_va, 0x600010u);
  EXPECT_EQ(result.fault_access, S4_ACCESS_WRITE);
}

TEST_P(FaultTest, ARecordThatCannotBeWrittenFailsAJobThatWasWell) {
  finish_at_once();
  TestQueue& queue = create();
  submit(queue, {fill_command(), fill_command()}, 0x700040);
  run();
  const s4_job_result result = queue.result(1);
  EXPECT_EQ(result.status, S4_E_UNMAPPED);
  EXPECT_EQ(result.command, 2u);  // no command's fault
  EXPECT_EQ(result.fault_va, 0x700040u);
  EXPECT_EQ(result.fault_access, S4_ACCESS_WRITE);
  EXPECT_EQ(queue.state().jobs_failed, 1u);
}

TEST_P(FaultTest, ARecordThatCannotBeWrittenDoesNotHideTheJobsOwnFault) {
  TestQueue& queue = create();
  submit(queue, {fill_command()}, 0x700040);
  run();
  card_.finish(unit(S4_UNIT_DMA, 0), {.status = S4_E_ECC, .va = 0x123});
  run();
  EXPECT_EQ(queue.result(1).status, S4_E_ECC);
  EXPECT_EQ(queue.result(1).fault_va, 0x123u);
  EXPECT_EQ(queue.state().jobs_failed, 1u);
}

TEST_P(FaultTest, AFaultOfOneQueueLeavesTheOthersAlone) {
  TestQueue& a = create({.slot = 0, .core = 0});
  TestQueue& b = create({.slot = 1, .space = 2, .core = 1});
  submit(a, {fill_command()});
  submit(b, {fill_command()});
  run();
  card_.finish(unit(S4_UNIT_DMA, 0), {.status = S4_E_UNMAPPED});
  run();
  card_.finish(unit(S4_UNIT_DMA, 1));
  run();
  EXPECT_EQ(a.result(1).status, S4_E_UNMAPPED);
  EXPECT_EQ(b.result(1).status, S4_OK);
  EXPECT_EQ(b.state().jobs_failed, 0u);
}

}  // namespace
}  // namespace s4::fwtest
