// SPDX-License-Identifier: MIT
#include "compiler/ir/array.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace s4::compiler {
namespace {

struct TypeFacts {
  DType type;
  const char* name;
  size_t bytes;
};

constexpr TypeFacts kTypes[] = {
    {DType::kFloat32, "float32", 4},   {DType::kUint8, "uint8", 1},
    {DType::kInt8, "int8", 1},         {DType::kUint16, "uint16", 2},
    {DType::kInt16, "int16", 2},       {DType::kInt32, "int32", 4},
    {DType::kInt64, "int64", 8},       {DType::kBool, "bool", 1},
    {DType::kFloat16, "float16", 2},   {DType::kFloat64, "float64", 8},
    {DType::kUint32, "uint32", 4},     {DType::kUint64, "uint64", 8},
    {DType::kBfloat16, "bfloat16", 2},
};

const TypeFacts* facts(DType type) {
  for (const TypeFacts& entry : kTypes)
    if (entry.type == type)
      return &entry;
  return nullptr;
}

// Calls f(T()) for the element type.
template <typename F>
void visit_type(DType type, F&& f) {
  switch (type) {
    case DType::kFloat32:
      return f(float());
    case DType::kFloat64:
      return f(double());
    case DType::kUint8:
      return f(uint8_t());
    case DType::kInt8:
      return f(int8_t());
    case DType::kUint16:
      return f(uint16_t());
    case DType::kInt16:
      return f(int16_t());
    case DType::kInt32:
      return f(int32_t());
    case DType::kInt64:
      return f(int64_t());
    case DType::kUint32:
      return f(uint32_t());
    case DType::kUint64:
      return f(uint64_t());
    case DType::kBool:
      return f(bool());
    case DType::kFloat16:
      return f(Float16());
    case DType::kBfloat16:
      return f(Bfloat16());
    case DType::kUndefined:
      break;
  }
  fail("a tensor of undefined type has no values");
}

template <typename T>
constexpr bool kIsHalf = std::is_same_v<T, Float16> || std::is_same_v<T, Bfloat16>;

// Halves as float, everything else as it is.
template <typename T>
auto widened(T value) {
  if constexpr (kIsHalf<T>)
    return to_float(value);
  else
    return value;
}

template <typename To, typename From>
To convert(From from) {
  if constexpr (std::is_same_v<To, Float16>) {
    return to_float16(static_cast<float>(from));
  } else if constexpr (std::is_same_v<To, Bfloat16>) {
    return to_bfloat16(static_cast<float>(from));
  } else if constexpr (std::is_same_v<To, bool>) {
    return from != From();
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    if (std::isnan(from))
      return 0;
    // The greatest value may round up when it becomes a float: then it is out of reach itself.
    if (from >= static_cast<From>(std::numeric_limits<To>::max()))
      return std::numeric_limits<To>::max();
    if (from <= static_cast<From>(std::numeric_limits<To>::min()))
      return std::numeric_limits<To>::min();
    return static_cast<To>(from);
  } else {
    return static_cast<To>(from);
  }
}

}  // namespace

const char* dtype_name(DType type) {
  const TypeFacts* entry = facts(type);
  return entry ? entry->name : "undefined";
}

size_t dtype_bytes(DType type) {
  const TypeFacts* entry = facts(type);
  return entry ? entry->bytes : 0;
}

bool is_float(DType type) {
  return type == DType::kFloat32 || type == DType::kFloat64 || type == DType::kFloat16 ||
         type == DType::kBfloat16;
}

bool is_integer(DType type) {
  return facts(type) && !is_float(type) && type != DType::kBool;
}

int64_t element_count(std::span<const int64_t> shape) {
  constexpr int64_t kMost = int64_t{1} << 40;
  int64_t count = 1;
  for (const int64_t extent : shape) {
    if (extent < 0)
      fail("shape {} has a negative extent", shape_text(shape));
    if (extent && count > kMost / extent)
      fail("shape {} has more than 2^40 elements", shape_text(shape));
    count *= extent;
  }
  return count;
}

std::string shape_text(std::span<const int64_t> shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

Shape row_major_strides(std::span<const int64_t> shape) {
  Shape strides(shape.size());
  int64_t step = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}

Shape broadcast_shapes(std::span<const int64_t> a, std::span<const int64_t> b) {
  const size_t rank = std::max(a.size(), b.size());
  Shape out(rank);
  for (size_t i = 0; i < rank; ++i) {
    const int64_t x = i < rank - a.size() ? 1 : a[i - (rank - a.size())];
    const int64_t y = i < rank - b.size() ? 1 : b[i - (rank - b.size())];
    if (x != y && x != 1 && y != 1)
      fail("shapes {} and {} do not broadcast", shape_text(a), shape_text(b));
    out[i] = x == 1 ? y : x;
  }
  return out;
}

float to_float(Bfloat16 value) {
  return std::bit_cast<float>(static_cast<uint32_t>(value.bits) << 16);
}

Bfloat16 to_bfloat16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value))
    return {static_cast<uint16_t>(bits >> 16 | 0x40)};
  return {static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};
}

float to_float(Float16 value) {
  const uint32_t sign = static_cast<uint32_t>(value.bits & 0x8000) << 16;
  const uint32_t exponent = value.bits >> 10 & 31;
  const uint32_t fraction = value.bits & 0x3ff;
  if (exponent == 31)
    return std::bit_cast<float>(sign | 0x7f800000 | fraction << 13);
  if (exponent)
    return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
  const float magnitude = std::ldexp(static_cast<float>(fraction), -24);
  return sign ? -magnitude : magnitude;
}

Float16 to_float16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>(bits >> 16 & 0x8000);
  if (std::isnan(value))
    return {static_cast<uint16_t>(sign | 0x7e00)};
  const float magnitude = std::fabs(value);
  if (magnitude >= 65520.0f)  // half way to 2^16 and beyond
    return {static_cast<uint16_t>(sign | 0x7c00)};
  if (magnitude < 0x1p-14f) {  // subnormal: the default rounding is to nearest even
    return {
        static_cast<uint16_t>(sign | static_cast<uint16_t>(std::nearbyint(magnitude * 0x1p24f)))};
  }
  const uint32_t rounded = (bits & 0x7fffffff) + 0xfff + (bits >> 13 & 1);
  return {static_cast<uint16_t>(sign | ((rounded >> 13) - (112 << 10)))};
}

Array::Array(DType type, Shape shape) : type_(type), shape_(std::move(shape)) {
  count_ = element_count(shape_);
  const auto storage = std::make_shared<std::vector<uint64_t>>((bytes() + 7) / 8);
  data_ = storage->data();
  owner_ = storage;
}

Array::Array(DType type, Shape shape, const void* data, std::shared_ptr<const void> owner)
    : type_(type), shape_(std::move(shape)), data_(data), owner_(std::move(owner)), foreign_(true) {
  count_ = element_count(shape_);
}

void* Array::mutable_raw() {
  if (foreign_ || owner_.use_count() != 1) {
    Array own(type_, shape_);
    if (bytes())
      std::memcpy(const_cast<void*>(own.data_), data_, bytes());
    *this = std::move(own);
  }
  return const_cast<void*>(data_);
}

void Array::check_type(DType type) const {
  if (type != type_)
    fail("a tensor of {} was read as {}", dtype_name(type_), dtype_name(type));
}

Array Array::reshaped(Shape shape) const {
  if (element_count(shape) != count_)
    fail("{} does not have as many elements as {}", shape_text(shape), shape_text(shape_));
  Array out = *this;
  out.shape_ = std::move(shape);
  return out;
}

Array Array::cast(DType type) const {
  if (type == type_)
    return *this;
  Array out(type, shape_);
  visit_type(type_, [&]<typename From>(From) {
    visit_type(type, [&]<typename To>(To) {
      const auto* from = static_cast<const From*>(raw());
      To* to = out.mutable_data<To>();
      for (int64_t i = 0; i < count_; ++i)
        to[i] = convert<To>(widened(from[i]));
    });
  });
  return out;
}

std::vector<int64_t> Array::to_int64() const {
  const Array converted = cast(DType::kInt64);
  const auto values = converted.data<int64_t>();
  return {values.begin(), values.end()};
}

std::vector<float> Array::to_floats() const {
  const Array converted = cast(DType::kFloat32);
  const auto values = converted.data<float>();
  return {values.begin(), values.end()};
}

double Array::item() const {
  if (count_ != 1)
    fail("a tensor of shape {} is not one value", shape_text(shape_));
  return cast(DType::kFloat64).data<double>()[0];
}

bool identical(const Array& a, const Array& b) {
  return a.type() == b.type() && a.shape() == b.shape() &&
         (!a.bytes() || std::memcmp(a.raw(), b.raw(), a.bytes()) == 0);
}

}  // namespace s4::compiler
