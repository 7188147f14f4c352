// SPDX-License-Identifier: MIT
// Bad input and faults on demand, with the shipped firmware on the real card.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>

#include "commands.hpp"
#include "session.hpp"

#if defined(__SANITIZE_THREAD__)
extern "C" void AnnotateIgnoreWritesBegin(const char* file, int line);
extern "C" void AnnotateIgnoreWritesEnd(const char* file, int line);
#else
static void AnnotateIgnoreWritesBegin(const char*, int) {}
static void AnnotateIgnoreWritesEnd(const char*, int) {}
#endif

namespace s4::fwtest {
namespace {

// While it lives this thread's writes are races on purpose.
struct RaceOnPurpose {
  RaceOnPurpose() { AnnotateIgnoreWritesBegin(__FILE__, __LINE__); }
  ~RaceOnPurpose() { AnnotateIgnoreWritesEnd(__FILE__, __LINE__); }
};

class CardFaults : public testing::Test {
 protected:
  void SetUp() override { session.boot(); }
  void expect_alive() {
    EXPECT_EQ(session.machine.boot_state(), static_cast<uint32_t>(S4_BOOT_RUNNING));
    EXPECT_EQ(session.simple_call(S4_MBOX_PING), static_cast<uint32_t>(S4_MBOX_OK));
  }
  unsigned seed() {
    const char* text = std::getenv("S4_TEST_SEED");
    const unsigned seed = text ? std::atoi(text) : std::random_device{}();
    RecordProperty("seed", static_cast<int>(seed));
    return seed;
  }
  Session session;
};

TEST_F(CardFaults, AFaultOfTheFirmwaresOwnAccessNamesItsQueue) {
  Space space(session, 9);
  CardQueue queue(session, space, {.slot = 33, .core = 3});
  s4_ring_entry entry{};
  entry.commands_va = 0x7000000000;
  entry.command_count = 1;
  queue.wait(queue.submit_entry(entry));
  const s4_job_result result = queue.result(1);
  EXPECT_EQ(result.status, S4_E_UNMAPPED);
  EXPECT_EQ(result.fault_va, 0x7000000000u);
  const uint32_t info = session.machine.rd(S4_REG_FAULT_INFO);
  EXPECT_NE(info & S4_FAULT_VALID, 0u);
  EXPECT_EQ(S4_FAULT_SPACE(info), 9u);
  EXPECT_EQ(S4_FAULT_QUEUE(info), 33u);
  EXPECT_EQ(S4_FAULT_UNIT(info) / S4_NUM_CORES, static_cast<uint32_t>(S4_UNIT_FIRMWARE));
  EXPECT_EQ(S4_FAULT_CODE(info), static_cast<uint32_t>(S4_E_UNMAPPED));
  EXPECT_EQ(session.machine.rd64(S4_REG_FAULT_VA_LO), 0x7000000000u);
}

TEST_F(CardFaults, ReadOnlyMemoryIsNotWritten) {
  Space space(session, 1);
  CardQueue queue(session, space, {});
  const Buffer good = space.card_buffer(4096);
  const Buffer card = space.card_buffer(4096, false), host = space.host_buffer(4096, false);
  for (const Buffer& buffer : {card, host}) {
    const s4_job_result result =
        queue.run({fill(good.va, 4096, 1), fill(buffer.va + 64, 64, 1), fill(good.va, 4096, 2)});
    EXPECT_EQ(result.status, S4_E_READONLY);
    EXPECT_EQ(result.command, 1u);
    EXPECT_EQ(result.fault_va, buffer.va + 64);
    EXPECT_EQ(result.fault_access, S4_ACCESS_WRITE);
    EXPECT_EQ(result.fault_unit, S4_UNIT_DMA);
    EXPECT_EQ(buffer.data[64], 0);
    // And as a completion record:
    EXPECT_EQ(queue.run({}, buffer.va).status, S4_E_READONLY);
  }
}

TEST_F(CardFaults, AWeightIndexOutOfOrderNamesItsRow) {
  Space space(session, 1);
  CardQueue queue(session, space, {});
  const uint32_t rows = 8, k = 64;
  const Buffer x = space.host_buffer(k * 64), y = space.card_buffer(rows * 64 * 4);
  const Buffer values = space.card_buffer(rows * 8), indices = space.card_buffer(rows * 8);
  for (uint32_t i = 0; i < rows * 8; i++)
    indices.data[i] = static_cast<uint8_t>(i % 8 * 8);
  indices.data[5 * 8 + 3] = 63;  // row 5: 63, then 32
  const s4_job_result result = queue.run({spmm({.x = x.va,
                                                .y = y.va,
                                                .values = values.va,
                                                .indices = indices.va,
                                                .rows = rows,
                                                .k = k,
                                                .columns = 64,
                                                .degree = 8})});
  EXPECT_EQ(result.status, S4_E_INDEX);
  EXPECT_EQ(result.detail, 5u);
  EXPECT_EQ(result.fault_unit, S4_UNIT_SPU);
}

TEST_F(CardFaults, RandomDescriptorsFailCleanly) {
  std::mt19937 random(seed());
  Space space(session, 1);
  CardQueue queue(session, space, {});
  const Buffer data = space.card_buffer(1 << 16);
  const s4_cmd good[] = {fill(data.va, 4096, 1), copy(data.va, data.va + 8192, 4096),
                         add(data.va, data.va, data.va, 256), barrier(), timestamp(data.va)};
  for (int job = 0; job < 400; job++) {
    std::vector<s4_cmd> commands;
    for (uint32_t i = 0; i < 1 + random() % 20; i++) {
      s4_cmd cmd = good[random() % std::size(good)];
      // Flip some bits, or all bytes.
      auto* bytes = reinterpret_cast<uint8_t*>(&cmd);
      const uint32_t flips = random() % 4 == 0 ? 256 : random() % 3;
      for (uint32_t n = 0; n < flips; n++)
        bytes[random() % 256] ^= 1u << random() % 8;
      cmd.header.wait = ~0u;  // they share memory
      commands.push_back(cmd);
    }
    const s4_job_result result = queue.run(commands);
    ASSERT_LE(result.status, static_cast<uint32_t>(S4_E_INTERNAL));
    ASSERT_NE(result.status, static_cast<uint32_t>(S4_E_INTERNAL));
  }
  EXPECT_EQ(queue.run({good[0]}).status, S4_OK);
  expect_alive();
}

TEST_F(CardFaults, MemoryThatChangesUnderTheFirmwareHarmsNobodyElse) {
  std::mt19937 random(seed());
  Space bad_space(session, 1), good_space(session, 2);
  CardQueue bad(session, bad_space, {.slot = 0, .core = 0, .entries = 16});
  CardQueue good(session, good_space, {.slot = 1, .core = 1});
  const Buffer data = bad_space.card_buffer(1 << 16), mine = good_space.card_buffer(4096);
  std::atomic<bool> stop{false};
  std::thread vandal([&] {
    const RaceOnPurpose race;
    std::mt19937 own(1);
    auto* ring = reinterpret_cast<volatile uint8_t*>(bad.ring());
    while (!stop) {
      ring[own() % (16 * sizeof(s4_ring_entry))] = static_cast<uint8_t>(own());
      std::this_thread::yield();
    }
  });
  uint64_t seqno = 0;
  for (int i = 0; i < 500; i++) {
    bad.submit({fill(data.va, 4096, 1), copy(data.va, data.va + 8192, 4096, 1)});
    const s4_job_result result = good.run({fill(mine.va, 4096, i)});
    ASSERT_EQ(result.status, S4_OK);
    if (bad.tail() - seqno > 8) {
      session.machine.wait_for([&] { return bad.fence() >= 1 || bad.started() >= 1; }, "a job");
      seqno = bad.tail();
    }
    std::this_thread::yield();
  }
  stop = true;
  vandal.join();
  expect_alive();
}

TEST_F(CardFaults, AHungCommandStopsItsQueueAloneAndAResetFreesTheCard) {
  Space a(session, 1), b(session, 2);
  CardQueue hung(session, a, {.slot = 4, .core = 0}), other(session, b, {.slot = 5, .core = 1});
  const Buffer mine = a.card_buffer(4096), theirs = b.card_buffer(4096);
  session.machine.wr(S4_REG_FAULT_ARG, 4);
  session.machine.wr(S4_REG_FAULT_TRIGGER, S4_INJECT_HANG);
  hung.submit({fill(mine.va, 4096, 1)});
  for (int i = 0; i < 50; i++)
    ASSERT_EQ(other.run({fill(theirs.va, 4096, i)}).status, S4_OK);
  session.machine.wait_for([&] { return hung.started() == 1; }, "the job to start");
  const uint64_t progress = session.machine.rd64(S4_REG_PROGRESS(4));
  ASSERT_EQ(other.run({fill(theirs.va, 4096, 99)}).status, S4_OK);
  EXPECT_EQ(session.machine.rd64(S4_REG_PROGRESS(4)), progress);
  EXPECT_EQ(hung.fence(), 0u);
  // Its queue cannot be destroyed while it runs.
  EXPECT_EQ(session.simple_call(S4_MBOX_QUEUE_DESTROY, 4), static_cast<uint32_t>(S4_MBOX_E_BUSY));

  session.machine.wr(S4_REG_RESET, S4_RESET_KEY);
  session.machine.wait_boot_state(S4_BOOT_WAITING);
  s4_card_set_bus_master(session.machine.card(), 1);
  session.boot();
  Space again(session, 2);
  CardQueue fresh(session, again, {.slot = 5, .core = 0});
  const Buffer more = again.card_buffer(4096);
  EXPECT_EQ(fresh.run({fill(more.va, 4096, 7)}).status, S4_OK);
}

TEST_F(CardFaults, InjectedErrorsFailTheJobTheyHit) {
  Space space(session, 1);
  CardQueue queue(session, space, {});
  const Buffer card = space.card_buffer(1 << 16), host = space.host_buffer(1 << 16);
  session.machine.wr(S4_REG_FAULT_ARG, 1);
  session.machine.wr(S4_REG_FAULT_TRIGGER, S4_INJECT_DMA_ERROR);
  EXPECT_EQ(queue.run({copy(host.va, card.va, 4096)}).status, S4_E_DMA);
  EXPECT_EQ(queue.run({copy(host.va, card.va, 4096)}).status, S4_OK);
  session.machine.wr(S4_REG_FAULT_TRIGGER, S4_INJECT_ECC_UNCORRECTED);
  EXPECT_EQ(queue.run({copy(card.va, host.va, 4096)}).status, S4_E_ECC);
  EXPECT_EQ(queue.run({copy(card.va, host.va, 4096)}).status, S4_OK);
  session.machine.wait_for([&] { return session.telemetry().ecc_uncorrected == 1; },
                           "the ECC counter");
}

TEST_F(CardFaults, ACrashLeavesItsReasonInTheLog) {
  session.machine.wr(S4_REG_FAULT_TRIGGER, S4_INJECT_FW_CRASH);
  session.machine.wait_boot_state(S4_BOOT_CRASHED);
  EXPECT_NE(session.log().find("trap 2 at 0x2000"), std::string::npos) << session.log();
}

TEST_F(CardFaults, DoorbellsOfNoQueueAndAbsurdTailsAreHarmless) {
  Space space(session, 1);
  CardQueue queue(session, space, {.slot = 2});
  session.machine.wr(S4_REG_DOORBELL(3), 1);
  EXPECT_EQ(session.machine.rd(S4_REG_BAD_DOORBELLS), 1u);
  queue.doorbell(1000);
  session.machine.wait_for(
      [&] { return session.log().find("queue 2: doorbell 1000 refused") != std::string::npos; },
      "the log to say so");
  EXPECT_EQ(queue.run({}).status, S4_OK);
}

TEST_F(CardFaults, AnIdleCardWakesByItsTimerAndRestsAgain) {
  Session still({.stands_still = true});
  still.boot();
  const auto heartbeat = [&] { return still.machine.rd(S4_REG_HEARTBEAT); };
  for (int i = 0; i < 3; i++) {
    // It may have begun to rest only after the clock was advanced, with a second from then on to go.
    const uint32_t before = heartbeat();
    still.machine.wait_for(
        [&] {
          still.machine.advance_ns(1'000'000'000);
          std::this_thread::sleep_for(std::chrono::milliseconds(20));
          return heartbeat() != before;
        },
        "a wake");
  }
  // Its clock stands still, so it must come to rest, however long the wake itself takes here.
  still.machine.wait_for(
      [&] {
        const uint32_t before = heartbeat();
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        return heartbeat() == before;
      },
      "rest");
}

}  // namespace
}  // namespace s4::fwtest
