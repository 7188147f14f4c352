// SPDX-License-Identifier: MIT
// Power and heat as a function of what the cores did.
#include <gtest/gtest.h>

#include <array>

#include "power/power.hpp"
#include "s4/abi/s4_limits.h"

namespace s4::test {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

struct Bench {
  unsigned changes = 0;  // of throttling
  card::Power power{[this] { ++changes; }};
  uint64_t now = 0;
  std::array<uint64_t, S4_NUM_CORES> busy{};
  // A second in which each core was busy for a share of it.
  card::Power::Reading second(double share) {
    now += kSecond;
    for (uint64_t& core : busy) {
      core += static_cast<uint64_t>(share * kSecond);
    }
    return power.sample(now, busy);
  }
  card::Power::Reading settle(double share) {
    card::Power::Reading reading{};
    for (int i = 0; i < 200; ++i) {
      reading = second(share);
    }
    return reading;
  }
};

TEST(Power, IsTwoWattsIdleAtTheIdleClock) {
  Bench bench;
  const auto reading = bench.settle(0);
  EXPECT_EQ(reading.power_mw, 2000u);
  EXPECT_EQ(reading.clock_khz, 700000u);
  EXPECT_EQ(reading.voltage_mv, 930u);
  EXPECT_EQ(reading.throttle, static_cast<uint32_t>(S4_THROTTLE_IDLE));
}

TEST(Power, IsThirtySevenWattsBusyAtTheTopClock) {
  Bench bench;
  const auto reading = bench.settle(1);
  EXPECT_EQ(reading.power_mw, 37000u);
  EXPECT_EQ(reading.clock_khz, 900000u);
  EXPECT_EQ(reading.throttle, 0u);
  EXPECT_LT(reading.temperature_mc, 95000);
  EXPECT_GT(reading.temperature_mc, 60000);
}

TEST(Power, FollowsTheShareOfTimeThatCoresWorked) {
  Bench bench;
  EXPECT_NEAR(bench.settle(0.5).power_mw, 19500, 50);
}

TEST(Power, WarmsUpAndCoolsDownSlowly) {
  Bench bench;
  const int cold = bench.settle(0).temperature_mc;
  const int after_a_second = bench.second(1).temperature_mc;
  EXPECT_GT(after_a_second, cold);
  const int hot = bench.settle(1).temperature_mc;
  EXPECT_GT(hot, after_a_second + 10000);
  EXPECT_LT(bench.second(0).temperature_mc, hot);
  EXPECT_GT(bench.second(0).temperature_mc, cold + 10000);
}

TEST(Power, ThrottlesAtTheLimit) {
  Bench bench;
  bench.power.set_heat(S4_INJECT_HEAT_LIMIT);
  bench.power.set_heat(S4_INJECT_HEAT_LIMIT);
  EXPECT_EQ(bench.changes, 1u);
  const auto reading = bench.settle(1);
  EXPECT_EQ(reading.clock_khz, 450000u);
  EXPECT_LT(reading.power_mw, 37000u);
  EXPECT_NE(reading.throttle & S4_THROTTLE_THERMAL, 0u);
  bench.power.set_heat(S4_INJECT_HEAT_NONE);
  EXPECT_EQ(bench.changes, 2u);
  EXPECT_EQ(bench.settle(1).clock_khz, 900000u);
}

TEST(Power, WorkWithoutAirGetsToTheLimitAndStaysBelow) {
  Bench bench;
  bench.settle(1);
  bench.power.set_heat(S4_INJECT_HEAT_BLOCKED);
  EXPECT_EQ(bench.second(1).clock_khz, 900000u);
  int seconds = 1;
  while (bench.second(1).clock_khz != 450000u && seconds < 200) {
    ++seconds;
  }
  // From 72 towards 146 degrees in 60 s: 95 after 60 * ln(74 / 51) = 22.3 s.
  EXPECT_NEAR(seconds, 22, 2);
  const auto throttled = bench.settle(1);
  EXPECT_EQ(throttled.throttle, static_cast<uint32_t>(S4_THROTTLE_THERMAL));
  EXPECT_EQ(throttled.power_mw, 19500u);
  EXPECT_NEAR(throttled.temperature_mc, 93500, 100);
  EXPECT_EQ(bench.changes, 1u);
  // Idle it cools down, and throttling ends at 90 degrees.
  auto reading = bench.second(0);
  while ((reading.throttle & S4_THROTTLE_THERMAL) != 0) {
    EXPECT_GE(reading.temperature_mc, 90000);
    reading = bench.second(0);
  }
  EXPECT_LT(reading.temperature_mc, 90000);
  EXPECT_EQ(bench.changes, 2u);
  EXPECT_EQ(bench.settle(0.1).clock_khz, 900000u);
}

TEST(Power, TwoReadingsAtOnceAreTheSame) {
  Bench bench;
  const auto first = bench.settle(1);
  const auto second = bench.power.sample(bench.now, bench.busy);
  EXPECT_EQ(first.power_mw, second.power_mw);
  EXPECT_EQ(first.temperature_mc, second.temperature_mc);
}

}  // namespace
}  // namespace s4::test
