// SPDX-License-Identifier: MIT
// Files and networks that the tests are made from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "../image.hpp"
#include "../net_file.hpp"

namespace s4::digits::test {

using Bytes = std::vector<std::byte>;

Bytes read_file(const std::filesystem::path& path);

// The shipped files, sorted by name.
std::vector<std::filesystem::path> shipped_networks();
std::vector<std::filesystem::path> shipped_images();

// A network file of two layers: 70 inputs -> 3 rows at degree 16 -> 2 rows, dense, float32.
// See files.cpp for the numbers.
Bytes small_net();

// Writes the CRC of the file (and nothing else) anew, so that a changed field gets past it.
void repair_crc(Bytes& file);

template <typename T>
void store(Bytes& file, std::size_t offset, T value) {
  std::memcpy(file.data() + offset, &value, sizeof value);
}

// `image` as the bytes of a grayscale PNG file.
Bytes encode_png(const GrayImage& image);

}  // namespace s4::digits::test
