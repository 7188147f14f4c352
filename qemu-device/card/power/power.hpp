// SPDX-License-Identifier: MIT
// Temperature, power, voltage and clock as a function of what the cores did.
// docs/hardware.md, "Power and heat".
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>

#include "s4/abi/s4_limits.h"
#include "s4/abi/s4_regs.h"
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

  // `on_throttle` is called, with no lock held, when throttling because of heat began or ended.
  explicit Power(std::function<void()> on_throttle) : on_throttle_(std::move(on_throttle)) {}

  Reading sample(uint64_t now_ns, const std::array<uint64_t, S4_NUM_CORES>& busy_ns);
  // A fault on demand.
  void set_heat(s4_inject_heat heat);
  // Ends such a fault, as part of a reset: nobody is told.
  void reset();

 private:
  void advance(uint64_t now_ns, const std::array<uint64_t, S4_NUM_CORES>& busy_ns);
  Reading reading() const;
  bool judge_heat();

  const std::function<void()> on_throttle_;
  mutable std::mutex mutex_;
  uint64_t last_ns_ = 0;
  std::array<uint64_t, S4_NUM_CORES> last_busy_{};
  double power_mw_ = 2000;
  double temperature_mc_ = 37000;
  bool busy_ = false;
  bool throttles_ = false;
  s4_inject_heat heat_ = S4_INJECT_HEAT_NONE;
};

}  // namespace s4::card
