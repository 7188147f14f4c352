// SPDX-License-Identifier: MIT
#include "processor/processor.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

namespace s4::card {
namespace {

// Between two looks at the timer of a firmware that computes.
constexpr uint64_t kSliceInstructions = 100'000;
// Waking a thread takes tens of microseconds. A firmware that is asked often is asked again soon:
// look around for so long before going to sleep, and not at all once that was in vain.
constexpr uint32_t kMaxSpinUs = 40;
constexpr auto kSoon = std::chrono::microseconds(200);
constexpr auto kNoSpin = std::chrono::milliseconds(20);
constexpr uint32_t kMie = 0x304;

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

Processor::Processor(Host& host, const mcu::Bus& bus, McuContext& mcu, Timer& timer, Hooks hooks)
    : host_(host),
      mcu_(mcu),
      timer_(timer),
      hooks_(std::move(hooks)),
      core_({.reset_pc = S4_MCU_RAM}, bus),
      thread_([this] { thread(); }) {
  timer_.connect([this](bool due) { core_.set_irq(mcu::Irq::kTimer, due); });  // held until start()
}

Processor::~Processor() {
  shutdown();
  join();
}

void Processor::join() {
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Processor::start(uint64_t generation) {
  {
    const std::lock_guard lock(mutex_);
    mode_ = Mode::kBoot;
    generation_ = generation;
    ++starts_;
    parked_ = false;
  }
  changed_.notify_all();
}

void Processor::hold() {
  {
    const std::lock_guard lock(mutex_);
    mode_ = Mode::kHeld;
    core_.request_stop();
  }
  changed_.notify_all();
}

void Processor::pause(bool on) {
  {
    const std::lock_guard lock(mutex_);
    paused_ = on;
    core_.request_stop();
  }
  changed_.notify_all();
}

void Processor::shutdown() {
  {
    const std::lock_guard lock(mutex_);
    quit_ = true;
    core_.request_stop();
  }
  changed_.notify_all();
}

bool Processor::parked() const {
  const std::lock_guard lock(mutex_);
  return parked_;
}

void Processor::set_external(bool level) {
  core_.set_irq(mcu::Irq::kExternal, level);
  if (level && blocked_.exchange(false)) {
    { const std::lock_guard lock(mutex_); }  // it is in wait() by now
    changed_.notify_all();
  }
}

void Processor::inject(uint32_t what) {
  injected_.fetch_or(what);
  core_.request_stop();
  { const std::lock_guard lock(mutex_); }
  changed_.notify_all();
}

void Processor::give_up(uint32_t pc, uint32_t cause, uint32_t tval) {
  gave_up_ = Stop{S4_MCU_CRASHED, pc, cause, tval};
  core_.request_stop();
}

void Processor::thread() {
  pthread_setname_np(pthread_self(), "s4-mcu");  // so that its processor time can be told apart
  host_.attach_thread();
  std::unique_lock lock(mutex_);
  while (!quit_) {
    if (mode_ == Mode::kHeld) {
      if (!parked_) {
        parked_ = true;
        lock.unlock();
        hooks_.parked();
        lock.lock();
        continue;
      }
      changed_.wait(lock);
    } else if (paused_) {
      changed_.wait(lock);
    } else if (mode_ == Mode::kBoot) {
      mode_ = Mode::kRun;
      run_ = starts_;
      mcu_.generation = generation_;
      lock.unlock();
      gave_up_.reset();
      injected_.store(0);
      core_.set_irq(mcu::Irq::kTimer, false);
      const std::optional<uint32_t> entry = hooks_.boot();
      if (entry) {
        core_.reset(*entry);
        feed_watchdog();
      }
      lock.lock();
      if (!entry && run_ == starts_) {
        mode_ = Mode::kHeld;
      }
    } else {
      lock.unlock();
      run_slice();
      lock.lock();
    }
  }
  parked_ = true;
  lock.unlock();
  hooks_.parked();
  host_.detach_thread();
}

void Processor::run_slice() {
  apply_injections();
  core_.set_irq(mcu::Irq::kTimer, timer_.pending());
  const uint64_t since_fed = core_.executed() - fed_at_;
  const uint64_t left =
      since_fed < S4_WATCHDOG_INSTRUCTIONS ? S4_WATCHDOG_INSTRUCTIONS - since_fed : 0;
  if (left == 0) {
    stop({S4_MCU_WATCHDOG, core_.pc(), 0, 0});
    return;
  }
  const mcu::StopReason reason = core_.run(std::min(left, kSliceInstructions));
  if (gave_up_) {
    stop(*gave_up_);
  } else if (reason == mcu::StopReason::kCrashed) {
    const mcu::Crash& crash = *core_.crash();
    stop({S4_MCU_CRASHED, crash.epc, crash.cause, crash.tval});
  } else if (reason == mcu::StopReason::kWfi) {
    sleeps_.store(true, std::memory_order_relaxed);
    sleep();
    sleeps_.store(false, std::memory_order_relaxed);
  }
}

void Processor::stop(const Stop& stop) {
  hooks_.stopped(stop);
  const std::lock_guard lock(mutex_);
  if (run_ == starts_) {
    mode_ = Mode::kHeld;
  }
}

bool Processor::must_wake() const {
  return quit_ || paused_ || mode_ != Mode::kRun || injected_.load() != 0 || core_.wants_wake();
}

bool Processor::spin() {
  const auto begin = Clock::now();
  if (begin < no_spin_until_) {
    return false;
  }
  const auto end = begin + std::chrono::microseconds(spin_us_);
  do {
    for (int i = 0; i < 32; ++i) {
      if (core_.wants_wake()) {
        return true;
      }
      relax();
    }
    std::this_thread::yield();  // whoever would ring may wait for this very processor
  } while (Clock::now() < end);
  if (Clock::now() > end + kSoon) {
    // Yielding gave the processor to others for long: a sleeper is woken sooner than that.
    no_spin_until_ = Clock::now() + kNoSpin;
  }
  return false;
}

void Processor::sleep() {
  if (spin_us_ != 0 && spin()) {
    spin_us_ = kMaxSpinUs;
    return;
  }
  const auto begin = Clock::now();
  const bool timed = (*core_.csr(kMie) >> static_cast<uint32_t>(mcu::Irq::kTimer) & 1) != 0;
  const uint64_t remaining = timed ? timer_.remaining_ns() : ~0ULL;
  // An hour at most, so that the sum stays in range; the firmware goes back to sleep.
  const auto wait = std::chrono::nanoseconds(std::min<uint64_t>(remaining, 3'600'000'000'000));
  const auto wakes = [this] {
    blocked_.exchange(true);
    return must_wake();
  };
  {
    std::unique_lock lock(mutex_);
    if (remaining == ~0ULL) {
      changed_.wait(lock, wakes);
    } else {
      changed_.wait_until(lock, begin + wait, wakes);
    }
    blocked_.exchange(false);
  }
  spin_us_ = Clock::now() - begin < kSoon ? kMaxSpinUs : spin_us_ / 2;
}

void Processor::apply_injections() {
  const uint32_t what = injected_.exchange(0);
  if (what == 0) {
    return;
  }
  // The next instruction becomes an undefined one, or a jump to itself.
  const uint32_t instruction = (what & kCrash) != 0 ? 0 : 0x0000006f;
  const uint32_t pc = core_.pc() & ~3u;
  if (uint8_t* at = mcu_.at(pc, 2 * sizeof instruction)) {
    std::memcpy(at, &instruction, sizeof instruction);
    std::memcpy(at + sizeof instruction, &instruction, sizeof instruction);
    core_.flush_code();
    core_.set_pc(pc);
    core_.end_wait();
  }
}

}  // namespace s4::card
