// SPDX-License-Identifier: MIT
#include "compiler/quantize/threshold.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "seed.hpp"

namespace s4::quantize {
namespace {

using testing::HasSubstr;

Observer observed(const std::vector<float>& values) {
  Observer observer;
  observer.add(values).value();
  return observer;
}

float found(const Observer& observer, Method method, double percentile = 99.99) {
  return threshold(observer, {method, percentile}).value();
}

double squared_error(const std::vector<float>& values, double step) {
  double sum = 0;
  for (const float value : values) {
    const double q = std::clamp(std::nearbyint(value / step), -127.0, 127.0) * step;
    sum += (value - q) * (value - q);
  }
  return sum;
}

// Normal with a few far outliers: what clipping is for.
std::vector<float> with_outliers(test::Random& random, size_t count) {
  std::vector<float> values(count);
  for (float& value : values)
    value = random.normal() * (random.chance(0.0002) ? 20.0f : 1.0f);
  values[0] = 40;
  return values;
}

TEST(Threshold, MinMaxIsTheLargestMagnitude) {
  EXPECT_EQ(found(observed({1, -3.7f, 2}), Method::kMinMax), 3.7f);
  EXPECT_EQ(scale(observed({1, -254.0f, 2}), {Method::kMinMax}).value(), 2.0f);
}

TEST(Threshold, PercentileIsWithinABinOfTheTrueOne) {
  test::Random random;
  std::vector<float> values = with_outliers(random, 20000);
  const Observer observer = observed(values);
  for (float& value : values)
    value = std::fabs(value);
  std::sort(values.begin(), values.end());
  for (const double part : {50.0, 90.0, 99.0, 99.9}) {
    const double exact = values[static_cast<size_t>(part / 100 * 20000) - 1];
    EXPECT_NEAR(found(observer, Method::kPercentile, part), exact, observer.width())
        << part << " seed " << random.seed();
  }
  EXPECT_EQ(found(observer, Method::kPercentile, 100), 40);
}

TEST(Threshold, MseIsNearTheBestOfAllThresholds) {
  test::Random random;
  const std::vector<float> values = with_outliers(random, 20000);
  const Observer observer = observed(values);
  const float mse = found(observer, Method::kMse);
  double best = squared_error(values, 40.0 / 127);
  for (double candidate = 0.5; candidate < 40; candidate *= 1.01)
    best = std::min(best, squared_error(values, candidate / 127));
  // The outliers are in bins of their own, the values near zero in few: hence not exactly.
  EXPECT_LT(squared_error(values, mse / 127), 1.1 * best) << "seed " << random.seed();
  EXPECT_LT(mse, 40);
}

TEST(Threshold, MseOfABellClipsAsTheoryHasIt) {
  test::Random random;
  std::vector<float> values(200000);
  for (float& value : values)
    value = random.normal();
  // The best uniform quantiser of a normal variable with 255 levels clips at about 3.9 sigma.
  EXPECT_NEAR(found(observed(values), Method::kMse), 3.9, 0.25) << "seed " << random.seed();
}

TEST(Threshold, KlGivesUpFarOutliersAndNothingElse) {
  test::Random random;
  const std::vector<float> values = with_outliers(random, 50000);
  const float kl = found(observed(values), Method::kKl);
  EXPECT_LT(kl, 20) << "seed " << random.seed();
  EXPECT_GT(kl, 2);
  // An even spread up to the end: nothing to give up.
  std::vector<float> even(1 << 16);
  for (size_t i = 0; i < even.size(); ++i)
    even[i] = (static_cast<float>(i) + 0.5f) / 64;
  EXPECT_GT(found(observed(even), Method::kKl), 0.95f * 1024);
  EXPECT_GT(found(observed(even), Method::kMse), 0.95f * 1024);
}

TEST(Threshold, ZerosDoNotCount) {
  test::Random random;
  std::vector<float> values = with_outliers(random, 20000);
  const Observer without = observed(values);
  values.resize(200000);  // nine zeros in ten, as after a ReLU
  const Observer with = observed(values);
  for (const Method method : {Method::kKl, Method::kMse, Method::kMinMax})
    EXPECT_EQ(found(with, method), found(without, method)) << "seed " << random.seed();
}

TEST(Threshold, NeverPassesTheLargestValueAndScalesAreUsable) {
  const Method all[] = {Method::kMinMax, Method::kPercentile, Method::kKl, Method::kMse};
  for (const Method method : all) {
    EXPECT_EQ(found(observed({0, 0}), method), 0);
    EXPECT_EQ(scale(observed({0, 0}), {method}).value(), 1.0f);
    EXPECT_LE(found(observed({0, 0.3f}), method), 0.3f);
    EXPECT_GT(found(observed({0, 0.3f}), method), 0.29f);
    EXPECT_TRUE(std::isnormal(scale(observed({1e-44f}), {method}).value()));
  }
}

TEST(Threshold, RefusesNothingAndNonsense) {
  EXPECT_THAT(threshold(Observer()).error().message, HasSubstr("batches"));
  const Observer observer = observed({1});
  EXPECT_FALSE(threshold(observer, {Method::kPercentile, 0}).ok());
  EXPECT_FALSE(threshold(observer, {Method::kPercentile, 101}).ok());
  EXPECT_FALSE(scale(Observer()).ok());
}

}  // namespace
}  // namespace s4::quantize
