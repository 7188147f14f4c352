// SPDX-License-Identifier: MIT
// Where the planes of a weight blob stand: a pure function of shape, degree and type.
#pragma once

#include <cstdint>

#include "s4/abi/s4_cmd.h"
#include "s4/abi/s4_weights.h"
#include "s4/result.hpp"

namespace s4::sparse {

// An error of this library: nothing was done, no device was asked.
Error bad_weights(std::string message);
Error bad_argument(std::string message);

struct Shape {
  uint32_t rows = 0;
  uint32_t k = 0;
  uint32_t degree = 0;
  s4_type type{};

  uint32_t k_padded() const { return (k + S4_BANK - 1) / S4_BANK * S4_BANK; }
  uint32_t banks() const { return k_padded() / S4_BANK; }  // a row
  uint32_t entries() const { return S4_BANK / degree; }    // a bank
  uint32_t value_bytes() const { return type == S4_TYPE_BF16 ? 2 : 1; }
};

// A header with every field but crc32c, or Code::kInvalidArgument naming the field.
Result<s4_weights_header> layout(const Shape& shape);

// CRC of a whole blob with the crc32c field taken as zero. `bytes` at least the header's size.
uint32_t blob_crc(const void* blob, size_t bytes);

}  // namespace s4::sparse
