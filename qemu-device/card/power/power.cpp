// SPDX-License-Identifier: MIT
#include "power/power.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace s4::card {
namespace {

constexpr double kIdleMw = 2000;    // facts.md: 2 W idle, about 37 W busy a chip
constexpr double kCoreMw = 8750;    // so a busy core adds a quarter of the difference
constexpr double kAirMc = 35000;    // inlet air
constexpr double kMcPerMw = 1.0;    // 1 K/W from die to air: 37 C idle, 72 C busy
constexpr double kSettleNs = 20e9;  // time constant of the heat sink
constexpr int32_t kHotMc = 95000;   // the limit
constexpr uint64_t kMinStepNs = 1'000'000;

struct Level {
  uint32_t clock_khz, voltage_mv;
};
// 700 MHz at 930 mV is the vendor's; the others are on a line of 0.35 mV/MHz through it.
constexpr Level kTop{S4_CLOCK_TOP_KHZ, 1000};
constexpr Level kIdle{S4_CLOCK_IDLE_KHZ, 930};
constexpr Level kLow{S4_CLOCK_LOW_KHZ, 842};

}  // namespace

Power::Reading Power::sample(uint64_t now_ns, const std::array<uint64_t, S4_NUM_CORES>& busy_ns) {
  const std::lock_guard lock(mutex_);
  if (now_ns >= last_ns_ + kMinStepNs) {
    const auto step = static_cast<double>(now_ns - last_ns_);
    double cores = 0;
    for (size_t i = 0; i < busy_ns.size(); ++i) {
      const auto busy = static_cast<double>(busy_ns[i] - last_busy_[i]);
      cores += std::clamp(busy / step, 0.0, 1.0);
    }
    busy_ = cores > 0;
    power_mw_ = kIdleMw + kCoreMw * cores * (forced_ ? 0.5 : 1.0);
    const double target = kAirMc + kMcPerMw * power_mw_;
    temperature_mc_ += (target - temperature_mc_) * (1 - std::exp(-step / kSettleNs));
    last_ns_ = now_ns;
    last_busy_ = busy_ns;
  }
  const Level level = forced_ ? kLow : busy_ ? kTop : kIdle;
  return {.temperature_mc = forced_ ? kHotMc : static_cast<int32_t>(temperature_mc_),
          .power_mw = static_cast<uint32_t>(power_mw_),
          .voltage_mv = level.voltage_mv,
          .clock_khz = level.clock_khz,
          .throttle = (forced_ ? S4_THROTTLE_THERMAL : 0) | (busy_ ? 0 : S4_THROTTLE_IDLE)};
}

bool Power::force_hot(bool on) {
  const std::lock_guard lock(mutex_);
  return std::exchange(forced_, on) != on;
}

}  // namespace s4::card
