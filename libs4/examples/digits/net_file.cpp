// SPDX-License-Identifier: MIT
#include "net_file.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <system_error>

#include <s4/abi/s4_cmd.h>
#include <s4/abi/s4_weights.h>

#include "crc32c.hpp"

namespace s4::digits {
namespace {

static_assert(std::endian::native == std::endian::little, "the file is read in place");

using Bytes = std::span<const std::byte>;
using Error = tl::unexpected<std::string>;

template <typename T>
T load(Bytes bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

template <typename T>
std::vector<T> load_array(Bytes bytes, std::size_t offset, std::size_t count) {
  std::vector<T> values(count);
  std::memcpy(values.data(), bytes.data() + offset, count * sizeof(T));
  return values;
}

bool inside(Bytes bytes, std::uint64_t offset, std::uint64_t length) {
  return offset <= bytes.size() && length <= bytes.size() - offset;
}

bool is_positive(float x) {
  return std::isfinite(x) && x > 0;
}

// Returns what is wrong with the header, or nothing.
std::string fault_of_header(const FileHeader& header, Bytes file) {
  if (header.magic != kNetMagic) {
    return "not a network file (.s4net)";
  }
  if (header.version != kNetVersion) {
    return "version " + std::to_string(header.version) + ", this program reads version " +
           std::to_string(kNetVersion);
  }
  if (header.file_bytes != file.size()) {
    return std::to_string(file.size()) + " bytes, its header says " +
           std::to_string(header.file_bytes) + ": truncated or with something appended";
  }
  if (crc32c_without(file, offsetof(FileHeader, crc32c)) != header.crc32c) {
    return "CRC-32C does not match: the file is damaged";
  }
  if (header.layers < 1 || header.layers > kNetMaxLayers) {
    return std::to_string(header.layers) + " layers, 1 to " + std::to_string(kNetMaxLayers) +
           " are possible";
  }
  if (header.name.back() != '\0' || header.name.front() == '\0') {
    return "its name is empty or not ended";
  }
  if (!is_positive(header.input_scale) || header.pixel_stride == 0 ||
      header.test_correct > header.test_images || header.reserved != 0 ||
      !inside(file, sizeof(FileHeader), header.layers * sizeof(FileLayer))) {
    return "a field of the header is out of range";
  }
  return {};
}

// Whether the blob is whole and is the matrix that the layer's record describes. Its CRC and the
// order of its indices are left to whoever unpacks it (reference.cpp, or libs4 at upload).
bool blob_agrees(const FileLayer& record, Bytes blob) {
  if (blob.size() < sizeof(s4_weights_header)) {
    return false;
  }
  const auto header = load<s4_weights_header>(blob, 0);
  return header.magic == S4_WEIGHTS_MAGIC && header.version == S4_WEIGHTS_VERSION &&
         header.rows == record.rows && header.k == record.k && header.k_padded == record.k_padded &&
         header.degree == record.degree && header.type == record.type &&
         header.total_bytes == blob.size();
}

std::string fault_of_layer(const FileLayer& record, std::uint32_t expected_k, bool last,
                           Bytes file) {
  if (record.k != expected_k || record.rows < 1 || record.rows > S4_MAX_ROWS) {
    return "its shape does not fit the layer before";
  }
  const std::uint64_t padded = (std::uint64_t{record.k} + S4_BANK - 1) / S4_BANK * S4_BANK;
  if (record.k_padded != padded || padded > S4_MAX_K) {
    return "its padded K is wrong";
  }
  if (!std::has_single_bit(record.degree) || record.degree > 32) {
    return "degree " + std::to_string(record.degree) + " does not exist";
  }
  const bool float_output = record.y_type == S4_TYPE_FLOAT32;
  if (record.type != S4_TYPE_INT8 || (!float_output && record.y_type != S4_TYPE_INT8) ||
      float_output != last || record.activation > S4_ACT_RELU) {
    return "its types or its activation are not possible there";
  }
  if (float_output ? record.output_scale != 0 : !is_positive(record.output_scale)) {
    return "its output scale is wrong";
  }
  const std::uint64_t vector_bytes = std::uint64_t{record.rows} * 4;
  if (record.bias_offset % 4 != 0 || record.scale_offset % 4 != 0 ||
      record.blob_offset % kNetBlobAlign != 0 || !inside(file, record.bias_offset, vector_bytes) ||
      !inside(file, record.scale_offset, vector_bytes) ||
      !inside(file, record.blob_offset, record.blob_bytes)) {
    return "its data lie outside the file";
  }
  for (const float scale : load_array<float>(file, record.scale_offset, record.rows)) {
    if (!is_positive(scale)) {
      return "a scale is not a positive number";
    }
  }
  if (!blob_agrees(record, file.subspan(record.blob_offset, record.blob_bytes))) {
    return "its weight blob is of another shape or cut short";
  }
  if (std::ranges::any_of(record.reserved, [](std::uint32_t word) { return word != 0; })) {
    return "a reserved field is set";
  }
  return {};
}

Layer make_layer(const FileLayer& record, Bytes file) {
  Layer layer;
  layer.rows = record.rows;
  layer.k = record.k;
  layer.k_padded = record.k_padded;
  layer.degree = record.degree;
  layer.relu = record.activation == S4_ACT_RELU;
  layer.float_output = record.y_type == S4_TYPE_FLOAT32;
  layer.output_scale = record.output_scale;
  layer.bias = load_array<std::int32_t>(file, record.bias_offset, record.rows);
  layer.scale = load_array<float>(file, record.scale_offset, record.rows);
  layer.blob = load_array<std::byte>(file, record.blob_offset, record.blob_bytes);
  return layer;
}

}  // namespace

tl::expected<Network, std::string> parse_net(std::span<const std::byte> file) {
  if (file.size() < sizeof(FileHeader)) {
    return Error("truncated: " + std::to_string(file.size()) + " bytes are less than a header");
  }
  const auto header = load<FileHeader>(file, 0);
  if (std::string fault = fault_of_header(header, file); !fault.empty()) {
    return Error(std::move(fault));
  }
  Network net;
  net.name = header.name.data();
  net.input_scale = header.input_scale;
  net.inputs = header.inputs;
  net.pixel_stride = header.pixel_stride;
  net.test_images = header.test_images;
  net.test_correct = header.test_correct;
  std::uint32_t expected_k = header.inputs;
  for (std::size_t i = 0; i < header.layers; ++i) {
    const auto record = load<FileLayer>(file, sizeof(FileHeader) + i * sizeof(FileLayer));
    const bool last = i + 1 == header.layers;
    if (const std::string fault = fault_of_layer(record, expected_k, last, file); !fault.empty()) {
      return Error("layer " + std::to_string(i) + ": " + fault);
    }
    net.layers.push_back(make_layer(record, file));
    expected_k = record.rows;
  }
  return net;
}

tl::expected<Network, std::string> read_net(const std::filesystem::path& path) {
  std::error_code code;
  const auto bytes = std::filesystem::file_size(path, code);
  if (code) {
    return Error(path.string() + ": " + code.message());
  }
  if (bytes > kNetMaxBytes) {
    return Error(path.string() + ": " + std::to_string(bytes) +
                 " bytes are too many for a network");
  }
  std::vector<std::byte> file(bytes);
  std::ifstream in(path, std::ios::binary);
  if (!in.read(reinterpret_cast<char*>(file.data()), static_cast<std::streamsize>(bytes))) {
    return Error(path.string() + ": cannot be read");
  }
  return parse_net(file).map_error(
      [&](const std::string& fault) { return path.string() + ": " + fault; });
}

}  // namespace s4::digits
