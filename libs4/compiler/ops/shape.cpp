// SPDX-License-Identifier: MIT
// Constants, and operators on shapes.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "compiler/ops/axes.hpp"
#include "compiler/ops/families.hpp"
#include "compiler/ops/walk.hpp"

namespace s4::compiler {
namespace {

constexpr int64_t kNewest = 24;

Array constant_value(const Call& call) {
  const Attributes& a = call.attributes();
  if (const Array* value = a.tensor("value"))
    return *value;
  if (a.has("value_float"))
    return Array::scalar<float>(a.real("value_float", 0));
  if (a.has("value_int"))
    return Array::scalar<int64_t>(a.integer("value_int", 0));
  if (a.has("value_floats")) {
    const std::vector<float> values = a.reals("value_floats");
    return Array::of<float>({static_cast<int64_t>(values.size())}, values);
  }
  if (a.has("value_ints")) {
    const std::vector<int64_t> values = a.integers("value_ints");
    return Array::of<int64_t>({static_cast<int64_t>(values.size())}, values);
  }
  call.error("a constant of texts or of a sparse tensor is not known");
}

TensorType type_of(const Array& array) {
  return {array.type(), array.shape()};
}

std::vector<TensorType> infer_constant(const Call& call) {
  return {type_of(constant_value(call))};
}
std::vector<Array> constant(const Call& call) {
  return {constant_value(call)};
}

Array fill_value(const Call& call) {
  const Array* value = call.attributes().tensor("value");
  return value ? *value : Array::scalar<float>(0);
}
std::vector<TensorType> infer_fill(const Call& call) {
  return {{fill_value(call).type(), call.array(0).to_int64()}};
}
std::vector<Array> fill(const Call& call) {
  const Array value = fill_value(call);
  Array out(value.type(), call.array(0).to_int64());
  const size_t size = dtype_bytes(value.type());
  auto* bytes = static_cast<std::byte*>(out.mutable_raw());
  for (int64_t i = 0; i < out.count(); ++i)
    std::memcpy(bytes + static_cast<size_t>(i) * size, value.raw(), size);
  return {out};
}

Shape shape_part(const Call& call) {
  const Shape& shape = call.shape(0);
  const auto rank = static_cast<int64_t>(shape.size());
  const auto bound = [&](const char* name, int64_t other) {
    const int64_t at = call.attributes().integer(name, other);
    return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  const int64_t begin = bound("start", 0), end = bound("end", rank);
  return {shape.begin() + begin, shape.begin() + std::max(begin, end)};
}
std::vector<TensorType> infer_shape(const Call& call) {
  return {{DType::kInt64, {static_cast<int64_t>(shape_part(call).size())}}};
}
std::vector<Array> shape(const Call& call) {
  const Shape part = shape_part(call);
  return {Array::of<int64_t>({static_cast<int64_t>(part.size())}, std::span<const int64_t>(part))};
}

std::vector<TensorType> infer_size(const Call&) {
  return {{DType::kInt64, {}}};
}
std::vector<Array> size(const Call& call) {
  return {Array::scalar<int64_t>(element_count(call.shape(0)))};
}

Shape reshape_target(const Call& call) {
  const auto wanted = integers_of(call, 1, "shape");
  if (!wanted)
    call.error("it has no shape");
  const Shape& from = call.shape(0);
  const bool keeps_zero = call.attributes().integer("allowzero", 0) != 0;
  Shape shape = *wanted;
  int64_t known = 1;
  std::optional<size_t> open;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0 && !keeps_zero) {
      if (i >= from.size())
        call.error(fmt::format("extent 0 at place {} of shape {}", i, shape_text(*wanted)));
      shape[i] = from[i];
    }
    if (shape[i] == -1) {
      if (open)
        call.error(fmt::format("shape {} has two open extents", shape_text(*wanted)));
      open = i;
    } else if (shape[i] < 0) {
      call.error(fmt::format("shape {} has a negative extent", shape_text(*wanted)));
    } else {
      known *= shape[i];
    }
  }
  const int64_t count = element_count(from);
  if (open) {
    if (known == 0 || count % known)
      call.error(fmt::format("{} does not become {}", shape_text(from), shape_text(*wanted)));
    shape[*open] = count / known;
  }
  if (element_count(shape) != count)
    call.error(fmt::format("{} does not become {}", shape_text(from), shape_text(*wanted)));
  return shape;
}

Shape flatten_target(const Call& call) {
  const Shape& from = call.shape(0);
  int64_t axis = call.attributes().integer("axis", 1);
  if (axis < 0)
    axis += static_cast<int64_t>(from.size());
  if (axis < 0 || axis > static_cast<int64_t>(from.size()))
    call.error(fmt::format("axis {} of {} dimensions", axis, from.size()));
  const auto at = static_cast<size_t>(axis);
  return {product(from, 0, at), product(from, at, from.size())};
}

Shape squeeze_target(const Call& call) {
  const Shape& from = call.shape(0);
  std::vector<bool> gone(from.size(), false);
  if (const auto axes = integers_of(call, 1, "axes")) {
    for (const size_t axis : normal_axes(call, *axes, from.size())) {
      if (from[axis] != 1)
        call.error(fmt::format("dimension {} of {} is not 1", axis, shape_text(from)));
      gone[axis] = true;
    }
  } else {
    for (size_t i = 0; i < from.size(); ++i)
      gone[i] = from[i] == 1;
  }
  Shape shape;
  for (size_t i = 0; i < from.size(); ++i)
    if (!gone[i])
      shape.push_back(from[i]);
  return shape;
}

Shape unsqueeze_target(const Call& call) {
  const Shape& from = call.shape(0);
  const auto axes = integers_of(call, 1, "axes");
  if (!axes)
    call.error("it has no axes");
  const size_t rank = from.size() + axes->size();
  std::vector<bool> fresh(rank, false);
  for (const size_t axis : normal_axes(call, *axes, rank)) {
    if (fresh[axis])
      call.error("it names an axis twice");
    fresh[axis] = true;
  }
  Shape shape;
  size_t next = 0;
  for (size_t i = 0; i < rank; ++i)
    shape.push_back(fresh[i] ? 1 : from[next++]);
  return shape;
}

template <Shape (*kTarget)(const Call&)>
std::vector<TensorType> infer_target(const Call& call) {
  return {{call.type(0).type, kTarget(call)}};
}
template <Shape (*kTarget)(const Call&)>
std::vector<Array> to_target(const Call& call) {
  return {call.array(0).reshaped(kTarget(call))};
}

Shape expand_target(const Call& call) {
  return broadcast_shapes(call.shape(0), call.array(1).to_int64());
}
std::vector<Array> expand(const Call& call) {
  const Array& x = call.array(0);
  const Shape target = expand_target(call);
  Array y(x.type(), target);
  visit_storage(x.type(), [&]<typename T>(T) {
    const auto* from = static_cast<const T*>(x.raw());
    auto* to = static_cast<T*>(y.mutable_raw());
    walk<1>(target, {broadcast_strides(x.shape(), target)},
            [&](int64_t i, const std::array<int64_t, 1>& at) { to[i] = from[at[0]]; });
  });
  return {y};
}

int64_t range_count(const Call& call) {
  const double start = call.array(0).item(), limit = call.array(1).item();
  const double delta = call.array(2).item();
  if (delta == 0)
    call.error("a step of zero");
  return std::max<int64_t>(static_cast<int64_t>(std::ceil((limit - start) / delta)), 0);
}
std::vector<TensorType> infer_range(const Call& call) {
  return {{call.type(0).type, {range_count(call)}}};
}
std::vector<Array> range(const Call& call) {
  Array out(DType::kFloat64, {range_count(call)});
  for (int64_t i = 0; i < out.count(); ++i)
    out.mutable_data<double>()[i] =
        call.array(0).item() + static_cast<double>(i) * call.array(2).item();
  return {out.cast(call.type(0).type)};
}

// How many there are depends on the values.
std::vector<TensorType> infer_nonzero(const Call& call) {
  const Array bools = call.array(0).cast(DType::kBool);
  const auto data = bools.data<bool>();
  return {
      {DType::kInt64,
       {static_cast<int64_t>(call.shape(0).size()), std::count(data.begin(), data.end(), true)}}};
}
std::vector<Array> nonzero(const Call& call) {
  Array out(DType::kInt64, infer_nonzero(call)[0].shape);
  const Array bools = call.array(0).cast(DType::kBool);
  const Shape strides = row_major_strides(bools.shape());
  const int64_t columns = out.shape()[1];
  int64_t* to = out.mutable_data<int64_t>();
  int64_t column = 0;
  for (int64_t i = 0; i < bools.count(); ++i) {
    if (!bools.data<bool>()[i])
      continue;
    for (size_t d = 0; d < strides.size(); ++d)
      to[static_cast<int64_t>(d) * columns + column] = i / strides[d] % bools.shape()[d];
    ++column;
  }
  return {out};
}

constexpr Operator kOperators[] = {
    {"", "Constant", 1, kNewest, infer_constant, constant},
    {"", "ConstantOfShape", 9, kNewest, infer_fill, fill},
    {"", "Shape", 1, kNewest, infer_shape, shape},
    {"", "Size", 1, kNewest, infer_size, size},
    {"", "Reshape", 1, kNewest, infer_target<reshape_target>, to_target<reshape_target>},
    {"", "Flatten", 1, kNewest, infer_target<flatten_target>, to_target<flatten_target>},
    {"", "Squeeze", 1, kNewest, infer_target<squeeze_target>, to_target<squeeze_target>},
    {"", "Unsqueeze", 1, kNewest, infer_target<unsqueeze_target>, to_target<unsqueeze_target>},
    {"", "Expand", 8, kNewest, infer_target<expand_target>, expand},
    {"", "Range", 11, kNewest, infer_range, range},
    {"", "NonZero", 9, kNewest, infer_nonzero, nonzero},
};

}  // namespace

Family ops::shape() {
  return kOperators;
}

}  // namespace s4::compiler
