// SPDX-License-Identifier: MIT
// Tasks, hooks and the engine's end.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <set>
#include <thread>

#include "case.hpp"
#include "eltwise_case.hpp"
#include "engines.hpp"
#include "memory_case.hpp"
#include "spmm_case.hpp"

namespace s4::test {
namespace {

TEST(Threads, HooksFrameEveryTaskAndAreBalancedAtTheEnd) {
  std::mutex mutex;
  std::multiset<std::thread::id> attached;
  bool outside = false;
  {
    const auto engine = card::Engine::create(
        3, {.attach =
                [&] {
                  const std::lock_guard lock(mutex);
                  attached.insert(std::this_thread::get_id());
                },
            .detach =
                [&] {
                  const std::lock_guard lock(mutex);
                  const auto self = attached.find(std::this_thread::get_id());
                  outside |= self == attached.end();
                  attached.erase(self);
                }});
    ASSERT_NE(engine, nullptr);
    EXPECT_EQ(engine->threads(), 3u);
    for (int i = 0; i < 50; ++i) {
      engine->spawn([&] {
        const std::lock_guard lock(mutex);
        outside |= attached.count(std::this_thread::get_id()) != 1;
      });
    }
  }
  EXPECT_FALSE(outside);
  EXPECT_TRUE(attached.empty());
}

TEST(Threads, AsManyTasksRunAtOnceAsThereAreThreads) {
  const auto engine = card::Engine::create(4, {});
  std::latch together(4);  // passes only when all four are there
  std::atomic<int> passed{0};
  for (int i = 0; i < 4; ++i) {
    engine->spawn([&] {
      together.arrive_and_wait();
      ++passed;
    });
  }
  while (passed.load() < 4) {
    std::this_thread::yield();
  }
}

TEST(Threads, TheEndWaitsForSpawnedTasks) {
  std::atomic<int> ran{0};
  {
    const auto engine = card::Engine::create(2, {});
    for (int i = 0; i < 200; ++i) {
      engine->spawn([&] { ++ran; });
    }
  }
  EXPECT_EQ(ran.load(), 200);
}

TEST(Threads, WhatATaskHoldsIsReleasedBeforeTheEngineEnds) {
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> weak = held;
  {
    const auto engine = card::Engine::create(2, {});
    engine->spawn([held = std::move(held)] {});
  }
  EXPECT_TRUE(weak.expired());
}

TEST(Threads, CommandsOfManyTasksAndTwoEnginesDoNotDisturbEachOther) {
  Random random;
  constexpr int kTasks = 12;
  std::vector<Case> cases;
  std::vector<std::vector<uint8_t>> right;
  for (int i = 0; i < kTasks; ++i) {
    cases.push_back(random.chance(60) ? random_spmm(random) : random_eltwise(random));
    right.push_back(expected(cases.back()));
  }
  std::vector<card::Fault> faults(kTasks);
  {
    const auto first = card::Engine::create(2, {});
    const auto second = card::Engine::create(3, {});
    for (int i = 0; i < kTasks; ++i) {
      card::Engine& engine = i % 2 == 0 ? *first : *second;
      engine.spawn([&, i] {
        FakePort port(cases[i].memory);
        faults[i] = engine.run(dispatch_of(cases[i].command), port);
      });
    }
  }
  for (int i = 0; i < kTasks; ++i) {
    EXPECT_EQ(faults[i].status, S4_OK) << cases[i].text;
    EXPECT_EQ(cases[i].output(), right[i]) << cases[i].text;
  }
}

// A port whose first scope waits until it is let go.
class GatePort final : public card::MemoryPort {
 public:
  explicit GatePort(FakeMemory& memory) : port_(memory) {}
  card::AccessScope* begin(ScopeStorage& storage) override {
    std::unique_lock lock(mutex_);
    if (!waiting_) {
      waiting_ = true;
      changed_.notify_all();
      changed_.wait(lock, [&] { return open_; });
    }
    return port_.begin(storage);
  }
  void end(card::AccessScope* scope) override { port_.end(scope); }
  void retire(uint64_t units) override { port_.retire(units); }
  void wait_until_blocked() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  FakePort port_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool waiting_ = false;
  bool open_ = false;
};

TEST(Threads, ACommandThatWaitsDoesNotHoldUpOneOnAnotherThread) {
  Random random;
  Case slow = random_fill(random);
  Case quick = random_spmm(random);
  GatePort gate(slow.memory);
  std::atomic<bool> quick_done{false};
  const auto engine = card::Engine::create(2, {});
  engine->spawn([&] { engine->run(dispatch_of(slow.command), gate); });
  gate.wait_until_blocked();
  engine->spawn([&] {
    FakePort port(quick.memory);
    EXPECT_EQ(engine->run(dispatch_of(quick.command), port).status, S4_OK);
    quick_done = true;
  });
  while (!quick_done.load()) {
    std::this_thread::yield();
  }
  gate.open();
}

TEST(Threads, ZeroMeansOneAProcessor) {
  EXPECT_EQ(card::Engine::create(0, {})->threads(),
            std::max(1u, std::thread::hardware_concurrency()));
}

TEST(Threads, NoVectorTargetNoEngine) {
  EXPECT_EQ(card::create_engine({.threads = 1, .targets = 0}), nullptr);
}

}  // namespace
}  // namespace s4::test
