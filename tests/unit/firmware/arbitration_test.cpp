// SPDX-License-Identifier: MIT
// Which job runs next: shares by priority, nobody starves, four-core jobs get their turn.
#include <map>
#include <random>

#include "driver.hpp"

namespace s4::fwtest {
namespace {

class ArbitrationTest : public FirmwareTest {
 protected:
  // A queue whose jobs never run out: a job is one fill in the queue's own list.
  TestQueue& busy_queue(const QueueOptions& options) {
    QueueOptions with = options;
    with.entries = 64;
    TestQueue& queue = create(with);
    put_commands(options.space, list(options.slot),
                 {options.core_mode == S4_CORE_MODE_ONE ? fill_command() : spmm_command()});
    queues_[options.slot] = &queue;
    return queue;
  }
  void refill() {
    for (auto& [slot, queue] : queues_) {
      bool any = false;
      while (pushed_[slot] - queue->fence() < 4) {
        pushed_[slot] = queue->push(list(slot), 1);
        any = true;
      }
      if (any)
        queue->ring();
    }
  }
  static uint64_t list(uint32_t slot) { return kCommands + slot * 256; }

  // Runs `rounds` rounds in each of which every job that runs ends with `cycles(slot)`.
  void play(int rounds, const std::function<uint64_t(uint32_t)>& cycles) {
    for (int round = 0; round < rounds; round++) {
      refill();
      run();
      for (const unsigned unit : card_.busy_units()) {
        const uint32_t slot = card_.at_work(unit).queue;
        ended_[slot]++;
        time_[slot] += cycles(slot);
        card_.finish(unit, {.cycles = cycles(slot)});
      }
      run();
    }
  }

  std::map<uint32_t, TestQueue*> queues_;
  std::map<uint32_t, uint64_t> pushed_, ended_, time_;
};
S4_FIRMWARE_SUITE(ArbitrationTest);

TEST_P(ArbitrationTest, PrioritiesShareACoresTime8To4To1) {
  busy_queue({.slot = 0, .priority = S4_PRIORITY_LOW});
  busy_queue({.slot = 1, .priority = S4_PRIORITY_NORMAL});
  busy_queue({.slot = 2, .priority = S4_PRIORITY_HIGH});
  play(1300, [](uint32_t) { return 1000; });
  EXPECT_NEAR(ended_[0], 100, 5);
  EXPECT_NEAR(ended_[1], 400, 10);
  EXPECT_NEAR(ended_[2], 800, 10);
}

TEST_P(ArbitrationTest, SharesAreOfTimeNotOfJobs) {
  busy_queue({.slot = 0});
  busy_queue({.slot = 1});
  play(1000, [](uint32_t slot) { return slot == 0 ? 1'000'000 : 100'000; });
  EXPECT_NEAR(static_cast<double>(time_[0]) / time_[1], 1.0, 0.1);
  EXPECT_GT(ended_[1], 8 * ended_[0]);
}

TEST_P(ArbitrationTest, EqualQueuesTakeTurns) {
  for (uint32_t slot = 0; slot < 8; slot++)
    busy_queue({.slot = slot});
  play(800, [](uint32_t) { return 500; });
  for (uint32_t slot = 0; slot < 8; slot++)
    EXPECT_NEAR(ended_[slot], 100, 1) << slot;
}

TEST_P(ArbitrationTest, TheLowestOfManyStillRuns) {
  for (uint32_t slot = 0; slot < 63; slot++) {
    busy_queue({.slot = slot, .priority = S4_PRIORITY_HIGH});
  }
  busy_queue({.slot = 63, .priority = S4_PRIORITY_LOW});
  play(1100, [](uint32_t) { return 0; });
  EXPECT_GE(ended_[63], 2u);
}

TEST_P(ArbitrationTest, IdleTimeIsNotBanked) {
  busy_queue({.slot = 0});
  play(500, [](uint32_t) { return 1000; });
  busy_queue({.slot = 1});  // has not run for all that time
  ended_.clear();
  play(100, [](uint32_t) { return 1000; });
  EXPECT_NEAR(ended_[0], 50, 2);
  EXPECT_NEAR(ended_[1], 50, 2);
}

TEST_P(ArbitrationTest, AFourCoreJobGetsItsTurnAmongOneCoreJobs) {
  for (uint32_t core = 0; core < 4; core++) {
    busy_queue({.slot = core, .core = core, .priority = S4_PRIORITY_HIGH});
  }
  busy_queue({.slot = 4, .core_mode = S4_CORE_MODE_SPLIT, .priority = S4_PRIORITY_LOW});
  // One core's job ends at a time, so that without a reservation all four would never be free.
  std::mt19937 random(7);
  uint64_t wide = 0;
  for (int round = 0; round < 2000; round++) {
    refill();
    run();
    const auto units = card_.busy_units();
    ASSERT_FALSE(units.empty());
    const unsigned unit = units[random() % units.size()];
    wide += card_.at_work(unit).queue == 4;
    card_.finish(unit, {.cycles = 1000});
    run();
  }
  EXPECT_GE(wide / 4, 20u);
  for (uint32_t core = 0; core < 4; core++)
    EXPECT_GT(queues_[core]->fence(), 200u);
}

TEST_P(ArbitrationTest, OneCoreJobsGetTheirTurnAmongFourCoreJobs) {
  busy_queue({.slot = 0, .core_mode = S4_CORE_MODE_SPLIT, .priority = S4_PRIORITY_HIGH});
  busy_queue({.slot = 1, .core_mode = S4_CORE_MODE_BROADCAST, .priority = S4_PRIORITY_HIGH});
  busy_queue({.slot = 2, .core = 3, .priority = S4_PRIORITY_LOW});
  play(340, [](uint32_t) { return 1000; });
  EXPECT_GE(ended_[2], 15u);
}

TEST_P(ArbitrationTest, WhileAFourCoreJobHasItsTurnFreeCoresAreKept) {
  TestQueue& a = create({.slot = 0, .core = 0});
  TestQueue& wide = create({.slot = 1, .core_mode = S4_CORE_MODE_SPLIT});
  submit(a, {fill_command()});
  run();
  put_commands(1, list(5), {spmm_command()});
  wide.push(list(5), 1);
  wide.ring();
  run();
  EXPECT_EQ(card_.started.size(), 1u);
  // A queue that comes later, on a free core, does not overtake it.
  TestQueue& late = create({.slot = 2, .core = 1});
  late.push(kCommands, 1);
  late.ring();
  run();
  EXPECT_EQ(card_.started.size(), 1u);
  card_.finish(S4_UNIT_DMA * S4_NUM_CORES);
  run();
  EXPECT_EQ(card_.started.size(), 5u);
  for (const unsigned unit : card_.busy_units())
    card_.finish(unit);
  run();
  EXPECT_EQ(wide.fence(), 1u);
  EXPECT_EQ(card_.started.size(), 6u);
}

// Random load on every kind of queue: whenever something can run, something does, and every queue
// that always has work gets on.
TEST_P(ArbitrationTest, NobodyStarvesUnderRandomLoad) {
  const char* text = std::getenv("S4_TEST_SEED");
  const unsigned seed = text ? std::atoi(text) : std::random_device{}();
  RecordProperty("seed", static_cast<int>(seed));
  SCOPED_TRACE("S4_TEST_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  for (uint32_t slot = 0; slot < 12; slot++) {
    busy_queue({.slot = slot,
                .core_mode = slot < 9 ? uint32_t{S4_CORE_MODE_ONE} : uint32_t{S4_CORE_MODE_SPLIT},
                .core = slot < 9 ? static_cast<uint32_t>(random() % 4) : 0,
                .priority = static_cast<uint32_t>(random() % 3)});
  }
  const int rounds = GetParam() == Kind::kHost ? 6000 : 1500;
  for (int round = 0; round < rounds; round++) {
    refill();
    run();
    const auto units = card_.busy_units();
    ASSERT_FALSE(units.empty());
    card_.finish(units[random() % units.size()], {.cycles = random() % 20'000});
    run();
  }
  for (const auto& [slot, queue] : queues_)
    EXPECT_GT(queue->fence(), 0u) << slot;
}

}  // namespace
}  // namespace s4::fwtest
