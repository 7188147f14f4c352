// SPDX-License-Identifier: MIT
#include "compiler/prune/banks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace s4::prune {
namespace {

// The most weights other than zero in any bank of the matrix.
uint32_t fullest_bank(const Matrix& matrix) {
  uint32_t most = 0;
  for (uint32_t r = 0; r < matrix.rows; ++r) {
    const float* row = matrix.row(r);
    for (uint32_t bank = 0; bank < bank_count(matrix.k); ++bank) {
      const float* begin = row + size_t{bank} * S4_BANK;
      const auto zeros = std::count(begin, begin + bank_columns(matrix.k, bank), 0.0f);
      most = std::max(most, bank_columns(matrix.k, bank) - static_cast<uint32_t>(zeros));
    }
  }
  return most;
}

}  // namespace

uint32_t recognise(const Matrix& matrix) {
  const uint32_t most = fullest_bank(matrix);
  uint32_t degree = 1;
  for (uint32_t candidate : kDegrees) {
    if (most <= S4_BANK / candidate)
      degree = candidate;
  }
  return degree;
}

bool holds(const Matrix& matrix, uint32_t degree) {
  return fullest_bank(matrix) <= S4_BANK / degree;
}

Result<void> check(const Matrix& matrix) {
  if (matrix.rows == 0 || matrix.k == 0)
    return bad_argument(fmt::format(
        "the matrix is {} x {}; it needs at least one row and one column", matrix.rows, matrix.k));
  if (matrix.values.size() != size_t{matrix.rows} * matrix.k) {
    return bad_argument(fmt::format("a matrix of {} x {} has {} weights, the span given has {}",
                                    matrix.rows, matrix.k, size_t{matrix.rows} * matrix.k,
                                    matrix.values.size()));
  }
  for (size_t i = 0; i < matrix.values.size(); ++i) {
    if (!std::isfinite(matrix.values[i])) {
      return Error{Code::kBadWeights,
                   0,
                   {},
                   "prune",
                   fmt::format("row {}, column {}: the weight is not a finite number", i / matrix.k,
                               i % matrix.k)};
    }
  }
  return {};
}

Result<void> check_degree(uint32_t degree) {
  if (!is_degree(degree))
    return bad_argument(fmt::format("degree is {}; give 1, 2, 4, 8, 16 or 32", degree));
  return {};
}

void set_bank(std::span<uint8_t> mask_row, uint32_t bank, sparse::BankBits bits) {
  const uint32_t columns = bank_columns(static_cast<uint32_t>(mask_row.size()), bank);
  for (uint32_t i = 0; i < columns; ++i)
    mask_row[size_t{bank} * S4_BANK + i] = static_cast<uint8_t>(bits >> i & 1);
}

void apply_mask(std::span<float> weights, std::span<const uint8_t> mask) {
  for (size_t i = 0; i < weights.size(); ++i) {
    if (!mask[i])
      weights[i] = 0.0f;
  }
}

Error bad_argument(std::string message) {
  return Error{Code::kInvalidArgument, 0, {}, "prune", std::move(message)};
}

}  // namespace s4::prune
