// SPDX-License-Identifier: MIT
// Rings: order, wrapping, bad entries, bad doorbells, memory that changes or goes away.
#include <cstddef>

#include "driver.hpp"
#include "s4/abi/s4_mmu.h"

namespace s4::fwtest {
namespace {

class RingTest : public FirmwareTest {};
S4_FIRMWARE_SUITE(RingTest);

TEST_P(RingTest, EmptyJobEndsWithItsFenceAnInterruptAndProgress) {
  TestQueue& queue = create({.slot = 5, .vector = 9});
  card_.now_ns = 123'456'789;
  queue.push_empty();
  queue.ring();
  run();
  EXPECT_EQ(queue.fence(), 1u);
  EXPECT_EQ(queue.state().started, 1u);
  EXPECT_EQ(queue.state().jobs_failed, 0u);
  const s4_job_result result = queue.result(1);
  EXPECT_EQ(result.seqno, 1u);
  EXPECT_EQ(result.status, S4_OK);
  EXPECT_EQ(result.start_ns, 123'456'789u);
  EXPECT_EQ(result.end_ns, 123'456'789u);
  EXPECT_EQ(card_.vectors, std::vector<uint32_t>{9});
  EXPECT_EQ(card_.progress[5], 1u);
}

TEST_P(RingTest, ResultStandsInMemoryBeforeTheFence) {
  TestQueue& queue = create();
  queue.push_empty();
  queue.ring();
  // Nothing but the doorbell tells the firmware: the ring alone, without it, is not looked at.
  queue.push_empty();
  run();
  EXPECT_EQ(queue.fence(), 1u);
  queue.ring();
  run();
  EXPECT_EQ(queue.fence(), 2u);
}

TEST_P(RingTest, WrapsManyTimesAtEverySize) {
  uint32_t slot = 0;
  for (const uint32_t entries : {2u, 8u, 16u, 1024u}) {
    TestQueue& queue = create({.slot = slot++, .entries = entries});
    uint64_t last = 0;
    for (uint32_t batch = 1; last < 3 * entries; batch = batch % entries + 1) {
      for (uint32_t i = 0; i < batch; i++)
        last = queue.push_empty();
      queue.ring();
      run();
      ASSERT_EQ(queue.fence(), last);
      ASSERT_EQ(queue.result(last).seqno, last);
      if (last > 1 && batch > 1) {
        ASSERT_EQ(queue.result(last - 1).seqno, last - 1);
      }
    }
  }
}

TEST_P(RingTest, JobsThatEndTogetherShareOneInterrupt) {
  TestQueue& queue = create({.vector = 3});
  for (int i = 0; i < 8; i++)
    queue.push_empty();
  queue.ring();
  run();
  EXPECT_EQ(queue.fence(), 8u);
  EXPECT_EQ(card_.vectors, std::vector<uint32_t>{3});
  EXPECT_EQ(card_.progress[0], 8u);
}

TEST_P(RingTest, FirstSeqnoIsTheDriversChoice) {
  TestQueue& queue = create();
  queue.push(0, 0, 0, [](s4_ring_entry& entry) { entry.seqno = 1ull << 40; });
  queue.ring();
  run();
  EXPECT_EQ(queue.fence(), 1ull << 40);
  queue.push(0, 0, 0, [](s4_ring_entry& entry) { entry.seqno = (1ull << 40) + 1; });
  queue.ring();
  run();
  EXPECT_EQ(queue.fence(), (1ull << 40) + 1);
  EXPECT_EQ(queue.state().jobs_failed, 0u);
}

TEST_P(RingTest, TheFenceNeverGoesBackWhenADriverGoesOnAfterAReset) {
  TestQueue& queue = create();
  put_commands(1, kCommands, {fill_command()});
  queue.push(kCommands, 1, 0, [](s4_ring_entry& entry) { entry.seqno = 500; });
  queue.ring();
  run();
  EXPECT_EQ(queue.state().started, 500u);
  EXPECT_EQ(queue.fence(), 499u);
}

struct BadEntry {
  const char* name;
  uint32_t offset;
  void (*spoil)(s4_ring_entry&);
};

const BadEntry kBadEntries[] = {
    {"seqno repeated", offsetof(s4_ring_entry, seqno), [](s4_ring_entry& e) { e.seqno--; }},
    {"seqno skipped", offsetof(s4_ring_entry, seqno), [](s4_ring_entry& e) { e.seqno++; }},
    {"seqno high bits", offsetof(s4_ring_entry, seqno),
     [](s4_ring_entry& e) { e.seqno |= 1ull << 32; }},
    {"count", offsetof(s4_ring_entry, command_count),
     [](s4_ring_entry& e) { e.command_count = S4_MAX_COMMANDS + 1; }},
    {"count, huge", offsetof(s4_ring_entry, command_count),
     [](s4_ring_entry& e) { e.command_count = ~0u; }},
    {"commands misaligned", offsetof(s4_ring_entry, commands_va),
     [](s4_ring_entry& e) { e.commands_va += 32; }},
    {"commands beyond the space", offsetof(s4_ring_entry, commands_va),
     [](s4_ring_entry& e) { e.commands_va = S4_VA_END; }},
    {"commands leave the space", offsetof(s4_ring_entry, commands_va),
     [](s4_ring_entry& e) { e.commands_va = S4_VA_END - 128; }},
    {"commands wrap", offsetof(s4_ring_entry, commands_va),
     [](s4_ring_entry& e) { e.commands_va = ~63ull; }},
    {"flags", offsetof(s4_ring_entry, flags), [](s4_ring_entry& e) { e.flags = 1; }},
    {"completion misaligned", offsetof(s4_ring_entry, completion_va),
     [](s4_ring_entry& e) { e.completion_va += 8; }},
    {"completion beyond the space", offsetof(s4_ring_entry, completion_va),
     [](s4_ring_entry& e) { e.completion_va = S4_VA_END; }},
    {"completion wraps", offsetof(s4_ring_entry, completion_va),
     [](s4_ring_entry& e) { e.completion_va = ~63ull; }},
    {"reserved low", offsetof(s4_ring_entry, reserved),
     [](s4_ring_entry& e) { e.reserved[0] = 1; }},
    {"reserved high", offsetof(s4_ring_entry, reserved),
     [](s4_ring_entry& e) { e.reserved[3] = 1ull << 63; }},
};

TEST_P(RingTest, EveryBadFieldFailsThatJobAloneAndNamesTheField) {
  finish_at_once();
  TestQueue& queue = create();
  put_commands(1, kCommands, {fill_command()});
  uint64_t failed = 0;
  for (const BadEntry& bad : kBadEntries) {
    SCOPED_TRACE(bad.name);
    card_.started.clear();
    card_.spaces[1].put<s4_job_result>(kRecord, {});
    const uint64_t before = queue.push(kCommands, 1);
    const uint64_t seqno = queue.push(kCommands, 1, kRecord, bad.spoil);
    const uint64_t after = queue.push(kCommands, 1);
    queue.ring();
    run();
    EXPECT_EQ(queue.fence(), after);
    EXPECT_EQ(queue.result(before).status, S4_OK);
    EXPECT_EQ(queue.result(after).status, S4_OK);
    EXPECT_EQ(card_.started.size(), 2u);
    const s4_job_result result = queue.result(seqno);
    EXPECT_EQ(result.seqno, seqno);
    EXPECT_EQ(result.status, S4_E_JOB);
    EXPECT_EQ(result.detail, bad.offset);
    EXPECT_EQ(result.fault_unit, S4_UNIT_FIRMWARE);
    EXPECT_EQ(queue.state().jobs_failed, ++failed);
    const bool record = bad.offset != offsetof(s4_ring_entry, completion_va);
    EXPECT_EQ(card_.spaces[1].get<s4_job_result>(kRecord).seqno, record ? seqno : 0);
  }
}

TEST_P(RingTest, FirstSeqnoZeroIsRefused) {
  TestQueue& queue = create();
  queue.push(0, 0, 0, [](s4_ring_entry& entry) { entry.seqno = 0; });
  queue.ring();
  run();
  EXPECT_EQ(queue.fence(), 1u);
  EXPECT_EQ(queue.result(1).status, S4_E_JOB);
}

TEST_P(RingTest, DoorbellsThatMakeNoSenseAreIgnoredAndLogged) {
  TestQueue& queue = create({.entries = 8});
  for (const uint32_t tail : {9u, 100u, 0x80000000u, ~0u}) {
    card_.ring(0, tail);
    run();
    EXPECT_EQ(queue.fence(), 0u);
  }
  EXPECT_NE(card_.log().find("queue 0: doorbell 9 refused"), std::string::npos);
  queue.push_empty();
  queue.ring();
  run();
  EXPECT_EQ(queue.fence(), 1u);
}

TEST_P(RingTest, ARunningJobStillOccupiesItsEntry) {
  TestQueue& queue = create({.entries = 2});
  submit(queue, {fill_command()});
  run();
  ASSERT_EQ(card_.busy_units().size(), 1u);
  card_.ring(0, 3);  // entries 1 and 2, with entry 0 running in a ring of two
  run();
  card_.finish(S4_UNIT_DMA * S4_NUM_CORES);
  run();
  EXPECT_EQ(queue.fence(), 1u);
  EXPECT_NE(card_.log().find("doorbell 3 refused"), std::string::npos);
}

TEST_P(RingTest, AnEntryThatChangesWhileItIsReadIsUsedAsItWasCopied) {
  finish_at_once();
  TestQueue& queue = create();
  put_commands(1, kCommands, {fill_command()});
  card_.host.after_read = [&](uint64_t address, uint32_t bytes) {
    const std::vector<uint8_t> garbage(bytes, 0xff);
    card_.host.put(address, garbage.data(), bytes);
  };
  queue.push(kCommands, 1);
  queue.ring();
  run();
  EXPECT_EQ(queue.fence(), 1u);
  EXPECT_EQ(queue.result(1).status, S4_OK);
  EXPECT_EQ(card_.started.size(), 1u);
}

TEST_P(RingTest, ARingThatCannotBeReadRestsUntilTheNextDoorbell) {
  TestQueue& queue = create();
  TestQueue& other = create({.slot = 1, .core = 1});
  queue.push_empty();
  card_.host.unmap(queue.ring_address(), FakeMemory::kPage);
  queue.ring();
  run();
  EXPECT_EQ(queue.fence(), 0u);
  EXPECT_NE(card_.log().find("queue 0: ring cannot be read, status 9"), std::string::npos);
  other.push_empty();
  other.ring();
  run();
  EXPECT_EQ(other.fence(), 1u);

  // The entry was lost with the page; a whole one goes through.
  card_.host.map(queue.ring_address(), FakeMemory::kPage);
  s4_ring_entry entry{};
  entry.seqno = 1;
  card_.host.put(queue.ring_address(), entry);
  queue.ring();
  run();
  EXPECT_EQ(queue.fence(), 1u);
}

TEST_P(RingTest, ResultsThatCannotBeWrittenAreLogged) {
  TestQueue& queue = create();
  card_.host.unmap(queue.ring_address() + 0x40000, FakeMemory::kPage);
  queue.push_empty();
  queue.ring();
  run();
  EXPECT_FALSE(card_.crashed);
  EXPECT_NE(card_.log().find("cannot be written, status 9"), std::string::npos);
}

TEST_P(RingTest, QueuesOfEverySlotWork) {
  for (uint32_t slot = 0; slot < S4_NUM_QUEUES; slot++) {
    TestQueue& queue = create({.slot = slot, .core = slot % 4, .vector = 1 + slot % 31});
    queue.push_empty();
    queue.ring();
    run();
    ASSERT_EQ(queue.fence(), 1u) << slot;
  }
}

}  // namespace
}  // namespace s4::fwtest
