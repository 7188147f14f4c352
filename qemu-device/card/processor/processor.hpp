// SPDX-License-Identifier: MIT
// The thread that is the MCU.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "host/host.hpp"
#include "mcu/core.hpp"
#include "processor/context.hpp"
#include "processor/timer.hpp"
#include "s4/abi/s4_regs.h"

namespace s4::card {

// Held until start(); then it runs the boot ROM and the firmware until hold(), a crash or a bite of
// the watchdog. While the firmware waits for an interrupt the thread sleeps without any time-out
// but the firmware's own timer.
class Processor {
 public:
  struct Stop {
    s4_mcu_state how;
    uint32_t pc, cause, tval;
  };
  // Called on the MCU's thread, without locks.
  struct Hooks {
    std::function<std::optional<uint32_t>()> boot;  // the boot ROM: where the firmware begins
    std::function<void(const Stop&)> stopped;       // the firmware is no more
    std::function<void()> parked;
  };

  // `bus` is complete.
  Processor(Host& host, const mcu::Bus& bus, McuContext& mcu, Timer& timer, Hooks hooks);
  ~Processor();

  // Any thread, none waits for the MCU.
  void start(uint64_t generation);
  void hold();
  void pause(bool on);  // the machine is stopped
  void shutdown();      // for ever
  void join();          // after shutdown(): waits for the thread
  bool parked() const;  // held, and the thread has noticed
  bool sleeps() const { return sleeps_.load(std::memory_order_relaxed); }
  void set_external(bool level);
  void inject_crash() { inject(kCrash); }
  void inject_hang() { inject(kHang); }

  // The MCU's thread, from its devices.
  void feed_watchdog() { fed_at_ = core_.executed(); }
  void give_up(uint32_t pc, uint32_t cause, uint32_t tval);

 private:
  using Clock = std::chrono::steady_clock;
  enum class Mode { kHeld, kBoot, kRun };
  static constexpr uint32_t kCrash = 1, kHang = 2;

  void thread();
  void run_slice();
  void sleep();
  bool spin();
  void stop(const Stop& stop);
  void inject(uint32_t what);
  void apply_injections();
  bool must_wake() const;  // with mutex_

  Host& host_;
  McuContext& mcu_;
  Timer& timer_;
  Hooks hooks_;
  mcu::Core core_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Mode mode_ = Mode::kHeld;
  uint64_t generation_ = 0;
  uint64_t starts_ = 0;  // so that a stop of an earlier start does not hold a later one
  bool paused_ = false;
  bool quit_ = false;
  bool parked_ = false;
  // Waits on changed_ in sleep(). Only ever read and written by exchanges, so that whoever makes
  // the core want to wake and whoever goes to sleep cannot miss each other.
  std::atomic<bool> blocked_{false};

  std::atomic<bool> sleeps_{false};
  std::atomic<uint32_t> injected_{0};

  // Of the MCU's thread.
  uint64_t fed_at_ = 0;
  uint64_t run_ = 0;  // the starts_ that it works for
  std::optional<Stop> gave_up_;
  uint32_t spin_us_ = 0;
  Clock::time_point no_spin_until_{};

  std::thread thread_;
};

}  // namespace s4::card
