// SPDX-License-Identifier: MIT
#include "sparse/pack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include "sparse/bf16.hpp"
#include "sparse/choose.hpp"
#include "sparse/int8.hpp"

namespace s4::sparse {
namespace {

using Bits = BankBits;

// Packs one row at a time: choose each bank's columns, then the row's scale, then the planes.
class RowPacker {
 public:
  RowPacker(const Shape& shape, const PackInput& input)
      : shape_(shape), input_(input), row_(shape.k_padded()), kept_(shape.banks()) {}

  Result<void> pack(uint32_t row, std::byte* values, uint8_t* indices) {
    load(row);
    for (uint32_t bank = 0; bank < shape_.banks(); ++bank) {
      auto chosen = input_.mask ? by_mask(row, bank) : by_magnitude(row, bank);
      if (!chosen)
        return std::move(chosen).error();
      kept_[bank] = *chosen;
    }
    float scale = 1.0f;
    if (shape_.type == S4_TYPE_INT8 && input_.type == S4_TYPE_FLOAT32) {
      scale = row_scale(row);
      if (!std::isnormal(scale) || scale < 0) {
        return bad_argument(fmt::format(
            "scale of row {} is {}; give a positive number that is not subnormal", row, scale));
      }
      if (input_.scale_out)
        input_.scale_out[row] = scale;
    }
    for (uint32_t bank = 0; bank < shape_.banks(); ++bank) {
      for (Bits left = kept_[bank]; left != 0; left &= left - 1) {
        const uint32_t column = static_cast<uint32_t>(std::countr_zero(left));
        const float value = row_[bank * S4_BANK + column];
        if (shape_.type == S4_TYPE_BF16) {
          const uint16_t rounded = to_bf16(value);
          if (!bf16_is_finite(rounded)) {
            return bad_weights(fmt::format("row {}, column {}: {} is too large for bfloat16", row,
                                           bank * S4_BANK + column, value));
          }
          std::memcpy(values, &rounded, sizeof rounded);
        } else {
          const float low = input_.type == S4_TYPE_INT8 ? -128.0f : -127.0f;
          const int8_t rounded = to_int8(value, scale, low);
          std::memcpy(values, &rounded, sizeof rounded);
        }
        values += shape_.value_bytes();
        if (indices)
          *indices++ = static_cast<uint8_t>(column);
      }
    }
    return {};
  }

 private:
  // The row as float, which holds every int8 exactly; zero beyond k.
  void load(uint32_t row) {
    if (input_.type == S4_TYPE_FLOAT32) {
      const float* from = static_cast<const float*>(input_.data) + row * input_.pitch;
      std::copy(from, from + shape_.k, row_.begin());
    } else {
      const int8_t* from = static_cast<const int8_t*>(input_.data) + row * input_.pitch;
      std::copy(from, from + shape_.k, row_.begin());
    }
  }

  Error not_finite(uint32_t row, uint32_t column) const {
    return bad_weights(
        fmt::format("row {}, column {}: the weight is not a finite number", row, column));
  }

  Result<Bits> by_mask(uint32_t row, uint32_t bank) {
    const uint32_t begin = bank * S4_BANK;
    const uint32_t columns = std::min<uint32_t>(S4_BANK, shape_.k - begin);
    const uint8_t* mask = input_.mask + uint64_t{row} * shape_.k + begin;
    Bits kept = 0;
    for (uint32_t i = 0; i < columns; ++i) {
      if (!mask[i])
        continue;
      if (!std::isfinite(row_[begin + i]))
        return not_finite(row, begin + i);
      kept |= Bits{1} << i;
    }
    const auto count = static_cast<uint32_t>(std::popcount(kept));
    if (count > shape_.entries()) {
      return bad_weights(fmt::format(
          "row {}, bank {}: the mask keeps {} of 64 weights, degree {} has room for {}; prune the "
          "bank further or pack at a lower degree",
          row, bank, count, shape_.degree, shape_.entries()));
    }
    return filled(kept, row_.data() + begin);
  }

  // Fills a bank up with places that hold nothing: each stored entry that was not kept is zero.
  Bits filled(Bits kept, float* weights) const {
    auto missing = shape_.entries() - static_cast<uint32_t>(std::popcount(kept));
    for (Bits free = ~kept; missing > 0; --missing, free &= free - 1) {
      const int place = std::countr_zero(free);
      weights[place] = 0.0f;
      kept |= Bits{1} << place;
    }
    return kept;
  }

  Result<Bits> by_magnitude(uint32_t row, uint32_t bank) const {
    const float* weights = row_.data() + bank * S4_BANK;
    for (uint32_t i = 0; i < S4_BANK; ++i) {
      if (!std::isfinite(weights[i]))
        return not_finite(row, bank * S4_BANK + i);
    }
    return largest_of_bank(weights, shape_.entries());
  }

  float row_scale(uint32_t row) const {
    if (input_.scale)
      return input_.scale[row];
    float largest = 0;
    for (uint32_t bank = 0; bank < shape_.banks(); ++bank) {
      for (Bits left = kept_[bank]; left != 0; left &= left - 1) {
        largest = std::max(largest, std::fabs(row_[bank * S4_BANK + std::countr_zero(left)]));
      }
    }
    return int8_scale(largest);
  }

  const Shape& shape_;
  const PackInput& input_;
  std::vector<float> row_;
  std::vector<Bits> kept_;
};

}  // namespace

Result<void> pack(const Shape& shape, const PackInput& input, std::span<std::byte> blob) {
  auto header = layout(shape);
  if (!header)
    return std::move(header).error();
  if (!input.data)
    return bad_argument("the matrix has no data; give a pointer to it");
  if (input.type != S4_TYPE_FLOAT32 && input.type != S4_TYPE_INT8) {
    return bad_argument("a matrix is S4_TYPE_FLOAT32 or S4_TYPE_INT8");
  }
  if (input.type == S4_TYPE_INT8 && shape.type != S4_TYPE_INT8) {
    return bad_argument("an INT8 matrix packs to S4_TYPE_INT8 only; convert it to float first");
  }
  if (input.type == S4_TYPE_INT8 && (input.scale || input.scale_out)) {
    return bad_argument("an INT8 matrix is packed as it stands; leave scale and scale_out null");
  }
  if (shape.type == S4_TYPE_BF16 && (input.scale || input.scale_out)) {
    return bad_argument("bfloat16 weights have no scale; leave scale and scale_out null");
  }
  if (input.pitch < shape.k) {
    return bad_argument(
        fmt::format("pitch is {} elements, less than k = {}", input.pitch, shape.k));
  }
  if (blob.size() != header->total_bytes) {
    return bad_argument(fmt::format("the blob takes {} bytes, the space given has {}",
                                    header->total_bytes, blob.size()));
  }
  std::memset(blob.data(), 0, blob.size());
  RowPacker packer(shape, input);
  const uint64_t entries = uint64_t{shape.banks()} * shape.entries();
  for (uint32_t row = 0; row < shape.rows; ++row) {
    std::byte* values = blob.data() + header->values_offset + row * entries * shape.value_bytes();
    uint8_t* indices = nullptr;
    if (shape.degree > 1) {
      indices = reinterpret_cast<uint8_t*>(blob.data() + header->indices_offset + row * entries);
    }
    if (auto done = packer.pack(row, values, indices); !done)
      return done;
  }
  std::memcpy(blob.data(), &*header, sizeof *header);
  header->crc32c = blob_crc(blob.data(), blob.size());
  std::memcpy(blob.data(), &*header, sizeof *header);
  return {};
}

}  // namespace s4::sparse
