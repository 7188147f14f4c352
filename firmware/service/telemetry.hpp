// SPDX-License-Identifier: MIT
// Samples the sensors into struct s4_telemetry. docs/firmware.md, "Telemetry".
#pragma once

#include "hw/hw.hpp"
#include "queues/reporter.hpp"
#include "s4/abi/s4_telemetry.h"

namespace s4::fw {

// Microseconds of guest time from a sample to the next: while jobs run, and while none does.
constexpr uint32_t kActivePeriod = 100'000;
constexpr uint32_t kIdlePeriod = 1'000'000;

class Telemetry {
 public:
  Telemetry(Hw hw, const Counters& counters) : hw_(hw), counters_(counters) {}

  // First sample, and the timer set.
  void start();
  // The timer is due. `queues`: how many exist.
  void tick(uint32_t queues);
  // A job starts: samples come more often from now on.
  void active() {
    active_ = true;
    if (slow_)
      quicken();
  }

 private:
  void sample(uint64_t now, uint32_t queues);
  void quicken();
  void set_timer(uint64_t when);
  uint64_t now_us() const;
  uint64_t sensor(uint32_t low) const;
  void put(uint32_t offset, uint32_t value);
  void put64(uint32_t offset, uint64_t value);

  [[no_unique_address]] Hw hw_;
  const Counters& counters_;
  bool active_ = false;  // a job has started since the last sample
  bool slow_ = false;    // the timer is set for kIdlePeriod
  uint32_t sequence_ = 0;
  uint64_t started_us_ = 0;
  uint64_t sampled_us_ = 0;
  uint64_t first_busy_[S4_NUM_CORES] = {};
  uint64_t busy_[S4_NUM_CORES] = {};
};

}  // namespace s4::fw
