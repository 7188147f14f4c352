// SPDX-License-Identifier: MIT
// The card time of one job: when each command would begin and end on the real card. Computed from
// the order of the commands and the cycles that the units report, never from when the host was
// done, so equal jobs give equal times. docs/firmware.md, "Card time".
//
//   start(i) = max(start(i - 1), end(i - 32), end of every command that i waits for,
//                  end of what its units did)
//   end(i)   = start(i) + cycles, over all units that share it
#pragma once

#include "s4/abi/s4_mcu.h"
#include "support/bits.hpp"

namespace s4::fw {

constexpr uint32_t kUnits = S4_NUM_UNITS * S4_NUM_CORES;
constexpr uint32_t kWindow = 32;  // commands that `wait` reaches back

class Timeline {
 public:
  void begin(uint64_t now) {
    issue_ = now;
    latest_ = now;
    settled_ = now;
    for (uint64_t& unit : unit_end_)
      unit = now;
  }

  // Command `index`, which waits for the commands of `wait` (bits beyond the first command do not
  // count) and runs on the units of `units`, begins. All of them have ended before.
  void start(uint32_t index, uint32_t wait, uint32_t units) {
    if (index < kWindow)
      wait &= (1u << index) - 1;
    uint64_t at = issue_;
    if (index >= kWindow)
      at = max(at, end_[index % kWindow]);
    for (uint32_t back = 1; wait; wait >>= 1, back++) {
      if (wait & 1)
        at = max(at, end_[(index - back) % kWindow]);
    }
    for (; units; units &= units - 1)
      at = max(at, unit_end_[lowest_bit(units)]);
    place(index, at);
  }

  // Command `index` begins when every earlier one has ended, and takes no time.
  void start_after_all(uint32_t index) { place(index, max(issue_, latest_)); }

  // A unit ended its share of command `index`, the command's start having been `started`.
  void end(uint32_t index, uint32_t unit, uint64_t started, uint64_t cycles) {
    const uint64_t at = started + cycles;
    unit_end_[unit] = at;
    uint64_t& end = end_[index % kWindow];
    end = max(end, at);
    latest_ = max(latest_, at);
  }

  uint64_t issued() const { return issue_; }  // start of the last command
  uint64_t latest() const { return latest_; }

  // The latest end of the commands up to `index`, of which none before next - kWindow still runs.
  // For a job that failed at `index`: what later commands did depends on the host's timing.
  uint64_t latest_up_to(uint32_t index, uint32_t next) const {
    uint64_t at = settled_;
    for (uint32_t i = next > kWindow ? next - kWindow : 0; i != next && i <= index; i++) {
      at = max(at, end_[i % kWindow]);
    }
    return at;
  }

 private:
  void place(uint32_t index, uint64_t at) {
    if (index >= kWindow)
      settled_ = max(settled_, end_[index % kWindow]);
    end_[index % kWindow] = at;
    latest_ = max(latest_, at);
    issue_ = at;
  }

  uint64_t issue_ = 0;
  uint64_t latest_ = 0;
  uint64_t settled_ = 0;  // latest end of the commands that left the window
  uint64_t end_[kWindow] = {};
  uint64_t unit_end_[kUnits] = {};
};

}  // namespace s4::fw
