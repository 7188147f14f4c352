// SPDX-License-Identifier: MIT
#include "compiler/prune/hessian.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "inputs.hpp"

namespace s4::prune {
namespace {

using testing::HasSubstr;

// Columns begin..end of x [k][columns].
std::vector<float> part(const std::vector<float>& x, uint32_t columns, uint32_t begin,
                        uint32_t end) {
  std::vector<float> out;
  for (size_t row = 0; row < x.size(); row += columns)
    out.insert(out.end(), x.begin() + row + begin, x.begin() + row + end);
  return out;
}

TEST(Hessian, IsTwiceTheSecondMomentsHoweverTheyAreBatched) {
  test::Random random;
  // Beyond one tile of rows and one chunk of columns, and no multiple of either.
  const uint32_t k = 300, columns = 1100;
  const auto x = test::correlated_inputs(random, k, columns, 40);
  Hessian whole = Hessian::create(k).value();
  whole.add(x, columns).value();
  Hessian batched = Hessian::create(k).value();
  const uint32_t cuts[] = {0, 1, 17, 900, columns};
  for (int i = 0; i < 4; ++i)
    batched.add(part(x, columns, cuts[i], cuts[i + 1]), cuts[i + 1] - cuts[i]).value();
  EXPECT_EQ(batched.columns(), columns);
  for (uint32_t i = 0; i < k; i += 7) {
    for (uint32_t j = 0; j < k; ++j) {
      double sum = 0, size = 0;
      for (uint32_t c = 0; c < columns; ++c) {
        sum += 2.0 * x[i * columns + c] * x[j * columns + c];
        size += 2.0 * std::fabs(x[i * columns + c] * x[j * columns + c]);
      }
      ASSERT_NEAR(whole.at(i, j), sum, 1e-5 * size + 1e-9)
          << i << ' ' << j << " seed " << random.seed();
      ASSERT_NEAR(batched.at(i, j), sum, 1e-5 * size + 1e-9);
      ASSERT_EQ(whole.at(i, j), whole.at(j, i));
    }
  }
}

TEST(Hessian, FactorIsTheCholeskyFactorOfTheInverse) {
  test::Random random;
  const uint32_t k = 290, columns = 500;  // two tiles
  Hessian hessian = Hessian::create(k).value();
  hessian.add(test::correlated_inputs(random, k, columns, 60), columns).value();
  const InverseFactor inverse = factor(hessian, 0.01).value();
  EXPECT_GT(inverse.ridge, 0);
  // U (H + ridge I) U^T = I
  std::vector<double> uh(size_t{k} * k);
  for (uint32_t i = 0; i < k; ++i) {
    for (uint32_t l = 0; l < k; ++l) {
      if (l < i) {
        ASSERT_EQ(inverse.row(i)[l], 0.0f);
      }
      const double u = inverse.row(i)[l];
      for (uint32_t j = 0; j < k; ++j)
        uh[i * k + j] += u * (hessian.at(l, j) + (l == j ? inverse.ridge : 0));
    }
  }
  for (uint32_t i = 0; i < k; ++i) {
    for (uint32_t j = 0; j < k; ++j) {
      double sum = 0;
      for (uint32_t l = 0; l < k; ++l)
        sum += uh[i * k + l] * inverse.row(j)[l];
      ASSERT_NEAR(sum, i == j, 1e-4) << i << ' ' << j << " seed " << random.seed();
    }
  }
}

TEST(Hessian, MeasuresTheOutputsError) {
  test::Random random;
  const uint32_t rows = 37, k = 90, columns = 50;
  const auto x = test::correlated_inputs(random, k, columns, 20);
  Hessian hessian = Hessian::create(k).value();
  hessian.add(x, columns).value();
  const auto before = test::random_weights(random, rows, k);
  auto after = before;
  for (float& w : after)
    w *= random.chance(0.5) ? 0.0f : 1.1f;
  const Matrix matrix{before, rows, k};
  EXPECT_NEAR(hessian.relative_error(matrix, after), test::output_error(matrix, after, x, columns),
              1e-4)
      << "seed " << random.seed();
  EXPECT_EQ(hessian.relative_error(matrix, before), 0);
  const std::vector<float> zeros(before.size());
  EXPECT_NEAR(hessian.relative_error(matrix, zeros), 1, 1e-12);
  EXPECT_EQ(hessian.relative_error({zeros, rows, k}, before),
            std::numeric_limits<double>::infinity());
}

TEST(Hessian, HasAnInverseWithFewInputsAndDeadOnes) {
  const uint32_t k = 100;
  std::vector<float> x(k * 2);
  x[0] = x[3] = 1;  // inputs 0 and 1; all others are dead
  Hessian hessian = Hessian::create(k).value();
  hessian.add(x, 2).value();
  const InverseFactor inverse = factor(hessian).value();
  EXPECT_DOUBLE_EQ(inverse.ridge, 0.01 * 2);  // of the live ones' mean
  for (const float u : inverse.upper)
    EXPECT_TRUE(std::isfinite(u));
  Hessian silent = Hessian::create(k).value();
  silent.add(std::vector<float>(k), 1).value();
  EXPECT_TRUE(factor(silent).ok());
}

TEST(Hessian, RefusesWhatItCannotUse) {
  EXPECT_EQ(Hessian::create(Hessian::kMaxK + 1).error().code, Code::kUnsupported);
  EXPECT_FALSE(Hessian::create(0).ok());
  Hessian hessian = Hessian::create(2).value();
  EXPECT_THAT(factor(hessian).error().message, HasSubstr("add a batch"));
  EXPECT_THAT(hessian.add(std::vector<float>(5), 2).error().message, HasSubstr("4 values"));
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity(), 1e20f}) {
    const std::vector<float> x = {1, 2, 3, bad};
    EXPECT_THAT(hessian.add(x, 2).error().message, HasSubstr("input 1, column 1"));
  }
  EXPECT_EQ(hessian.columns(), 0u);
  EXPECT_EQ(hessian.at(0, 0), 0);
  hessian.add(std::vector<float>(4, 1.0f), 2).value();
  EXPECT_FALSE(factor(hessian, 0).ok());
  EXPECT_FALSE(factor(hessian, 2).ok());
}

}  // namespace
}  // namespace s4::prune
