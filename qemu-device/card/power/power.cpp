// SPDX-License-Identifier: MIT
#include "power/power.hpp"

#include <algorithm>
#include <cmath>

namespace s4::card {
namespace {

constexpr double kIdleMw = 2000;    // facts.md: 2 W idle, about 37 W busy a chip
constexpr double kCoreMw = 8750;    // so a busy core adds a quarter of the difference
constexpr double kAirMc = 35000;    // inlet air
constexpr double kMcPerMw = 1.0;    // 1 K/W from die to air: 37 C idle, 72 C busy
constexpr double kSettleNs = 20e9;  // time constant of the heat sink
constexpr double kBlockedMcPerMw = 3.0;
constexpr double kHotMc = 95000;     // the limit
constexpr double kCooledMc = 90000;  // where throttling ends
constexpr uint64_t kMinStepNs = 1'000'000;

struct Level {
  uint32_t clock_khz, voltage_mv;
};
// 700 MHz at 930 mV is the vendor's; the others are on a line of 0.35 mV/MHz through it.
constexpr Level kTop{S4_CLOCK_TOP_KHZ, 1000};
constexpr Level kIdle{S4_CLOCK_IDLE_KHZ, 930};
constexpr Level kLow{S4_CLOCK_LOW_KHZ, 842};

}  // namespace

// True when throttling began or ended. It ends some degrees below where it begins, so that it does
// not come and go with every sample.
bool Power::judge_heat() {
  const bool hot = heat_ == S4_INJECT_HEAT_LIMIT ||
                   temperature_mc_ >= (throttles_ ? kCooledMc : kHotMc);
  return std::exchange(throttles_, hot) != hot;
}

void Power::advance(uint64_t now_ns, const std::array<uint64_t, S4_NUM_CORES>& busy_ns) {
  const auto step = static_cast<double>(now_ns - last_ns_);
  double cores = 0;
  for (size_t i = 0; i < busy_ns.size(); ++i) {
    const auto busy = static_cast<double>(busy_ns[i] - last_busy_[i]);
    cores += std::clamp(busy / step, 0.0, 1.0);
  }
  busy_ = cores > 0;
  power_mw_ = kIdleMw + kCoreMw * cores * (throttles_ ? 0.5 : 1.0);
  const double resistance = heat_ == S4_INJECT_HEAT_BLOCKED ? kBlockedMcPerMw : kMcPerMw;
  const double target = kAirMc + resistance * power_mw_;
  const double settle_ns = kSettleNs * resistance / kMcPerMw;
  temperature_mc_ += (target - temperature_mc_) * (1 - std::exp(-step / settle_ns));
  last_ns_ = now_ns;
  last_busy_ = busy_ns;
}

Power::Reading Power::reading() const {
  const Level level = throttles_ ? kLow : busy_ ? kTop : kIdle;
  return {.temperature_mc = static_cast<int32_t>(
              heat_ == S4_INJECT_HEAT_LIMIT ? std::max(kHotMc, temperature_mc_) : temperature_mc_),
          .power_mw = static_cast<uint32_t>(power_mw_),
          .voltage_mv = level.voltage_mv,
          .clock_khz = level.clock_khz,
          .throttle = (throttles_ ? S4_THROTTLE_THERMAL : 0) | (busy_ ? 0 : S4_THROTTLE_IDLE)};
}

Power::Reading Power::sample(uint64_t now_ns, const std::array<uint64_t, S4_NUM_CORES>& busy_ns) {
  bool changed = false;
  Reading result;
  {
    const std::lock_guard lock(mutex_);
    if (now_ns >= last_ns_ + kMinStepNs) {
      advance(now_ns, busy_ns);
      changed = judge_heat();
    }
    result = reading();
  }
  if (changed) {
    on_throttle_();
  }
  return result;
}

void Power::reset() {
  const std::lock_guard lock(mutex_);
  heat_ = S4_INJECT_HEAT_NONE;
  judge_heat();
}

void Power::set_heat(s4_inject_heat heat) {
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    heat_ = heat;
    changed = judge_heat();
  }
  if (changed) {
    on_throttle_();
  }
}

}  // namespace s4::card
