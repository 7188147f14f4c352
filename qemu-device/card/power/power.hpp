// SPDX-License-Identifier: MIT
// Temperature, power, voltage and clock as a function of what the cores did.
// docs/hardware.md, "Power and heat".
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>

#include "s4/abi/s4_limits.h"
#include "s4/abi/s4_telemetry.h"

namespace s4::card {

// A model of first order, advanced whenever somebody reads it: no thread, no timer.
class Power {
 public:
  struct Reading {
    int32_t temperature_mc;
    uint32_t power_mw;
    uint32_t voltage_mv;
    uint32_t clock_khz;
    uint32_t throttle;  // S4_THROTTLE_*
  };
  static constexpr uint32_t kLimitMw = 45000;

  Reading sample(uint64_t now_ns, const std::array<uint64_t, S4_NUM_CORES>& busy_ns);
  // A fault on demand: as if the limit were reached. True when that changed.
  bool force_hot(bool on);

 private:
  std::mutex mutex_;
  uint64_t last_ns_ = 0;
  std::array<uint64_t, S4_NUM_CORES> last_busy_{};
  double power_mw_ = 2000;
  double temperature_mc_ = 37000;
  bool busy_ = false;
  bool forced_ = false;
};

}  // namespace s4::card
