// SPDX-License-Identifier: MIT
#include "compiler/quantize/measure.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace s4::quantize {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Values = std::vector<float>;

TEST(Measure, GivesTheThreeFigures) {
  const Difference result = measure(Values{3, 4, 0}, Values{3, 4, 0.5f}).value();
  EXPECT_DOUBLE_EQ(result.sqnr_db, 20);  // 25 over 0.25
  EXPECT_NEAR(result.cosine, 25 / (5 * 5.024937811), 1e-9);
  EXPECT_EQ(result.max_error, 0.5);
  EXPECT_EQ(result.max_index, 2u);
  EXPECT_DOUBLE_EQ(measure(Values{1, 0}, Values{0, 1}).value().cosine, 0);
  EXPECT_DOUBLE_EQ(measure(Values{1, 2}, Values{-2, -4}).value().cosine, -1);
}

TEST(Measure, EqualTensorsAreInfinitelyGood) {
  const Difference result = measure(Values{1, -2}, Values{1, -2}).value();
  EXPECT_EQ(result.sqnr_db, kInfinity);
  EXPECT_DOUBLE_EQ(result.cosine, 1);
  EXPECT_EQ(result.max_error, 0);
}

TEST(Measure, ZerosHaveAMeaning) {
  EXPECT_EQ(measure(Values{0, 0}, Values{0, 0}).value().cosine, 1);
  EXPECT_EQ(measure(Values{0, 0}, Values{0, 0}).value().sqnr_db, kInfinity);
  EXPECT_EQ(measure(Values{0, 0}, Values{0, 1}).value().cosine, 0);
  EXPECT_EQ(measure(Values{0, 0}, Values{0, 1}).value().sqnr_db, -kInfinity);
  EXPECT_EQ(measure(Values{0, 2}, Values{0, 0}).value().cosine, 0);
  EXPECT_EQ(measure(Values{0, 2}, Values{0, 0}).value().sqnr_db, 0);
}

TEST(Measure, RefusesWhatCannotBeCompared) {
  EXPECT_FALSE(measure(Values{1, 2}, Values{1}).ok());
  EXPECT_FALSE(measure(Values{}, Values{}).ok());
  EXPECT_FALSE(measure(Values{1}, Values{std::numeric_limits<float>::quiet_NaN()}).ok());
}

}  // namespace
}  // namespace s4::quantize
