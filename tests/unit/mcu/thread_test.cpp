// SPDX-License-Identifier: MIT
// What other threads may do to a running core. Run with S4_SANITIZE=thread too.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include "encode.hpp"
#include "mcu/core.hpp"
#include "mcu/ram.hpp"

namespace s4::card::mcu {
namespace {

using namespace test;

constexpr uint32_t kRam = 0x10000;

class CoreThreads : public testing::Test {
 protected:
  CoreThreads() { EXPECT_TRUE(bus_.add_ram({.base = kRam, .size = 0x4000, .data = ram_.data()})); }
  void put(uint32_t offset, std::initializer_list<uint32_t> words) {
    for (const uint32_t word : words) {
      std::memcpy(ram_.data() + offset, &word, 4);
      offset += 4;
    }
  }
  alignas(8) std::array<uint8_t, 0x4000> ram_{};
  Bus bus_;
};

TEST_F(CoreThreads, StopRequestEndsAnEndlessLoop) {
  put(0, {jal(0, 0)});
  Core core({.reset_pc = kRam}, bus_);
  StopReason reason{};
  std::thread owner([&] { reason = core.run(UINT64_MAX); });
  core.request_stop();
  owner.join();
  EXPECT_EQ(reason, StopReason::kStopped);
}

// Loops within a page, between pages, and straight through pages all see a line rise.
TEST_F(CoreThreads, InterruptReachesEveryKindOfLoop) {
  for (const int kind : {0, 1, 2}) {
    ram_.fill(0);
    put(0, {lui(5, kRam), addi(5, 5, 0x100), csrw(kMtvec, 5), addi(5, 0, 8), csrw(kMie, 5),
            csrw(kMstatus, 5), jal(0, 0x1000 - 0x18)});
    put(0x100, {csrr(10, kMcause), csrw(kMie, 0), kWfi});
    if (kind == 0) {
      put(0x1000, {addi(1, 1, 1), jal(0, -4)});
    } else if (kind == 1) {
      put(0x1000, {jal(0, 0x1000)});
      put(0x2000, {jal(0, -0x1000)});
    } else {
      for (uint32_t offset = 0x1000; offset < 0x3ffc; offset += 4) {
        put(offset, {addi(1, 1, 1)});
      }
      put(0x3ffc, {jal(0, -0x2ffc)});
    }
    Core core({.reset_pc = kRam}, bus_);
    StopReason reason{};
    std::thread owner([&] { reason = core.run(UINT64_MAX); });
    core.set_irq(Irq::kSoftware, true);
    owner.join();
    EXPECT_EQ(reason, StopReason::kWfi) << kind;
    EXPECT_EQ(core.reg(10), 0x80000003u) << kind;
  }
}

// An owner that sleeps on WFI and is woken a thousand times misses none.
TEST_F(CoreThreads, SleepingOwnerMissesNoWake) {
  constexpr uint32_t kRounds = 1000;
  // Counts wakes in x1 and tells at 0x800 that it is awake, at 0x804 that it saw the line fall.
  put(0, {lui(6, kRam), addi(6, 6, 0x7fc), addi(5, 0, 8), csrw(kMie, 5), kWfi, addi(1, 1, 1),
          sw(1, 6, 4), csrr(7, kMip), b_type(1, 7, 0, -4), sw(1, 6, 8), jal(0, -24)});
  Core core({.reset_pc = kRam}, bus_);
  std::mutex mutex;
  std::condition_variable wake;
  bool quit = false;
  std::thread owner([&] {
    while (true) {
      const StopReason reason = core.run(100000);
      std::unique_lock lock(mutex);
      if (reason == StopReason::kWfi) {
        wake.wait(lock, [&] { return quit || core.wants_wake(); });
      }
      if (quit) {
        return;
      }
    }
  });
  const auto set_line = [&](bool level) {
    core.set_irq(Irq::kSoftware, level);
    const std::lock_guard lock(mutex);
    wake.notify_one();
  };
  for (uint32_t round = 1; round <= kRounds; ++round) {
    for (const bool level : {true, false}) {
      set_line(level);
      while (load_ram<uint32_t>(ram_.data() + (level ? 0x800 : 0x804)) != round) {
        std::this_thread::yield();
      }
    }
  }
  {
    const std::lock_guard lock(mutex);
    quit = true;
    wake.notify_one();
  }
  core.request_stop();
  owner.join();
  EXPECT_EQ(core.reg(1), kRounds);
}

// Memory shared with another thread: what is written before a flag is there after it.
TEST_F(CoreThreads, SharedMemoryIsSeenInOrder) {
  constexpr uint32_t kData = 0x1000, kFlag = 0x1004;
  put(0, {lui(5, kRam + kData), lw(1, 5, 4), b_type(0, 1, 0, -4), 0x0ff0000f, lw(2, 5, 0), kWfi});
  Core core({.reset_pc = kRam}, bus_);
  StopReason reason{};
  std::thread owner([&] { reason = core.run(UINT64_MAX); });
  store_ram<uint32_t>(ram_.data() + kData, 1234);
  std::atomic_ref flag(*reinterpret_cast<uint32_t*>(ram_.data() + kFlag));
  flag.store(1, std::memory_order_release);
  owner.join();
  EXPECT_EQ(reason, StopReason::kWfi);
  EXPECT_EQ(core.reg(2), 1234u);
}

}  // namespace
}  // namespace s4::card::mcu
