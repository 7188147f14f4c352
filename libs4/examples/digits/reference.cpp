// SPDX-License-Identifier: MIT
#include "reference.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include <s4/abi/s4_weights.h>

#include "crc32c.hpp"

namespace s4::digits {
namespace {

using Error = tl::unexpected<std::string>;

struct Planes {
  const std::int8_t* values;
  const std::uint8_t* indices;  // null at degree 1
};

tl::expected<Planes, std::string> find_planes(const Layer& layer) {
  s4_weights_header header;
  std::memcpy(&header, layer.blob.data(), sizeof header);
  const std::size_t blob_bytes = layer.blob.size();
  if (crc32c_without(layer.blob, offsetof(s4_weights_header, crc32c)) != header.crc32c) {
    return Error("the weight blob's CRC-32C does not match");
  }
  const std::uint64_t entries = layer.multiply_accumulates();
  const std::uint64_t index_bytes = layer.degree == 1 ? 0 : entries;
  const auto outside = [&](std::uint64_t offset, std::uint64_t bytes) {
    return offset > blob_bytes || bytes > blob_bytes - offset;
  };
  if (header.values_bytes != entries || header.indices_bytes != index_bytes ||
      outside(header.values_offset, entries) || outside(header.indices_offset, index_bytes)) {
    return Error("a plane of the weight blob lies outside it");
  }
  const auto* base = reinterpret_cast<const std::uint8_t*>(layer.blob.data());
  return Planes{reinterpret_cast<const std::int8_t*>(base + header.values_offset),
                layer.degree == 1 ? nullptr : base + header.indices_offset};
}

tl::expected<PlainLayer, std::string> unpack(const Layer& layer) {
  const auto planes = find_planes(layer);
  if (!planes) {
    return Error(planes.error());
  }
  const std::size_t entries = layer.multiply_accumulates();
  PlainLayer plain{layer.rows, layer.k_padded, layer.relu, layer.float_output, {},
                   {},         layer.bias,     layer.scale};
  plain.values.assign(planes->values, planes->values + entries);
  plain.columns.reserve(entries);
  const std::size_t per_bank = S4_ENTRIES_PER_BANK(layer.degree);
  const std::size_t banks = layer.k_padded / S4_BANK;
  for (std::size_t row = 0; row < layer.rows; ++row) {
    for (std::size_t bank = 0; bank < banks; ++bank) {
      int previous = -1;
      for (std::size_t i = 0; i < per_bank; ++i) {
        const int at = planes->indices == nullptr ? static_cast<int>(i)
                                                  : planes->indices[plain.columns.size()];
        if (at <= previous || at >= S4_BANK) {
          return Error("row " + std::to_string(row) + ", bank " + std::to_string(bank) +
                       ": an index is out of order");
        }
        previous = at;
        plain.columns.push_back(static_cast<std::uint16_t>(bank * S4_BANK + at));
      }
    }
  }
  return plain;
}

std::int32_t saturating_add(std::int32_t a, std::int32_t b) {
  const std::int64_t sum = std::int64_t{a} + b;
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(
      sum, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()));
}

// One row's value after the epilogue, still float32 and not rounded.
float row_value(const PlainLayer& layer, std::size_t row, std::span<const std::int8_t> x) {
  const std::size_t entries = layer.values.size() / layer.rows;
  const std::int8_t* values = layer.values.data() + row * entries;
  const std::uint16_t* columns = layer.columns.data() + row * entries;
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < entries; ++i) {
    sum += values[i] * x[columns[i]];
  }
  const float y = static_cast<float>(saturating_add(sum, layer.bias[row])) * layer.scale[row];
  return layer.relu ? std::max(y, 0.0f) : y;
}

}  // namespace

tl::expected<Reference, std::string> Reference::create(const Network& net) {
  Reference reference;
  for (std::size_t i = 0; i < net.layers.size(); ++i) {
    const Layer& layer = net.layers[i];
    auto plain = unpack(layer);
    if (!plain) {
      return Error(net.name + ", layer " + std::to_string(i) + ": " + plain.error());
    }
    reference.layers_.push_back(std::move(*plain));
  }
  return reference;
}

std::vector<float> Reference::logits(std::span<const std::int8_t> input) const {
  std::vector<std::int8_t> x(input.begin(), input.end());
  std::vector<float> y;
  for (const PlainLayer& layer : layers_) {
    x.resize(layer.k_padded);  // columns of padding read as zero
    y.resize(layer.rows);
    for (std::size_t row = 0; row < layer.rows; ++row) {
      y[row] = row_value(layer, row, x);
    }
    if (!layer.float_output) {
      x.resize(layer.rows);
      std::transform(y.begin(), y.end(), x.begin(), [](float v) {
        // std::nearbyint rounds half to even in the default mode.
        return static_cast<std::int8_t>(std::clamp(std::nearbyint(v), -128.0f, 127.0f));
      });
    }
  }
  return y;
}

int best_of(std::span<const float> logits) {
  return static_cast<int>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

}  // namespace s4::digits
