// SPDX-License-Identifier: MIT
#include "sparse/layout.hpp"

#include <fmt/format.h>

#include <cstddef>

#include "s4/abi/s4_limits.h"
#include "sparse/crc32c.hpp"

namespace s4::sparse {

Error bad_weights(std::string message) {
  return Error{Code::kBadWeights, 0, {}, "weights", std::move(message)};
}

Error bad_argument(std::string message) {
  return Error{Code::kInvalidArgument, 0, {}, "weights", std::move(message)};
}

namespace {

uint64_t aligned(uint64_t bytes) {
  return (bytes + S4_WEIGHTS_ALIGN - 1) / S4_WEIGHTS_ALIGN * S4_WEIGHTS_ALIGN;
}

}  // namespace

Result<s4_weights_header> layout(const Shape& shape) {
  if (shape.rows < 1 || shape.rows > S4_MAX_ROWS) {
    return bad_argument(fmt::format("rows is {}; give 1 to {}, or split the matrix by rows",
                                    shape.rows, S4_MAX_ROWS));
  }
  if (shape.k < 1 || shape.k > S4_MAX_K) {
    return bad_argument(fmt::format("k is {}; give 1 to {}", shape.k, S4_MAX_K));
  }
  if (shape.degree < 1 || shape.degree > S4_MAX_DEGREE || (shape.degree & (shape.degree - 1)) != 0) {
    return bad_argument(fmt::format("degree is {}; give 1, 2, 4, 8, 16 or 32", shape.degree));
  }
  if (shape.type != S4_TYPE_INT8 && shape.type != S4_TYPE_BF16) {
    return bad_argument(fmt::format("type is {}; weights are S4_TYPE_INT8 or S4_TYPE_BF16",
                                    static_cast<int>(shape.type)));
  }
  s4_weights_header header{};
  header.magic = S4_WEIGHTS_MAGIC;
  header.version = S4_WEIGHTS_VERSION;
  header.header_size = sizeof header;
  header.rows = shape.rows;
  header.k = shape.k;
  header.k_padded = shape.k_padded();
  header.degree = static_cast<uint8_t>(shape.degree);
  header.type = static_cast<uint8_t>(shape.type);
  const uint64_t entries = uint64_t{shape.rows} * shape.k_padded() / shape.degree;
  header.values_offset = aligned(sizeof header);
  header.values_bytes = entries * shape.value_bytes();
  uint64_t end = aligned(header.values_offset + header.values_bytes);
  if (shape.degree > 1) {
    header.indices_offset = end;
    header.indices_bytes = entries;
    end = aligned(end + entries);
  }
  header.total_bytes = end;
  return header;
}

uint32_t blob_crc(const void* blob, size_t bytes) {
  constexpr size_t kField = offsetof(s4_weights_header, crc32c);
  const auto* p = static_cast<const std::byte*>(blob);
  const uint32_t zero = 0;
  uint32_t crc = crc32c(0, p, kField);
  crc = crc32c(crc, &zero, sizeof zero);
  return crc32c(crc, p + kField + sizeof zero, bytes - kField - sizeof zero);
}

}  // namespace s4::sparse
