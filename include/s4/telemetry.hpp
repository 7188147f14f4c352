// SPDX-License-Identifier: MIT
// What a card reports about itself. Plain values, free to copy.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "s4.h"

namespace s4 {

struct Telemetry {
  std::chrono::milliseconds uptime{};  // since the firmware started
  double temperature_c = 0;
  double power_w = 0;
  double power_limit_w = 0;
  uint32_t voltage_mv = 0;
  uint32_t clock_khz = 0;
  uint32_t throttle = 0;                           // S4_THROTTLE_*
  std::array<double, S4_NUM_CORES> utilization{};  // 0..1, share of wall time, a core
  std::array<uint64_t, S4_NUM_CORES> busy_ns{};    // since the firmware started, wall time
  uint64_t ecc_corrected = 0;
  uint64_t ecc_uncorrected = 0;
  uint64_t jobs_done = 0;
  uint64_t jobs_failed = 0;
  uint64_t commands_done = 0;
  uint32_t queues = 0;

  static Telemetry from(const s4_telemetry& raw) {
    Telemetry t;
    t.uptime = std::chrono::milliseconds(raw.uptime_ms);
    t.temperature_c = raw.temperature_mc / 1e3;
    t.power_w = raw.power_mw / 1e3;
    t.power_limit_w = raw.power_limit_mw / 1e3;
    t.voltage_mv = raw.voltage_mv;
    t.clock_khz = raw.clock_khz;
    t.throttle = raw.throttle;
    for (size_t core = 0; core < S4_NUM_CORES; ++core) {
      t.utilization[core] = raw.utilization_permille[core] / 1e3;
      t.busy_ns[core] = raw.busy_ns[core];
    }
    t.ecc_corrected = raw.ecc_corrected;
    t.ecc_uncorrected = raw.ecc_uncorrected;
    t.jobs_done = raw.jobs_done;
    t.jobs_failed = raw.jobs_failed;
    t.commands_done = raw.commands_done;
    t.queues = raw.queues;
    return t;
  }
};

// Bytes of card memory.
struct MemoryInfo {
  uint64_t total = 0;
  uint64_t reserved = 0;      // kept by the driver
  uint64_t used = 0;          // by buffers of all processes
  uint64_t visible_free = 0;  // free, and reachable by the CPU
  uint64_t largest_free = 0;  // the largest buffer that would fit
};

}  // namespace s4
