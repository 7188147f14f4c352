// SPDX-License-Identifier: MIT
#include "compiler/prune/second_order.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "compiler/prune/magnitude.hpp"
#include "compiler/prune/reconstruct.hpp"
#include "inputs.hpp"

namespace s4::prune {
namespace {

struct Layer {
  Layer(test::Random& random, uint32_t rows, uint32_t k, uint32_t columns, uint32_t sources)
      : weights(test::random_weights(random, rows, k)),
        x(test::correlated_inputs(random, k, columns, sources)),
        columns(columns),
        matrix{weights, rows, k},
        hessian(Hessian::create(k).value()) {
    hessian.add(x, columns).value();
    inverse = factor(hessian).value();
  }
  Layer(const Layer&) = delete;  // `matrix` points into `weights`

  Pruned prune(uint32_t degree, uint32_t iterations = 16) const {
    return prune_second_order(matrix, hessian, inverse, degree, {iterations}).value();
  }
  double magnitude_error(uint32_t degree) const {
    auto after = weights;
    apply_mask(after, mask_by_magnitude(matrix, degree).value());
    return hessian.relative_error(matrix, after);
  }

  std::vector<float> weights, x;
  uint32_t columns;
  Matrix matrix;
  Hessian hessian;
  InverseFactor inverse;
};

TEST(SecondOrder, BeatsMagnitudeOnCorrelatedInputs) {
  test::Random random;
  const Layer layer(random, 70, 320, 2000, 80);
  for (const uint32_t degree : {2u, 4u, 8u, 16u, 32u}) {
    const double magnitude = layer.magnitude_error(degree);
    const double published = layer.prune(degree, 0).relative_error;
    const double reconstructed = layer.prune(degree).relative_error;
    EXPECT_LT(published, 0.95 * magnitude) << "degree " << degree << " seed " << random.seed();
    EXPECT_LT(reconstructed, published) << "degree " << degree << " seed " << random.seed();
  }
}

TEST(SecondOrder, FillsEveryBankAndReportsTheTrueError) {
  test::Random random;
  const uint32_t k = 200, rows = 40;  // the last bank has 8 columns
  const Layer layer(random, rows, k, 300, 50);
  for (const uint32_t degree : kDegrees) {
    const Pruned result = layer.prune(degree);
    for (uint32_t r = 0; r < rows; ++r) {
      for (uint32_t bank = 0; bank < bank_count(k); ++bank) {
        const auto begin = result.mask.begin() + r * k + bank * 64;
        const uint32_t columns = bank_columns(k, bank);
        EXPECT_EQ(std::count(begin, begin + columns, 1), std::min(64 / degree, columns));
      }
    }
    for (size_t i = 0; i < result.weights.size(); ++i) {
      if (!result.mask[i]) {
        ASSERT_EQ(result.weights[i], 0.0f);
      }
    }
    EXPECT_NEAR(result.relative_error,
                test::output_error(layer.matrix, result.weights, layer.x, layer.columns),
                1e-3 * result.relative_error)
        << "degree " << degree << " seed " << random.seed();
  }
}

TEST(SecondOrder, LeavesAPrunedMatrixExactlyAsItIs) {
  test::Random random;
  Layer layer(random, 10, 150, 200, 30);
  apply_mask(layer.weights, mask_by_magnitude(layer.matrix, 8).value());
  const std::vector<float> before = layer.weights;
  for (const uint32_t degree : {1u, 2u, 4u, 8u}) {
    const Pruned result = layer.prune(degree);
    EXPECT_EQ(result.weights, before) << "seed " << random.seed();
    EXPECT_EQ(result.relative_error, 0);
    auto masked = before;
    apply_mask(masked, result.mask);
    EXPECT_EQ(masked, before);
  }
  EXPECT_NE(layer.prune(16).weights, before);
}

// Two inputs that are the same: one of them can carry the other's weight without any loss.
TEST(SecondOrder, MovesAWeightToAnInputThatIsTheSame) {
  test::Random random;
  const uint32_t k = 64, columns = 500;
  std::vector<float> x = test::random_weights(random, k, columns);
  std::copy_n(x.begin(), columns, x.begin() + 40 * columns);  // input 40 is input 0
  Hessian hessian = Hessian::create(k).value();
  hessian.add(x, columns).value();
  std::vector<float> weights(k);
  weights[0] = 1.0f;
  weights[40] = 3.0f;
  weights[50] = 2.5f;
  const auto result =
      prune_second_order({weights, 1, k}, hessian, factor(hessian, 1e-4).value(), 32).value();
  EXPECT_NEAR(result.weights[40], 4.0f, 0.01f) << "seed " << random.seed();
  EXPECT_NEAR(result.weights[50], 2.5f, 0.01f);
  EXPECT_LT(result.relative_error, 0.01);
}

TEST(SecondOrder, DropsWeightsOfDeadInputsFirst) {
  test::Random random;
  const uint32_t k = 64, columns = 200;
  std::vector<float> x = test::random_weights(random, k, columns);
  std::fill_n(x.begin(), 32 * columns, 0.0f);  // inputs 0 to 31 are dead
  Hessian hessian = Hessian::create(k).value();
  hessian.add(x, columns).value();
  std::vector<float> weights(k, 1.0f);
  const auto result =
      prune_second_order({weights, 1, k}, hessian, factor(hessian).value(), 2).value();
  for (uint32_t i = 0; i < k; ++i)
    EXPECT_EQ(result.mask[i], i >= 32) << "seed " << random.seed();
  EXPECT_EQ(result.relative_error, 0);
}

TEST(SecondOrder, IsMagnitudeWhenTheInputsSayNothing) {
  test::Random random;
  const uint32_t k = 128;
  Hessian hessian = Hessian::create(k).value();
  hessian.add(std::vector<float>(k), 1).value();
  const auto weights = test::random_weights(random, 3, k);
  const Matrix matrix{weights, 3, k};
  const auto result = prune_second_order(matrix, hessian, factor(hessian).value(), 4).value();
  EXPECT_EQ(result.mask, mask_by_magnitude(matrix, 4).value()) << "seed " << random.seed();
}

TEST(SecondOrder, IsTheSameWhateverTheUnitOfTheInputs) {
  test::Random random;
  const uint32_t k = 128, columns = 300;
  auto x = test::correlated_inputs(random, k, columns, 40);
  const auto weights = test::random_weights(random, 8, k);
  auto run = [&] {
    Hessian hessian = Hessian::create(k).value();
    hessian.add(x, columns).value();
    return prune_second_order({weights, 8, k}, hessian, factor(hessian).value(), 8).value();
  };
  const Pruned plain = run();
  for (float& value : x)
    value *= 0x1p-30f;
  const Pruned tiny = run();
  EXPECT_EQ(plain.mask, tiny.mask) << "seed " << random.seed();
  EXPECT_NEAR(plain.relative_error, tiny.relative_error, 1e-6);
}

// With enough iterations the kept weights are the least-squares ones: the gradient is zero there.
TEST(Reconstruction, ReachesTheLeastSquaresWeights) {
  test::Random random;
  const Layer layer(random, 33, 128, 400, 30);
  const Mask mask = mask_by_magnitude(layer.matrix, 4).value();
  auto weights = layer.weights;
  apply_mask(weights, mask);
  Reconstruction(layer.hessian, layer.inverse.ridge).improve(layer.matrix, mask, weights, 500);
  const uint32_t k = layer.matrix.k;
  for (uint32_t r = 0; r < layer.matrix.rows; ++r) {
    for (uint32_t j = 0; j < k; ++j) {
      if (!mask[r * k + j]) {
        ASSERT_EQ(weights[r * k + j], 0.0f);
        continue;
      }
      double gradient = 0, size = 0;
      for (uint32_t i = 0; i < k; ++i) {
        const double h = layer.hessian.at(i, j) + (i == j ? layer.inverse.ridge : 0);
        gradient += (layer.weights[r * k + i] - weights[r * k + i]) * h;
        size += std::fabs((layer.weights[r * k + i] - weights[r * k + i]) * h);
      }
      ASSERT_LT(std::fabs(gradient), 1e-3 * size) << "seed " << random.seed();
    }
  }
}

TEST(SecondOrder, RefusesShapesThatDoNotFit) {
  test::Random random;
  const Layer layer(random, 4, 64, 100, 20);
  const std::vector<float> other(4 * 65, 1.0f);
  EXPECT_EQ(prune_second_order({other, 4, 65}, layer.hessian, layer.inverse, 2).error().code,
            Code::kInvalidArgument);
  EXPECT_FALSE(prune_second_order(layer.matrix, layer.hessian, layer.inverse, 5).ok());
}

}  // namespace
}  // namespace s4::prune
