// SPDX-License-Identifier: MIT
#include "files.hpp"

#include <png.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>

#include <s4/abi/s4_cmd.h>
#include <s4/abi/s4_weights.h>

#include "../crc32c.hpp"

namespace s4::digits::test {
namespace {

std::vector<std::filesystem::path> files_in(const char* folder, const char* extension) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(DIGITS_FOLDER) / folder)) {
    if (entry.path().extension() == extension) {
      found.push_back(entry.path());
    }
  }
  std::ranges::sort(found);
  return found;
}

void align(Bytes& bytes) {
  bytes.resize((bytes.size() + kNetBlobAlign - 1) / kNetBlobAlign * kNetBlobAlign);
}

template <typename T>
void append(Bytes& bytes, const std::vector<T>& values) {
  const auto* raw = reinterpret_cast<const std::byte*>(values.data());
  bytes.insert(bytes.end(), raw, raw + values.size() * sizeof(T));
}

struct LayerText {
  std::uint32_t rows;
  std::uint32_t k;
  std::uint8_t degree;
  bool last;
  std::vector<std::int8_t> values;
  std::vector<std::uint8_t> indices;
  std::vector<std::int32_t> bias;
  std::vector<float> scale;
};

Bytes make_blob(const LayerText& text) {
  s4_weights_header header{};
  header.magic = S4_WEIGHTS_MAGIC;
  header.version = S4_WEIGHTS_VERSION;
  header.header_size = sizeof header;
  header.rows = text.rows;
  header.k = text.k;
  header.k_padded = (text.k + S4_BANK - 1) / S4_BANK * S4_BANK;
  header.degree = text.degree;
  header.type = S4_TYPE_INT8;
  Bytes blob(sizeof header);
  header.values_offset = blob.size();
  header.values_bytes = text.values.size();
  append(blob, text.values);
  align(blob);
  if (!text.indices.empty()) {
    header.indices_offset = blob.size();
    header.indices_bytes = text.indices.size();
    append(blob, text.indices);
    align(blob);
  }
  header.total_bytes = blob.size();
  store(blob, 0, header);
  header.crc32c = crc32c_without(blob, offsetof(s4_weights_header, crc32c));
  store(blob, 0, header);
  return blob;
}

void append_layer(Bytes& file, std::size_t index, const LayerText& text) {
  FileLayer record{};
  record.rows = text.rows;
  record.k = text.k;
  record.k_padded = (text.k + S4_BANK - 1) / S4_BANK * S4_BANK;
  record.degree = text.degree;
  record.type = S4_TYPE_INT8;
  record.y_type = text.last ? S4_TYPE_FLOAT32 : S4_TYPE_INT8;
  record.activation = text.last ? S4_ACT_NONE : S4_ACT_RELU;
  record.output_scale = text.last ? 0.0f : 0.125f;
  record.bias_offset = static_cast<std::uint32_t>(file.size());
  append(file, text.bias);
  record.scale_offset = static_cast<std::uint32_t>(file.size());
  append(file, text.scale);
  align(file);
  const Bytes blob = make_blob(text);
  record.blob_offset = static_cast<std::uint32_t>(file.size());
  record.blob_bytes = static_cast<std::uint32_t>(blob.size());
  append(file, blob);
  store(file, sizeof(FileHeader) + index * sizeof(FileLayer), record);
}

}  // namespace

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    throw std::runtime_error(path.string() + " cannot be opened");
  }
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto* raw = reinterpret_cast<const std::byte*>(text.data());
  return {raw, raw + text.size()};
}

std::vector<std::filesystem::path> shipped_networks() {
  return files_in("weights", ".s4net");
}
std::vector<std::filesystem::path> shipped_images() {
  return files_in("images", ".png");
}

Bytes small_net() {
  // Four entries in each of two banks: columns 0, 1, 2, 5 and 64, 65, 66, 69.
  LayerText first{3, 70, 16, false, {}, {}, {}, {0.5f, 0.5f, 0.5f}};
  first.values = {1,   2,   3,   4,   5,   6,   7,   8,     // row 0
                  -1,  -1,  -1,  -1,  -1,  -1,  -1,  -1,    // row 1
                  127, 127, 127, 127, 127, 127, 127, 127};  // row 2
  for (int bank = 0; bank < 6; ++bank) {
    first.indices.insert(first.indices.end(), {0, 1, 2, 5});
  }
  first.bias = {1, 0, std::numeric_limits<std::int32_t>::max()};
  LayerText second{
      2, 3, 1, true, std::vector<std::int8_t>(2 * S4_BANK), {}, {0, 10}, {0.25f, 0.125f}};
  const std::array<std::int8_t, 6> dense = {1, 1, 1, 2, 0, -1};
  std::copy_n(dense.begin(), 3, second.values.begin());
  std::copy_n(dense.begin() + 3, 3, second.values.begin() + S4_BANK);

  Bytes file(sizeof(FileHeader) + 2 * sizeof(FileLayer));
  append_layer(file, 0, first);
  append_layer(file, 1, second);
  FileHeader header{};
  header.magic = kNetMagic;
  header.version = kNetVersion;
  header.layers = 2;
  header.file_bytes = static_cast<std::uint32_t>(file.size());
  std::strcpy(header.name.data(), "small");
  header.input_scale = 1.0f / 127;
  header.inputs = 70;
  header.pixel_stride = 1;
  header.test_images = 10;
  header.test_correct = 9;
  store(file, 0, header);
  repair_crc(file);
  return file;
}

void repair_crc(Bytes& file) {
  store(file, offsetof(FileHeader, crc32c), crc32c_without(file, offsetof(FileHeader, crc32c)));
}

Bytes encode_png(const GrayImage& gray) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = gray.width;
  image.height = gray.height;
  image.format = PNG_FORMAT_GRAY;
  png_alloc_size_t size = 0;
  if (png_image_write_to_memory(&image, nullptr, &size, 0, gray.pixels.data(), 0, nullptr) == 0) {
    throw std::runtime_error(image.message);
  }
  Bytes file(size);
  if (png_image_write_to_memory(&image, file.data(), &size, 0, gray.pixels.data(), 0, nullptr) ==
      0) {
    throw std::runtime_error(image.message);
  }
  file.resize(size);
  return file;
}

}  // namespace s4::digits::test
