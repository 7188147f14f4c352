// SPDX-License-Identifier: MIT
// Tensors in host memory: constants of a graph, and what the reference interpreter computes with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "compiler/ir/error.hpp"

namespace s4::compiler {

// The numbers are ONNX's TensorProto.DataType.
enum class DType : uint8_t {
  kUndefined = 0,
  kFloat32 = 1,
  kUint8 = 2,
  kInt8 = 3,
  kUint16 = 4,
  kInt16 = 5,
  kInt32 = 6,
  kInt64 = 7,
  kBool = 9,
  kFloat16 = 10,
  kFloat64 = 11,
  kUint32 = 12,
  kUint64 = 13,
  kBfloat16 = 16,
};

const char* dtype_name(DType type);  // "float32"; "undefined" for what is not in the list
size_t dtype_bytes(DType type);      // 0 for kUndefined
bool is_float(DType type);
bool is_integer(DType type);  // kBool is not

// Extents, outermost first; empty for a scalar.
using Shape = std::vector<int64_t>;

int64_t element_count(std::span<const int64_t> shape);    // throws CompileError beyond 2^40
std::string shape_text(std::span<const int64_t> shape);   // "[1, 3, 224, 224]"
Shape row_major_strides(std::span<const int64_t> shape);  // in elements
// The shape that both broadcast to by numpy's rules; throws CompileError when there is none.
Shape broadcast_shapes(std::span<const int64_t> a, std::span<const int64_t> b);

// float16 and bfloat16 are held as their bits.
struct Float16 {
  uint16_t bits;
};
struct Bfloat16 {
  uint16_t bits;
};
float to_float(Float16 value);
float to_float(Bfloat16 value);
Float16 to_float16(float value);    // nearest even
Bfloat16 to_bfloat16(float value);  // nearest even

template <typename T>
constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, float>)
    return DType::kFloat32;
  else if constexpr (std::is_same_v<T, double>)
    return DType::kFloat64;
  else if constexpr (std::is_same_v<T, uint8_t>)
    return DType::kUint8;
  else if constexpr (std::is_same_v<T, int8_t>)
    return DType::kInt8;
  else if constexpr (std::is_same_v<T, uint16_t>)
    return DType::kUint16;
  else if constexpr (std::is_same_v<T, int16_t>)
    return DType::kInt16;
  else if constexpr (std::is_same_v<T, int32_t>)
    return DType::kInt32;
  else if constexpr (std::is_same_v<T, int64_t>)
    return DType::kInt64;
  else if constexpr (std::is_same_v<T, uint32_t>)
    return DType::kUint32;
  else if constexpr (std::is_same_v<T, uint64_t>)
    return DType::kUint64;
  else if constexpr (std::is_same_v<T, bool>)
    return DType::kBool;
  else if constexpr (std::is_same_v<T, Float16>)
    return DType::kFloat16;
  else if constexpr (std::is_same_v<T, Bfloat16>)
    return DType::kBfloat16;
  else
    return DType::kUndefined;
}

// A dense row-major tensor. Copies share the bytes, which are written only while one Array holds
// them (mutable_data() makes them its own); so an Array may be read by several threads.
class Array {
 public:
  Array() = default;               // kUndefined, no elements
  Array(DType type, Shape shape);  // zeros
  // Bytes that somebody else keeps: `owner` holds them for as long as any copy lives.
  Array(DType type, Shape shape, const void* data, std::shared_ptr<const void> owner);

  template <typename T>
  static Array of(Shape shape, std::span<const T> values) {
    Array array(dtype_of<T>(), std::move(shape));
    if (static_cast<int64_t>(values.size()) != array.count())
      fail("{} values for shape {}", values.size(), shape_text(array.shape()));
    T* out = array.mutable_data<T>();
    for (size_t i = 0; i < values.size(); ++i)
      out[i] = values[i];
    return array;
  }
  template <typename T>
  static Array of(Shape shape, std::initializer_list<T> values) {
    return of<T>(std::move(shape), std::span<const T>(values.begin(), values.size()));
  }
  template <typename T>
  static Array scalar(T value) {
    return of<T>({}, {value});
  }

  DType type() const { return type_; }
  const Shape& shape() const { return shape_; }
  size_t rank() const { return shape_.size(); }
  int64_t count() const { return count_; }
  size_t bytes() const { return static_cast<size_t>(count_) * dtype_bytes(type_); }
  bool defined() const { return type_ != DType::kUndefined; }

  // The elements; throws CompileError when T is not the type.
  template <typename T>
  std::span<const T> data() const {
    check_type(dtype_of<T>());
    return {static_cast<const T*>(raw()), static_cast<size_t>(count_)};
  }
  template <typename T>
  T* mutable_data() {
    check_type(dtype_of<T>());
    return static_cast<T*>(mutable_raw());
  }
  const void* raw() const { return data_; }
  void* mutable_raw();

  // The same elements in another shape of as many; shares the bytes.
  Array reshaped(Shape shape) const;
  // Values converted: floats to integers towards zero, saturated, NaN to 0; to bool by != 0.
  Array cast(DType type) const;
  // All elements, converted.
  std::vector<int64_t> to_int64() const;
  std::vector<float> to_floats() const;
  // The only element of a scalar or a tensor of one; throws CompileError for more.
  double item() const;

 private:
  void check_type(DType type) const;

  DType type_ = DType::kUndefined;
  Shape shape_;
  int64_t count_ = 0;
  const void* data_ = nullptr;
  std::shared_ptr<const void> owner_;
  bool foreign_ = false;  // not to be written, whoever holds it
};

// Same type, shape and bits.
bool identical(const Array& a, const Array& b);

}  // namespace s4::compiler
