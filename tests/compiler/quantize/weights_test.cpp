// SPDX-License-Identifier: MIT
#include "compiler/quantize/weights.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "seed.hpp"
#include "sparse/pack.hpp"
#include "sparse/verify.hpp"

namespace s4::quantize {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int32_t kMax = std::numeric_limits<int32_t>::max();
constexpr int32_t kMin = std::numeric_limits<int32_t>::min();

TEST(Weights, EveryRowHasItsScaleAndHalvesGoToEven) {
  const std::vector<float> weights = {127,  0.5f, 1.5f, -2.5f,  //
                                      -254, 1,    3,    5,      //
                                      0,    0,    0,    0};
  const IntWeights result = quantize_weights(weights, 3, 4).value();
  EXPECT_THAT(result.scales, ElementsAre(1.0f, 2.0f, 1.0f));
  EXPECT_THAT(result.values, ElementsAre(127, 0, 2, -2, -127, 0, 2, 2, 0, 0, 0, 0));
}

TEST(Weights, AreWhatPackingMakes) {
  test::Random random;
  const uint32_t rows = 5, k = 128;
  std::vector<float> weights(rows * k);
  for (float& w : weights)
    w = random.normal();
  const IntWeights result = quantize_weights(weights, rows, k).value();
  const sparse::Shape shape{rows, k, 1, S4_TYPE_INT8};
  std::vector<std::byte> blob(sparse::layout(shape).value().total_bytes);
  std::vector<float> scales(rows);
  sparse::PackInput input;
  input.data = weights.data();
  input.type = S4_TYPE_FLOAT32;
  input.pitch = k;
  input.scale_out = scales.data();
  sparse::pack(shape, input, blob).value();
  EXPECT_EQ(scales, result.scales) << "seed " << random.seed();
  EXPECT_EQ(sparse::to_dense(blob), std::vector<float>(result.values.begin(), result.values.end()));
}

TEST(Weights, ErrorIsHalfAStepAndZeroStaysZero) {
  test::Random random;
  const uint32_t rows = 9, k = 77;
  std::vector<float> weights(rows * k);
  for (float& w : weights)
    w = random.chance(0.5) ? 0.0f : random.normal();
  const IntWeights result = quantize_weights(weights, rows, k).value();
  for (size_t i = 0; i < weights.size(); ++i) {
    const float scale = result.scales[i / k];
    ASSERT_LE(std::fabs(weights[i] - scale * result.values[i]), 0.5001f * scale)
        << "seed " << random.seed();
    if (weights[i] == 0) {
      ASSERT_EQ(result.values[i], 0);
    }
  }
}

TEST(Weights, LeastErrorClipsAnOutlierAndIsNeverWorse) {
  test::Random random;
  const uint32_t rows = 4, k = 16000;
  std::vector<float> weights(rows * k);
  for (float& w : weights)
    w = random.normal();
  for (uint32_t r = 0; r < rows; ++r)
    weights[r * k + r] = 5.5f;
  const auto error = [&](const IntWeights& result, uint32_t row) {
    double sum = 0;
    for (size_t i = size_t{row} * k; i < size_t{row + 1} * k; ++i)
      sum += std::pow(weights[i] - double{result.scales[row]} * result.values[i], 2);
    return sum;
  };
  const IntWeights largest = quantize_weights(weights, rows, k).value();
  const IntWeights least = quantize_weights(weights, rows, k, RowScale::kLeastError).value();
  for (uint32_t r = 0; r < rows; ++r) {
    EXPECT_LT(error(least, r), error(largest, r)) << "seed " << random.seed();
    EXPECT_LT(least.scales[r], largest.scales[r]);
  }
}

TEST(Weights, RefusesWhatDoesNotFit) {
  EXPECT_FALSE(quantize_weights(std::vector<float>(5), 2, 3).ok());
  std::vector<float> weights(6);
  weights[5] = std::numeric_limits<float>::infinity();
  const Error error = quantize_weights(weights, 2, 3).error();
  EXPECT_EQ(error.code, Code::kBadWeights);
  EXPECT_THAT(error.message, HasSubstr("row 1, column 2"));
}

TEST(Bias, IsInStepsOfBothScalesHalvesToEvenAndSaturates) {
  const std::vector<float> bias = {1.25f, 0.75f, -1.25f, 1e20f, -1e20f};
  const std::vector<float> scales = {1, 1, 1, 1, 1};
  EXPECT_THAT(quantize_bias(bias, 0.5f, scales).value(), ElementsAre(2, 2, -2, kMax, kMin));
  EXPECT_THAT(quantize_bias(std::vector<float>{3}, 0.25f, std::vector<float>{2}).value(),
              ElementsAre(6));
}

TEST(Bias, RefusesScalesThatAreNone) {
  const std::vector<float> one = {1};
  EXPECT_FALSE(quantize_bias(one, 0, one).ok());
  EXPECT_FALSE(quantize_bias(one, -1, std::vector<float>{-1}).ok());
  EXPECT_FALSE(quantize_bias(one, 1, std::vector<float>{}).ok());
  EXPECT_FALSE(quantize_bias(one, std::numeric_limits<float>::quiet_NaN(), one).ok());
  EXPECT_FALSE(
      quantize_bias(std::vector<float>{std::numeric_limits<float>::infinity()}, 1, one).ok());
}

}  // namespace
}  // namespace s4::quantize
