// SPDX-License-Identifier: MIT
// The simplest choice: in each bank the largest magnitudes stay. Needs no calibration data, and is
// what s4::sparse::pack() does when it is given no mask.
#pragma once

#include "compiler/prune/banks.hpp"

namespace s4::prune {

// Equal magnitudes: the lower column stays. Errors: those of check() and check_degree().
Result<Mask> mask_by_magnitude(const Matrix& matrix, uint32_t degree);

}  // namespace s4::prune
