// SPDX-License-Identifier: MIT
#include "compiler/prune/magnitude.hpp"

#include <algorithm>
#include <array>

namespace s4::prune {

Result<Mask> mask_by_magnitude(const Matrix& matrix, uint32_t degree) {
  if (auto ok = check(matrix); !ok)
    return std::move(ok).error();
  if (auto ok = check_degree(degree); !ok)
    return std::move(ok).error();
  Mask mask(matrix.values.size());
  for (uint32_t r = 0; r < matrix.rows; ++r) {
    for (uint32_t bank = 0; bank < bank_count(matrix.k); ++bank) {
      std::array<float, S4_BANK> scores{};  // zero beyond k
      std::copy_n(matrix.row(r) + size_t{bank} * S4_BANK, bank_columns(matrix.k, bank),
                  scores.begin());
      set_bank(std::span(mask).subspan(size_t{r} * matrix.k, matrix.k), bank,
               sparse::largest_of_bank(scores.data(), S4_BANK / degree));
    }
  }
  return mask;
}

}  // namespace s4::prune
