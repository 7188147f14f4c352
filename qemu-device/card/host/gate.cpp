// SPDX-License-Identifier: MIT
#include "host/gate.hpp"

#include <pthread.h>

#include <thread>

namespace s4::card {

size_t Gate::shard_of_thread() {
  // Thread descriptors lie megabytes apart, on page boundaries.
  const auto id = static_cast<uint64_t>(pthread_self()) >> 12;
  return static_cast<size_t>(id * 0x9e3779b97f4a7c15ULL >> 60);
}

Gate::Entry Gate::judge(uint64_t state, uint64_t generation) const {
  if ((state & kFlags) == 0 && state >> kFlagBits == generation) [[likely]] {
    return Entry::kOpen;
  }
  if (state >> kFlagBits != generation || (state & kShutdown) != 0) {
    return Entry::kCancelled;
  }
  return (state & kStopped) != 0 ? Entry::kStopped : Entry::kRefused;
}

Gate::Entry Gate::try_enter(uint64_t generation) {
  std::atomic<uint32_t>& inside = shards_[shard_of_thread()].inside;
  // Sequentially consistent, as change() is: either it sees this count, or we see its state.
  inside.fetch_add(1, std::memory_order_seq_cst);
  const Entry entry = judge(state(), generation);
  if (entry != Entry::kOpen) {
    inside.fetch_sub(1, std::memory_order_release);
  }
  return entry;
}

Gate::Entry Gate::enter(uint64_t generation, const std::atomic<bool>* cancelled) {
  for (;;) {
    const Entry entry = try_enter(generation);
    if (entry != Entry::kStopped) {
      return entry;
    }
    if (wait_open(generation, cancelled) == Entry::kCancelled) {
      return Entry::kCancelled;
    }
  }
}

void Gate::leave() {
  shards_[shard_of_thread()].inside.fetch_sub(1, std::memory_order_release);
}

Gate::Entry Gate::wait_open(uint64_t generation, const std::atomic<bool>* cancelled) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (cancelled && cancelled->load(std::memory_order_relaxed)) {
      return Entry::kCancelled;
    }
    const Entry entry = judge(state(), generation);
    if (entry != Entry::kStopped) {
      return entry;
    }
    changed_.wait(lock);
  }
}

uint64_t Gate::change(uint64_t set, uint64_t clear, bool next_generation) {
  uint64_t state = 0;
  {
    const std::lock_guard lock(mutex_);
    state = (state_.load(std::memory_order_relaxed) | set) & ~clear;
    if (next_generation) {
      state += 1u << kFlagBits;
    }
    state_.store(state, std::memory_order_seq_cst);
  }
  changed_.notify_all();
  if (set != 0 || next_generation) {
    drain();
  }
  return state >> kFlagBits;
}

void Gate::wake() {
  { const std::lock_guard lock(mutex_); }
  changed_.notify_all();
}

void Gate::drain() {
  for (Shard& shard : shards_) {
    // Bounded by one copy of 64 KiB. Whoever enters meanwhile is turned away at once, so the count
    // does reach zero.
    for (unsigned spins = 0; shard.inside.load(std::memory_order_seq_cst) != 0; ++spins) {
      if (spins > 100) {
        std::this_thread::yield();
      }
    }
  }
}

}  // namespace s4::card
