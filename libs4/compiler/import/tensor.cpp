// SPDX-License-Identifier: MIT
#include "compiler/import/tensor.hpp"

#include <onnx/onnx_pb.h>

#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "compiler/import/import.hpp"

namespace s4::compiler {
namespace {

uint64_t number(const std::string& tensor, const std::string& key, const std::string& text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    fail("tensor '{}': its {} of external data is '{}', which is no number", tensor, key, text);
  return value;
}

Array read_external(const onnx::TensorProto& proto, DType type, Shape shape,
                    ExternalData& external) {
  std::string location;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
  for (const auto& entry : proto.external_data()) {
    if (entry.key() == "location")
      location = entry.value();
    else if (entry.key() == "offset")
      offset = number(proto.name(), "offset", entry.value());
    else if (entry.key() == "length")
      length = number(proto.name(), "length", entry.value());
  }
  if (location.empty())
    fail("tensor '{}' has external data without a location", proto.name());
  const auto file = external.file(location);
  const uint64_t bytes = static_cast<uint64_t>(element_count(shape)) * dtype_bytes(type);
  const uint64_t size = file->bytes().size();
  if (length && *length != bytes)
    fail("tensor '{}' of {} bytes has {} bytes of external data", proto.name(), bytes, *length);
  if (offset > size || bytes > size - offset)
    fail("tensor '{}' needs bytes {} to {} of '{}', which has {}: the file is cut short",
         proto.name(), offset, offset + bytes, location, size);
  const std::byte* data = file->bytes().data() + offset;
  if (reinterpret_cast<uintptr_t>(data) % dtype_bytes(type) == 0)
    return Array(type, std::move(shape), data, file);
  Array copy(type, std::move(shape));
  if (bytes)
    std::memcpy(copy.mutable_raw(), data, bytes);
  return copy;
}

// Numbers of one of the typed lists; small types stand in int32_data one each.
template <typename T, typename List>
Array from_list(const onnx::TensorProto& proto, DType type, Shape shape, const List& list) {
  Array out(type, std::move(shape));
  if (list.size() != out.count())
    fail("tensor '{}' of shape {} has {} elements", proto.name(), shape_text(out.shape()),
         list.size());
  auto* data = static_cast<T*>(out.mutable_raw());
  for (int i = 0; i < list.size(); ++i)
    data[i] = static_cast<T>(list.Get(i));
  return out;
}

Array from_lists(const onnx::TensorProto& proto, DType type, Shape shape) {
  switch (type) {
    case DType::kFloat32:
      return from_list<float>(proto, type, shape, proto.float_data());
    case DType::kFloat64:
      return from_list<double>(proto, type, shape, proto.double_data());
    case DType::kInt64:
      return from_list<int64_t>(proto, type, shape, proto.int64_data());
    case DType::kUint64:
      return from_list<uint64_t>(proto, type, shape, proto.uint64_data());
    case DType::kUint32:
      return from_list<uint32_t>(proto, type, shape, proto.uint64_data());
    case DType::kInt32:
      return from_list<int32_t>(proto, type, shape, proto.int32_data());
    case DType::kInt16:
    case DType::kUint16:
    case DType::kFloat16:
    case DType::kBfloat16:
      return from_list<uint16_t>(proto, type, shape, proto.int32_data());
    default:
      return from_list<uint8_t>(proto, type, shape, proto.int32_data());
  }
}

}  // namespace

DType dtype_of_onnx(int type) {
  const auto known = static_cast<DType>(type);
  return type > 0 && type < 64 && dtype_bytes(known) ? known : DType::kUndefined;
}

std::shared_ptr<const MappedFile> ExternalData::file(const std::string& location) {
  const auto found = files_.find(location);
  if (found != files_.end())
    return found->second;
  const std::filesystem::path relative(location);
  const std::string normal = relative.lexically_normal().generic_string();
  if (relative.is_absolute() || normal == ".." || normal.starts_with("../"))
    fail("external data '{}' lies outside of the model's folder", location);
  const auto file = MappedFile::open((std::filesystem::path(folder_) / relative).string());
  files_.emplace(location, file);
  return file;
}

Array read_tensor(const onnx::TensorProto& proto, ExternalData& external) {
  const DType type = dtype_of_onnx(proto.data_type());
  if (type == DType::kUndefined)
    fail("tensor '{}' has elements of type {} of ONNX, which is not known", proto.name(),
         proto.data_type());
  Shape shape(proto.dims().begin(), proto.dims().end());
  const auto bytes = static_cast<uint64_t>(element_count(shape)) * dtype_bytes(type);
  if (proto.data_location() == onnx::TensorProto::EXTERNAL)
    return read_external(proto, type, std::move(shape), external);
  if (!proto.has_raw_data())
    return from_lists(proto, type, std::move(shape));
  if (proto.raw_data().size() != bytes)
    fail("tensor '{}' of {} {} has {} bytes, not {}", proto.name(), dtype_name(type),
         shape_text(shape), proto.raw_data().size(), bytes);
  Array out(type, std::move(shape));
  if (bytes)
    std::memcpy(out.mutable_raw(), proto.raw_data().data(), bytes);
  return out;
}

Array read_tensor_file(const std::string& path) {
  const auto file = MappedFile::open(path);
  onnx::TensorProto proto;
  if (!proto.ParseFromArray(file->bytes().data(), static_cast<int>(file->bytes().size())))
    fail("'{}' is no TensorProto", path);
  ExternalData external(std::filesystem::path(path).parent_path().string());
  return read_tensor(proto, external);
}

}  // namespace s4::compiler
