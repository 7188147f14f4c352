// SPDX-License-Identifier: MIT
#include "sparse/verify.hpp"

#include <fmt/format.h>

#include <cstring>
#include <vector>

#include "sparse/bf16.hpp"

namespace s4::sparse {
namespace {

s4_weights_header header_of(std::span<const std::byte> blob) {
  s4_weights_header header;
  std::memcpy(&header, blob.data(), sizeof header);
  return header;
}

// The first field of `is` that differs from what its shape demands, or null.
const char* differing_field(const s4_weights_header& is, const s4_weights_header& should) {
  if (is.k_padded != should.k_padded)
    return "k_padded";
  if (is.values_offset != should.values_offset)
    return "values_offset";
  if (is.values_bytes != should.values_bytes)
    return "values_bytes";
  if (is.indices_offset != should.indices_offset)
    return "indices_offset";
  if (is.indices_bytes != should.indices_bytes)
    return "indices_bytes";
  if (is.total_bytes != should.total_bytes)
    return "total_bytes";
  if (std::memcmp(is.reserved0, should.reserved0, sizeof is.reserved0) != 0)
    return "reserved0";
  if (std::memcmp(is.reserved1, should.reserved1, sizeof is.reserved1) != 0)
    return "reserved1";
  return nullptr;
}

Result<void> check_indices(const Shape& shape, const uint8_t* indices) {
  for (uint32_t row = 0; row < shape.rows; ++row) {
    for (uint32_t bank = 0; bank < shape.banks(); ++bank) {
      int before = -1;
      for (uint32_t i = 0; i < shape.entries(); ++i, ++indices) {
        if (*indices >= S4_BANK) {
          return bad_weights(
              fmt::format("row {}, bank {}: index {} is {}; a bank has places 0 to "
                          "63. Pack the weights again",
                          row, bank, i, *indices));
        }
        if (*indices <= before) {
          return bad_weights(
              fmt::format("row {}, bank {}: index {} is {} after {}; they must ascend. Pack the "
                          "weights again",
                          row, bank, i, *indices, before));
        }
        before = *indices;
      }
    }
  }
  return {};
}

}  // namespace

Result<Shape> verify(std::span<const std::byte> blob) {
  if (blob.data() == nullptr || blob.size() < sizeof(s4_weights_header)) {
    return bad_weights(
        fmt::format("the blob has {} bytes, less than its header's {}; is the file "
                    "cut off?",
                    blob.size(), sizeof(s4_weights_header)));
  }
  const s4_weights_header header = header_of(blob);
  if (header.magic != S4_WEIGHTS_MAGIC) {
    return bad_weights(fmt::format("magic is {:#010x}, not {:#010x}: this is no S4 weight blob",
                                   header.magic, S4_WEIGHTS_MAGIC));
  }
  if (header.version != S4_WEIGHTS_VERSION || header.header_size != sizeof header) {
    return bad_weights(
        fmt::format("format version {} with a header of {} bytes; this library "
                    "reads version {} with {}. Pack the weights with this release",
                    header.version, header.header_size, S4_WEIGHTS_VERSION, sizeof header));
  }
  if (header.type != S4_TYPE_INT8 && header.type != S4_TYPE_BF16) {
    return bad_weights(fmt::format(
        "header: type is {}; weights are S4_TYPE_INT8 or S4_TYPE_BF16", header.type));
  }
  const Shape shape{header.rows, header.k, header.degree, static_cast<s4_type>(header.type)};
  auto should = layout(shape);
  if (!should)
    return bad_weights("header: " + should.error().message);
  if (const char* field = differing_field(header, *should)) {
    return bad_weights(
        fmt::format("header: {} does not fit {} rows, k {}, degree {}; pack the "
                    "weights again",
                    field, shape.rows, shape.k, shape.degree));
  }
  if (blob.size() != header.total_bytes) {
    const char* plane = blob.size() < header.values_offset + header.values_bytes ? "value plane"
                        : blob.size() < header.total_bytes                       ? "index plane"
                                                                                 : nullptr;
    return bad_weights(fmt::format(
        "the blob has {} bytes, its header says {}: {}", blob.size(), header.total_bytes,
        plane ? fmt::format("the {} is cut off", plane) : "there is something after it"));
  }
  if (const uint32_t crc = blob_crc(blob.data(), blob.size()); crc != header.crc32c) {
    return bad_weights(
        fmt::format("CRC-32C is {:#010x}, the header says {:#010x}: the blob is "
                    "damaged; copy or pack it again",
                    crc, header.crc32c));
  }
  if (shape.degree > 1) {
    const auto* indices = reinterpret_cast<const uint8_t*>(blob.data() + header.indices_offset);
    if (auto good = check_indices(shape, indices); !good)
      return std::move(good).error();
  }
  return shape;
}

std::vector<float> to_dense(std::span<const std::byte> blob) {
  const s4_weights_header header = header_of(blob);
  const Shape shape{header.rows, header.k, header.degree, static_cast<s4_type>(header.type)};
  std::vector<float> dense(uint64_t{shape.rows} * shape.k);
  const std::byte* value = blob.data() + header.values_offset;
  const std::byte* index = blob.data() + header.indices_offset;
  for (uint32_t row = 0; row < shape.rows; ++row) {
    for (uint32_t bank = 0; bank < shape.banks(); ++bank) {
      for (uint32_t i = 0; i < shape.entries(); ++i, value += shape.value_bytes()) {
        const uint32_t place = shape.degree == 1 ? i : std::to_integer<uint32_t>(*index++);
        const uint32_t column = bank * S4_BANK + place;
        if (column >= shape.k)
          continue;
        float& out = dense[uint64_t{row} * shape.k + column];
        if (shape.type == S4_TYPE_BF16) {
          uint16_t bits;
          std::memcpy(&bits, value, sizeof bits);
          out = from_bf16(bits);
        } else {
          out = static_cast<float>(std::to_integer<uint8_t>(*value)) -
                ((std::to_integer<uint8_t>(*value) & 0x80) ? 256.0f : 0.0f);
        }
      }
    }
  }
  return dense;
}

}  // namespace s4::sparse
