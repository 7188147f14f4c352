// SPDX-License-Identifier: MIT
// The driver's requests, right and wrong.
#include "driver.hpp"

namespace s4::fwtest {
namespace {

class MailboxTest : public FirmwareTest {
 protected:
  uint32_t simple(uint32_t op, uint32_t arg = 0, uint32_t where = 0) {
    s4_mbox_message request{};
    request.op = op;
    request.args[where] = arg;
    return call(request).op;
  }
};
S4_FIRMWARE_SUITE(MailboxTest);

TEST_P(MailboxTest, PingAnswersWithItsArguments) {
  s4_mbox_message request{};
  request.op = S4_MBOX_PING;
  for (uint32_t i = 0; i < S4_MBOX_WORDS - 1; i++)
    request.args[i] = 0x1000 + i;
  const s4_mbox_message response = call(request);
  EXPECT_EQ(response.op, static_cast<uint32_t>(S4_MBOX_OK));
  for (uint32_t i = 0; i < S4_MBOX_WORDS - 1; i++)
    EXPECT_EQ(response.args[i], 0x1000 + i);
}

TEST_P(MailboxTest, UnknownRequestsAreRefused) {
  for (const uint32_t op : {0u, 6u, 0x80000000u, ~0u}) {
    EXPECT_EQ(simple(op), static_cast<uint32_t>(S4_MBOX_E_OP)) << op;
  }
}

TEST_P(MailboxTest, CreateChecksEveryArgument) {
  struct Case {
    const char* name;
    void (*spoil)(s4_mbox_queue_create&);
  };
  const Case cases[] = {
      {"slot", [](auto& q) { q.slot = 64; }},
      {"slot, huge", [](auto& q) { q.slot = ~0u; }},
      {"space", [](auto& q) { q.space = 64; }},
      {"space that is not enabled", [](auto& q) { q.space = 4; }},
      {"space that is not enabled, high", [](auto& q) { q.space = 33; }},
      {"core mode", [](auto& q) { q.core_mode = 3; }},
      {"core", [](auto& q) { q.core = 4; }},
      {"core of a four-core mode",
       [](auto& q) {
         q.core_mode = S4_CORE_MODE_SPLIT;
         q.core = 1;
       }},
      {"priority", [](auto& q) { q.priority = 3; }},
      {"vector of the control interrupts", [](auto& q) { q.vector = 0; }},
      {"vector", [](auto& q) { q.vector = 32; }},
      {"no entries", [](auto& q) { q.ring_entries = 0; }},
      {"one entry", [](auto& q) { q.ring_entries = 1; }},
      {"entries no power of two", [](auto& q) { q.ring_entries = 12; }},
      {"too many entries", [](auto& q) { q.ring_entries = 2048; }},
      {"ring misaligned", [](auto& q) { q.ring_lo += 32; }},
      {"results misaligned", [](auto& q) { q.results_lo += 8; }},
      {"state misaligned", [](auto& q) { q.state_lo += 1; }},
      {"ring wraps",
       [](auto& q) {
         q.ring_hi = ~0u;
         q.ring_lo = ~63u;
       }},
      {"state wraps",
       [](auto& q) {
         q.state_hi = ~0u;
         q.state_lo = ~63u;
       }},
      {"reserved 0", [](auto& q) { q.reserved[0] = 1; }},
      {"reserved 1", [](auto& q) { q.reserved[1] = 1; }},
  };
  for (const Case& bad : cases) {
    s4_mbox_message request = create_request({});
    bad.spoil(request.queue_create);
    EXPECT_EQ(call(request).op, static_cast<uint32_t>(S4_MBOX_E_ARG)) << bad.name;
    EXPECT_EQ(card_.exists, 0u) << bad.name;
  }
}

TEST_P(MailboxTest, QueuesExistFromCreateToDestroy) {
  create({.slot = 0});
  create({.slot = 33});
  create({.slot = 63});
  EXPECT_EQ(card_.exists, 1ull | 1ull << 33 | 1ull << 63);
  EXPECT_EQ(call(create_request({.slot = 33})).op, static_cast<uint32_t>(S4_MBOX_E_EXISTS));
  EXPECT_EQ(destroy(33), static_cast<uint32_t>(S4_MBOX_OK));
  EXPECT_EQ(destroy(33), static_cast<uint32_t>(S4_MBOX_E_EXISTS));
  EXPECT_EQ(card_.exists, 1ull | 1ull << 63);
}

TEST_P(MailboxTest, DestroyChecksItsArguments) {
  EXPECT_EQ(destroy(64), static_cast<uint32_t>(S4_MBOX_E_ARG));
  EXPECT_EQ(destroy(~0u), static_cast<uint32_t>(S4_MBOX_E_ARG));
  EXPECT_EQ(simple(S4_MBOX_QUEUE_DESTROY, 1, 14), static_cast<uint32_t>(S4_MBOX_E_ARG));
}

TEST_P(MailboxTest, DestroyIsBusyWhileAJobRunsAndDropsTheOthers) {
  TestQueue& queue = create();
  put_commands(1, kCommands, {fill_command()});
  queue.push(kCommands, 1);
  queue.push(kCommands, 1);
  queue.ring();
  run();
  EXPECT_EQ(destroy(0), static_cast<uint32_t>(S4_MBOX_E_BUSY));
  EXPECT_EQ(destroy(0), static_cast<uint32_t>(S4_MBOX_E_BUSY));
  card_.finish(S4_UNIT_DMA * S4_NUM_CORES);
  run();
  EXPECT_EQ(queue.fence(), 1u);
  EXPECT_EQ(destroy(0), static_cast<uint32_t>(S4_MBOX_OK));
  EXPECT_EQ(card_.started.size(), 1u);
}

TEST_P(MailboxTest, AQueueWhoseDestructionWasBusyReadsItsRingAnew) {
  TestQueue& queue = create();
  put_commands(1, kCommands, {fill_command(), spmm_command()});
  queue.push(kCommands, 1);
  queue.push(kCommands, 1);
  queue.ring();
  run();
  EXPECT_EQ(destroy(0), static_cast<uint32_t>(S4_MBOX_E_BUSY));
  // The second entry was copied together with the first; now it is another one.
  s4_ring_entry entry{};
  entry.seqno = 2;
  entry.commands_va = kCommands + sizeof(s4_cmd);
  entry.command_count = 1;
  card_.host.put(queue.ring_address() + sizeof(entry), entry);
  queue.ring();
  card_.finish(S4_UNIT_DMA * S4_NUM_CORES);
  run();
  EXPECT_EQ(card_.busy_units(), std::vector<unsigned>{S4_UNIT_SPU * S4_NUM_CORES});
}

TEST_P(MailboxTest, DestroyDropsJobsThatWaitForACore) {
  TestQueue& a = create({.slot = 0});
  TestQueue& b = create({.slot = 1});
  submit(a, {fill_command()});
  run();
  b.push(kCommands, 1);
  b.ring();
  run();
  EXPECT_EQ(destroy(1), static_cast<uint32_t>(S4_MBOX_OK));
  card_.finish(S4_UNIT_DMA * S4_NUM_CORES);
  run();
  EXPECT_EQ(card_.started.size(), 1u);
  EXPECT_EQ(b.fence(), 0u);
  EXPECT_EQ(a.fence(), 1u);
}

TEST_P(MailboxTest, ASlotThatIsUsedAgainStartsAfresh) {
  TestQueue& first = create({.entries = 8});
  for (int i = 0; i < 5; i++)
    first.push_empty();
  first.ring();
  run();
  EXPECT_EQ(destroy(0), static_cast<uint32_t>(S4_MBOX_OK));
  TestQueue& second = create({.entries = 4});
  EXPECT_EQ(second.fence(), 0u);
  second.push_empty();
  second.ring();
  run();
  EXPECT_EQ(second.fence(), 1u);
  EXPECT_EQ(second.result(1).seqno, 1u);
}

TEST_P(MailboxTest, EverythingIsWrittenBeforeDestroyAnswers) {
  TestQueue& queue = create();
  queue.push_empty();
  queue.ring();
  s4_mbox_message request{};
  request.op = S4_MBOX_QUEUE_DESTROY;
  card_.send(request);  // pending together with the doorbell
  run();
  EXPECT_EQ(card_.response().op, static_cast<uint32_t>(S4_MBOX_OK));
  EXPECT_EQ(queue.fence(), 1u);
}

TEST_P(MailboxTest, QuiesceAnswersWhenNothingRunsAndResumeGoesOn) {
  TestQueue& a = create({.slot = 0, .core = 0});
  TestQueue& b = create({.slot = 1, .core = 1});
  submit(a, {fill_command(), fill_command()});
  run();
  s4_mbox_message request{};
  request.op = S4_MBOX_QUIESCE;
  card_.send(request);
  run();
  EXPECT_TRUE(card_.mailbox_pending());
  b.push_empty();
  b.ring();
  run();
  EXPECT_EQ(b.fence(), 0u);
  card_.finish(S4_UNIT_DMA * S4_NUM_CORES);
  run();
  EXPECT_TRUE(card_.mailbox_pending());  // the job goes on to its end
  card_.finish(S4_UNIT_DMA * S4_NUM_CORES);
  run();
  EXPECT_FALSE(card_.mailbox_pending());
  EXPECT_EQ(card_.response().op, static_cast<uint32_t>(S4_MBOX_OK));
  EXPECT_EQ(a.fence(), 1u);
  EXPECT_EQ(b.fence(), 0u);
  EXPECT_EQ(simple(S4_MBOX_RESUME), static_cast<uint32_t>(S4_MBOX_OK));
  EXPECT_EQ(b.fence(), 1u);
}

TEST_P(MailboxTest, QuiesceOfAnIdleCardAnswersAtOnceAndRequestsStillWork) {
  EXPECT_EQ(simple(S4_MBOX_QUIESCE), static_cast<uint32_t>(S4_MBOX_OK));
  EXPECT_EQ(simple(S4_MBOX_PING), static_cast<uint32_t>(S4_MBOX_OK));
  TestQueue& queue = create();
  queue.push_empty();
  queue.ring();
  run();
  EXPECT_EQ(queue.fence(), 0u);
  EXPECT_EQ(simple(S4_MBOX_QUIESCE, 1), static_cast<uint32_t>(S4_MBOX_E_ARG));
  EXPECT_EQ(simple(S4_MBOX_RESUME, 1, 14), static_cast<uint32_t>(S4_MBOX_E_ARG));
  EXPECT_EQ(simple(S4_MBOX_RESUME), static_cast<uint32_t>(S4_MBOX_OK));
  EXPECT_EQ(queue.fence(), 1u);
}

}  // namespace
}  // namespace s4::fwtest
