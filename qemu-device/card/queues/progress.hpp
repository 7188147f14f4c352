// SPDX-License-Identifier: MIT
// Work retired a queue: S4_REG_PROGRESS.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "s4/abi/s4_limits.h"

namespace s4::card {

// A cache line a queue, since workers of different queues count at the same time.
class Progress {
 public:
  void add(unsigned queue, uint64_t units) {
    counters_[queue].value.fetch_add(units, std::memory_order_relaxed);
  }
  uint64_t get(unsigned queue) const {
    return counters_[queue].value.load(std::memory_order_relaxed);
  }
  void reset() {
    for (Counter& counter : counters_) {
      counter.value.store(0, std::memory_order_relaxed);
    }
  }

 private:
  struct alignas(64) Counter {
    std::atomic<uint64_t> value{0};
  };
  std::array<Counter, S4_NUM_QUEUES> counters_;
};

}  // namespace s4::card
