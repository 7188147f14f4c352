// SPDX-License-Identifier: MIT
// Balanced banks in a dense matrix of weights: at degree s each bank of 64 consecutive k of each
// row has at most 64/s weights that are not zero. So has the last bank, however short it is
// (s4/abi/s4_weights.h). Everything here is a pure function; threads may call it at will.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "s4/abi/s4_limits.h"
#include "s4/result.hpp"
#include "sparse/choose.hpp"

namespace s4::prune {

inline constexpr uint32_t kDegrees[] = {1, 2, 4, 8, 16, 32};

// Weights [rows = outputs][k], row-major, without gaps. Borrowed: whoever made the span owns it.
struct Matrix {
  std::span<const float> values;
  uint32_t rows = 0;
  uint32_t k = 0;

  const float* row(uint32_t r) const { return values.data() + size_t{r} * k; }
};

// [rows][k], 1 where a weight stays: what s4::sparse::PackInput::mask takes.
using Mask = std::vector<uint8_t>;

constexpr bool is_degree(uint32_t degree) {
  return degree >= 1 && degree <= S4_MAX_DEGREE && (degree & (degree - 1)) == 0;
}
constexpr uint32_t bank_count(uint32_t k) {
  return (k + S4_BANK - 1) / S4_BANK;
}
constexpr uint32_t bank_columns(uint32_t k, uint32_t bank) {
  const uint32_t left = k - bank * S4_BANK;
  return left < S4_BANK ? left : S4_BANK;
}

// The highest degree whose banks the matrix's zeros fill already, 1 for a dense one and 32 for one
// of zeros. At that degree and below, every method of this folder leaves the matrix as it is.
// `matrix` must be one that check() accepts.
uint32_t recognise(const Matrix& matrix);

// True when no bank has more than 64/degree weights that are not zero.
bool holds(const Matrix& matrix, uint32_t degree);

// Code::kInvalidArgument when the span does not fit the shape or the shape is empty,
// Code::kBadWeights, naming row and column, at the first weight that is not finite.
Result<void> check(const Matrix& matrix);

// Code::kInvalidArgument unless `degree` is one of kDegrees.
Result<void> check_degree(uint32_t degree);

// Puts the bits of one bank into one row of a mask, k long; bits beyond k are dropped.
void set_bank(std::span<uint8_t> mask_row, uint32_t bank, sparse::BankBits bits);

// Zero where the mask is; both are [rows][k].
void apply_mask(std::span<float> weights, std::span<const uint8_t> mask);

// Errors of this folder: nothing was done.
Error bad_argument(std::string message);

}  // namespace s4::prune
