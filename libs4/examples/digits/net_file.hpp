// SPDX-License-Identifier: MIT
// The file of a quantised network, NAME.s4net, written by s4net.py.
//
// Little-endian. A FileHeader, one FileLayer for each layer, then for each layer its biases, its
// scales and its weight blob. A blob is exactly what include/s4/abi/s4_weights.h describes (its own
// CRC included), so it is uploaded as it stands. Gaps are zero.
//
// A layer computes y = round(activation(float32(sum + bias) * scale)) saturated to INT8, with the
// row's bias and scale. The last layer, and no other, has type FLOAT32: no rounding, no saturation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace s4::digits {

constexpr std::uint32_t kNetMagic = 0x544e3453;  // "S4NT"
constexpr std::uint16_t kNetVersion = 1;
constexpr std::size_t kNetMaxLayers = 16;
constexpr std::size_t kNetMaxBytes = std::size_t{16} << 20;
constexpr std::size_t kNetBlobAlign = 64;

struct FileHeader {
  std::uint32_t magic;
  std::uint16_t version;
  std::uint16_t layers;        // 1..kNetMaxLayers
  std::uint32_t file_bytes;    // of the whole file
  std::uint32_t crc32c;        // of the whole file with this field as zero
  std::array<char, 24> name;   // padded with NUL, at least one
  float input_scale;           // real value of one step of the INT8 input (a pixel of 255 is 1.0)
  std::uint32_t inputs;        // K of the first layer: the pixels
  std::uint32_t pixel_stride;  // column c is pixel (c * pixel_stride) mod inputs
  std::uint32_t test_images;   // MNIST test images classified by the INT8 network ...
  std::uint32_t test_correct;  // ... and how many of them rightly
  std::uint32_t reserved;      // 0
};
static_assert(sizeof(FileHeader) == 64);

struct FileLayer {
  std::uint32_t rows;
  std::uint32_t k;
  std::uint32_t k_padded;
  std::uint8_t degree;
  std::uint8_t type;           // enum s4_type: INT8
  std::uint8_t y_type;         // enum s4_type: FLOAT32 in the last layer, INT8 before
  std::uint8_t activation;     // enum s4_activation
  float output_scale;          // real value of one step of y; 0 for FLOAT32, which is real already
  std::uint32_t bias_offset;   // int32 [rows], from the file's first byte, 4-byte aligned
  std::uint32_t scale_offset;  // float32 [rows]
  std::uint32_t blob_offset;   // kNetBlobAlign-aligned
  std::uint32_t blob_bytes;
  std::array<std::uint32_t, 7> reserved;  // 0
};
static_assert(sizeof(FileLayer) == 64);

struct Layer {
  std::uint32_t rows = 0;
  std::uint32_t k = 0;
  std::uint32_t k_padded = 0;
  std::uint32_t degree = 1;
  bool relu = false;
  bool float_output = false;  // in the last layer
  float output_scale = 0;
  std::vector<std::int32_t> bias;  // [rows]
  std::vector<float> scale;        // [rows]
  std::vector<std::byte> blob;     // an S4 weight blob

  // What the card multiplies for one column, padding included.
  [[nodiscard]] std::uint64_t multiply_accumulates() const {
    return std::uint64_t{rows} * k_padded / degree;
  }
};

struct Network {
  std::string name;
  float input_scale = 0;
  std::uint32_t inputs = 0;
  std::uint32_t pixel_stride = 1;
  std::uint32_t test_images = 0;
  std::uint32_t test_correct = 0;
  std::vector<Layer> layers;  // at least one; each one's k is the rows of the one before
};

// The bytes of a file. The error says what is wrong with them; nothing is trusted before the CRC,
// and lengths, shapes and the blobs' headers are checked against each other after it.
[[nodiscard]] tl::expected<Network, std::string> parse_net(std::span<const std::byte> file);

// The same from disk; the error begins with the path.
[[nodiscard]] tl::expected<Network, std::string> read_net(const std::filesystem::path& path);

}  // namespace s4::digits
