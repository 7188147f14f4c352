// SPDX-License-Identifier: MIT
#include "compiler/prune/banks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "compiler/prune/magnitude.hpp"
#include "inputs.hpp"
#include "sparse/pack.hpp"
#include "sparse/verify.hpp"

namespace s4::prune {
namespace {

using testing::HasSubstr;

std::vector<float> pruned(const Matrix& matrix, const Mask& mask) {
  std::vector<float> out(matrix.values.begin(), matrix.values.end());
  apply_mask(out, mask);
  return out;
}

TEST(Banks, MagnitudeKeepsTheShareOfEveryBankAndNothingSmaller) {
  test::Random random;
  for (const uint32_t k : {5u, 64u, 100u, 256u, 771u}) {
    const auto weights = test::random_weights(random, 6, k);
    const Matrix matrix{weights, 6, k};
    for (const uint32_t degree : kDegrees) {
      const Mask mask = mask_by_magnitude(matrix, degree).value();
      for (uint32_t r = 0; r < 6; ++r) {
        for (uint32_t bank = 0; bank < bank_count(k); ++bank) {
          uint32_t kept = 0;
          float least = std::numeric_limits<float>::infinity(), most = 0;
          for (uint32_t i = 0; i < bank_columns(k, bank); ++i) {
            const size_t at = size_t{r} * k + bank * 64 + i;
            kept += mask[at];
            if (mask[at])
              least = std::min(least, std::fabs(weights[at]));
            else
              most = std::max(most, std::fabs(weights[at]));
          }
          EXPECT_EQ(kept, std::min(64 / degree, bank_columns(k, bank)))
              << "k " << k << " degree " << degree << " seed " << random.seed();
          EXPECT_GE(least, most);
        }
      }
    }
  }
}

TEST(Banks, MagnitudeIsWhatPackingChooses) {
  test::Random random;
  const uint32_t rows = 4, k = 150;
  const auto weights = test::random_weights(random, rows, k);
  for (const uint32_t degree : kDegrees) {
    const sparse::Shape shape{rows, k, degree, S4_TYPE_BF16};
    const Mask mask = mask_by_magnitude({weights, rows, k}, degree).value();
    std::vector<std::byte> by_itself(sparse::layout(shape).value().total_bytes);
    std::vector<std::byte> by_mask(by_itself.size());
    sparse::PackInput input;
    input.data = weights.data();
    input.type = S4_TYPE_FLOAT32;
    input.pitch = k;
    sparse::pack(shape, input, by_itself).value();
    input.mask = mask.data();
    sparse::pack(shape, input, by_mask).value();
    EXPECT_EQ(sparse::to_dense(by_itself), sparse::to_dense(by_mask))
        << "degree " << degree << " seed " << random.seed();
  }
}

TEST(Banks, RecognisesTheDegreeAMatrixWasPrunedTo) {
  test::Random random;
  for (const uint32_t k : {64u, 200u, 1024u}) {
    const auto weights = test::random_weights(random, 3, k);
    const Matrix matrix{weights, 3, k};
    for (const uint32_t degree : kDegrees) {
      const auto sparse = pruned(matrix, mask_by_magnitude(matrix, degree).value());
      EXPECT_EQ(recognise({sparse, 3, k}), degree) << "k " << k << " seed " << random.seed();
      for (const uint32_t other : kDegrees)
        EXPECT_EQ(holds({sparse, 3, k}, other), other <= degree);
    }
  }
}

TEST(Banks, OneFullBankDecides) {
  std::vector<float> weights(2 * 128);
  EXPECT_EQ(recognise({weights, 2, 128}), 32u);
  weights[128 + 64] = weights[128 + 65] = weights[128 + 127] = -1;
  EXPECT_EQ(recognise({weights, 2, 128}), 16u);
  weights[128 + 63] = 1;  // another bank
  EXPECT_EQ(recognise({weights, 2, 128}), 16u);
}

TEST(Banks, AShortLastBankHasTheAllowanceOfAWholeOne) {
  std::vector<float> weights(66, 0.0f);
  weights[64] = weights[65] = 1;
  EXPECT_EQ(recognise({weights, 1, 66}), 32u);
  const std::vector<float> three(3, 1.0f);
  EXPECT_EQ(recognise({three, 1, 3}), 16u);
}

TEST(Banks, PruningWhatIsPrunedChangesNothing) {
  test::Random random;
  const auto weights = test::random_weights(random, 5, 130);
  const Matrix matrix{weights, 5, 130};
  const auto once = pruned(matrix, mask_by_magnitude(matrix, 8).value());
  for (const uint32_t degree : {1u, 2u, 4u, 8u}) {
    EXPECT_EQ(pruned({once, 5, 130}, mask_by_magnitude({once, 5, 130}, degree).value()), once)
        << "seed " << random.seed();
  }
}

TEST(Banks, ErrorsNameTheRemedy) {
  std::vector<float> weights(128, 1.0f);
  EXPECT_THAT(mask_by_magnitude({weights, 2, 64}, 3).error().message, HasSubstr("1, 2, 4, 8"));
  EXPECT_THAT(mask_by_magnitude({weights, 2, 65}, 2).error().message, HasSubstr("130"));
  EXPECT_EQ(mask_by_magnitude({{}, 0, 64}, 2).error().code, Code::kInvalidArgument);
  weights[64 + 7] = std::numeric_limits<float>::quiet_NaN();
  const Error error = mask_by_magnitude({weights, 2, 64}, 2).error();
  EXPECT_EQ(error.code, Code::kBadWeights);
  EXPECT_THAT(error.message, HasSubstr("row 1, column 7"));
}

}  // namespace
}  // namespace s4::prune
