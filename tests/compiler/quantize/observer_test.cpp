// SPDX-License-Identifier: MIT
#include "compiler/quantize/observer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "seed.hpp"

namespace s4::quantize {
namespace {

using testing::HasSubstr;

TEST(Observer, KeepsTheRange) {
  Observer observer;
  EXPECT_EQ(observer.count(), 0u);
  observer.add(std::vector<float>{2, 3}).value();
  EXPECT_EQ(observer.min(), 2);
  EXPECT_EQ(observer.max(), 3);
  observer.add(std::vector<float>{-7, 0, 1}).value();
  EXPECT_EQ(observer.min(), -7);
  EXPECT_EQ(observer.max(), 3);
  EXPECT_EQ(observer.largest(), 7);
  EXPECT_EQ(observer.count(), 5u);
  EXPECT_EQ(observer.zeros(), 1u);
}

TEST(Observer, BinsAreAPowerOfTwoWideAndHoldTheLargest) {
  Observer observer;
  observer.add(std::vector<float>{1023.5f, -1.5f, 0.5f}).value();
  EXPECT_EQ(observer.width(), 1);
  EXPECT_EQ(observer.bins()[1023], 1u);
  EXPECT_EQ(observer.bins()[1], 1u);
  EXPECT_EQ(observer.bins()[0], 1u);
  observer.add(std::vector<float>{1024}).value();  // needs twice the width
  EXPECT_EQ(observer.width(), 2);
  EXPECT_EQ(observer.bins()[511], 1u);
  EXPECT_EQ(observer.bins()[512], 1u);
  EXPECT_EQ(observer.bins()[0], 2u);
}

TEST(Observer, IsTheSameHoweverValuesAreBatchedAndOrdered) {
  test::Random random;
  std::vector<float> values(5000);
  for (float& value : values) {
    value = random.chance(0.2)
                ? 0.0f
                : std::ldexp(random.normal(), static_cast<int>(random.below(40)) - 20);
  }
  Observer whole;
  whole.add(values).value();
  std::sort(values.begin(), values.end(),
            [](float a, float b) { return std::fabs(a) < std::fabs(b); });
  for (int round = 0; round < 3; ++round) {  // smallest first, so that the range grows and grows
    Observer cut;
    for (size_t at = 0; at < values.size();) {
      const size_t size = std::min<size_t>(random.below(400), values.size() - at);
      cut.add(std::span(values).subspan(at, size)).value();
      at += size;
    }
    EXPECT_EQ(cut.bins(), whole.bins()) << "seed " << random.seed();
    EXPECT_EQ(cut.width(), whole.width());
    EXPECT_EQ(cut.count(), whole.count());
    EXPECT_EQ(cut.zeros(), whole.zeros());
    EXPECT_EQ(cut.min(), whole.min());
    EXPECT_EQ(cut.max(), whole.max());
    std::reverse(values.begin(), values.end());
  }
  EXPECT_EQ(std::accumulate(whole.bins().begin(), whole.bins().end(), uint64_t{0}), 5000u);
  for (uint32_t i = 0; i < Observer::kBins; ++i) {
    const auto inside = std::count_if(values.begin(), values.end(), [&](float value) {
      return std::fabs(value) >= i * whole.width() && std::fabs(value) < (i + 1) * whole.width();
    });
    ASSERT_EQ(whole.bins()[i], static_cast<uint64_t>(inside))
        << "bin " << i << " seed " << random.seed();
  }
}

TEST(Observer, HoldsTheExtremesOfFloat) {
  Observer observer;
  const float least = std::numeric_limits<float>::denorm_min();
  const float most = std::numeric_limits<float>::max();
  observer.add(std::vector<float>{0, 0}).value();
  EXPECT_EQ(observer.width(), 0);
  observer.add(std::vector<float>{least, -3 * least}).value();
  EXPECT_EQ(observer.bins()[256], 1u);  // bins of 2^-157, `least` is 2^-149
  EXPECT_EQ(observer.bins()[768], 1u);
  observer.add(std::vector<float>{most, -most}).value();
  EXPECT_EQ(observer.bins()[0], 4u);
  EXPECT_EQ(observer.bins()[1023], 2u);
}

TEST(Observer, CountsNothingOfABatchThatIsNotFinite) {
  Observer observer;
  observer.add(std::vector<float>{1}).value();
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    const auto result = observer.add(std::vector<float>{100, bad});
    EXPECT_THAT(result.error().message, HasSubstr("value 1"));
  }
  EXPECT_EQ(observer.count(), 1u);
  EXPECT_EQ(observer.largest(), 1);
  EXPECT_TRUE(observer.add({}).ok());
}

}  // namespace
}  // namespace s4::quantize
