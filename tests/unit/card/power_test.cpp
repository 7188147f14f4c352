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
  card::Power power;
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
  EXPECT_TRUE(bench.power.force_hot(true));
  EXPECT_FALSE(bench.power.force_hot(true));
  const auto reading = bench.settle(1);
  EXPECT_EQ(reading.clock_khz, 450000u);
  EXPECT_LT(reading.power_mw, 37000u);
  EXPECT_NE(reading.throttle & S4_THROTTLE_THERMAL, 0u);
  EXPECT_TRUE(bench.power.force_hot(false));
  EXPECT_EQ(bench.settle(1).clock_khz, 900000u);
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
