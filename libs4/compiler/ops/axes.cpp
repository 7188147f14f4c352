// SPDX-License-Identifier: MIT
#include "compiler/ops/axes.hpp"

namespace s4::compiler {

size_t normal_axis(const Call& call, int64_t axis, size_t rank) {
  const auto extent = static_cast<int64_t>(rank);
  if (axis < -extent || axis >= extent)
    call.error(fmt::format("axis {} of a tensor of {} dimensions", axis, rank));
  return static_cast<size_t>(axis < 0 ? axis + extent : axis);
}

std::vector<size_t> normal_axes(const Call& call, const std::vector<int64_t>& axes, size_t rank) {
  std::vector<size_t> out;
  for (const int64_t axis : axes)
    out.push_back(normal_axis(call, axis, rank));
  return out;
}

std::optional<std::vector<int64_t>> integers_of(const Call& call, size_t i,
                                                std::string_view attribute) {
  if (call.has(i))
    return call.array(i).to_int64();
  if (call.attributes().has(attribute))
    return call.attributes().integers(attribute);
  return std::nullopt;
}

std::vector<TensorType> infer_same(const Call& call) {
  return {call.type(0)};
}

int64_t product(const Shape& shape, size_t begin, size_t end) {
  int64_t out = 1;
  for (size_t i = begin; i < end; ++i)
    out *= shape[i];
  return out;
}

}  // namespace s4::compiler
