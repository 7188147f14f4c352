// SPDX-License-Identifier: MIT
// Weight matrices in balanced banks of 64 (abi/s4_weights.h), packed by the host and uploaded.
//
//   auto blob = s4::pack_bf16(dense, rows, k, 32).value();      // the largest of each bank stay
//   auto weights = s4::Weights::upload(device, blob).value();
//
// A matrix is [rows = outputs][k]. Packing and verifying need no device and keep no state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "device.hpp"

namespace s4 {

using Blob = std::vector<std::byte>;

// The general form: see struct s4_matrix and struct s4_pack_options; `size` members are set here.
inline Result<Blob> pack(s4_matrix matrix, s4_pack_options options) {
  detail::ErrorOut error;
  matrix.size = sizeof matrix;
  options.size = sizeof options;
  size_t bytes = 0;
  if (s4_weights_blob_bytes(matrix.rows, matrix.k, options.degree, options.type, &bytes, error) !=
      S4_SUCCESS) {
    return error.take();
  }
  Blob blob(bytes);
  if (s4_weights_pack(&matrix, &options, blob.data(), bytes, error) != S4_SUCCESS) {
    return error.take();
  }
  return blob;
}

// `dense` is [rows][k]; `mask`, if given, likewise: non-zero keeps a weight. Rounds to nearest
// even.
inline Result<Blob> pack_bf16(const float* dense, uint32_t rows, uint32_t k, uint32_t degree,
                              const uint8_t* mask = nullptr) {
  s4_matrix matrix{};
  matrix.data = dense;
  matrix.type = S4_TYPE_FLOAT32;
  matrix.rows = rows;
  matrix.k = k;
  s4_pack_options options{};
  options.degree = degree;
  options.type = S4_TYPE_BF16;
  options.mask = mask;
  return pack(matrix, options);
}

// int8 as it stands.
inline Result<Blob> pack_int8(const int8_t* dense, uint32_t rows, uint32_t k, uint32_t degree,
                              const uint8_t* mask = nullptr) {
  s4_matrix matrix{};
  matrix.data = dense;
  matrix.type = S4_TYPE_INT8;
  matrix.rows = rows;
  matrix.k = k;
  s4_pack_options options{};
  options.degree = degree;
  options.type = S4_TYPE_INT8;
  options.mask = mask;
  return pack(matrix, options);
}

// float32 to int8: w ~ q * scale[row]. Without `scale` a row's largest magnitude over 127;
// `scale_out`, if given, is [rows].
inline Result<Blob> pack_quantized(const float* dense, uint32_t rows, uint32_t k, uint32_t degree,
                                   float* scale_out, const uint8_t* mask = nullptr,
                                   const float* scale = nullptr) {
  s4_matrix matrix{};
  matrix.data = dense;
  matrix.type = S4_TYPE_FLOAT32;
  matrix.rows = rows;
  matrix.k = k;
  s4_pack_options options{};
  options.degree = degree;
  options.type = S4_TYPE_INT8;
  options.mask = mask;
  options.scale = scale;
  options.scale_out = scale_out;
  return pack(matrix, options);
}

// Code::kBadWeights with a message that names the field, or the row and the bank.
inline Result<void> verify(std::span<const std::byte> blob) {
  detail::ErrorOut error;
  s4_code code = s4_weights_verify(blob.data(), blob.size(), error);
  return detail::check(code, error);
}

struct WeightsInfo {
  uint32_t rows = 0;
  uint32_t k = 0;
  uint32_t degree = 0;
  s4_type type{};
  uint64_t bytes = 0;  // of card memory: both planes
};

// A blob in card memory. Thread-safe; jobs that use it keep its memory until they have ended.
class Weights {
 public:
  // Verifies and uploads.
  static Result<Weights> upload(const Device& device, std::span<const std::byte> blob) {
    detail::ErrorOut error;
    s4_weights* raw = nullptr;
    if (s4_weights_upload(device.get(), blob.data(), blob.size(), &raw, error) != S4_SUCCESS) {
      return error.take();
    }
    return Weights(raw);
  }

  WeightsInfo info() const {
    s4_weights_info raw{};
    raw.size = sizeof raw;
    (void)s4_weights_get_info(get(), &raw, nullptr);  // fails on null arguments only
    return {raw.rows, raw.k, raw.degree, raw.type, raw.bytes};
  }

  s4_weights* get() const noexcept { return handle_.get(); }

 private:
  explicit Weights(s4_weights* raw) : handle_(raw) {}
  detail::Handle<s4_weights, s4_weights_release> handle_;
};

}  // namespace s4
