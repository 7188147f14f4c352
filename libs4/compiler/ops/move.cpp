// SPDX-License-Identifier: MIT
// Operators that only say where elements go.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "compiler/ops/axes.hpp"
#include "compiler/ops/families.hpp"
#include "compiler/ops/walk.hpp"

namespace s4::compiler {
namespace {

constexpr int64_t kNewest = 24;

// y[i] = x[offset + i * strides], a view of x written out.
Array copy_view(const Array& x, int64_t offset, const Shape& strides, const Shape& shape) {
  Array y(x.type(), shape);
  visit_storage(x.type(), [&]<typename T>(T) {
    const auto* from = static_cast<const T*>(x.raw()) + offset;
    auto* to = static_cast<T*>(y.mutable_raw());
    walk<1>(shape, {strides},
            [&](int64_t i, const std::array<int64_t, 1>& at) { to[i] = from[at[0]]; });
  });
  return y;
}

// Writes x into y at `offset`, with y's strides.
void paste_view(const Array& x, Array& y, int64_t offset, const Shape& strides) {
  void* raw = y.mutable_raw();
  visit_storage(x.type(), [&]<typename T>(T) {
    const auto* from = static_cast<const T*>(x.raw());
    auto* to = static_cast<T*>(raw) + offset;
    walk<1>(x.shape(), {strides},
            [&](int64_t i, const std::array<int64_t, 1>& at) { to[at[0]] = from[i]; });
  });
}

std::vector<size_t> permutation(const Call& call) {
  const size_t rank = call.shape(0).size();
  std::vector<int64_t> perm = call.attributes().integers("perm");
  if (perm.empty())
    for (size_t i = rank; i-- > 0;)
      perm.push_back(static_cast<int64_t>(i));
  const std::vector<size_t> axes = normal_axes(call, perm, rank);
  std::vector<bool> seen(rank, false);
  for (const size_t axis : axes)
    seen[axis] = true;
  if (axes.size() != rank || std::find(seen.begin(), seen.end(), false) != seen.end())
    call.error(fmt::format("perm {} is no permutation of {} dimensions", shape_text(perm), rank));
  return axes;
}
std::vector<TensorType> infer_transpose(const Call& call) {
  Shape shape;
  for (const size_t axis : permutation(call))
    shape.push_back(call.shape(0)[axis]);
  return {{call.type(0).type, shape}};
}
std::vector<Array> transpose(const Call& call) {
  const Shape own = row_major_strides(call.shape(0));
  Shape strides;
  for (const size_t axis : permutation(call))
    strides.push_back(own[axis]);
  return {copy_view(call.array(0), 0, strides, infer_transpose(call)[0].shape)};
}

struct Cut {
  int64_t offset = 0;
  Shape strides, shape;
};
Cut slice_cut(const Call& call) {
  Cut cut;
  cut.shape = call.shape(0);
  cut.strides = row_major_strides(cut.shape);
  const auto starts = integers_of(call, 1, "starts"), ends = integers_of(call, 2, "ends");
  if (!starts || !ends || starts->size() != ends->size())
    call.error("its starts and ends do not fit together");
  std::vector<int64_t> all;
  for (size_t i = 0; i < starts->size(); ++i)
    all.push_back(static_cast<int64_t>(i));
  const std::vector<int64_t> axes = integers_of(call, 3, "axes").value_or(all);
  const std::vector<int64_t> steps =
      integers_of(call, 4, "steps").value_or(std::vector<int64_t>(starts->size(), 1));
  if (axes.size() != starts->size() || steps.size() != starts->size())
    call.error("its axes or steps do not fit its starts");
  for (size_t i = 0; i < axes.size(); ++i) {
    const size_t axis = normal_axis(call, axes[i], cut.shape.size());
    const int64_t extent = call.shape(0)[axis], step = steps[i];
    if (step == 0)
      call.error("a step of zero");
    const auto bound = [&](int64_t at) {
      at = at < 0 ? at + extent : at;
      return step > 0 ? std::clamp<int64_t>(at, 0, extent)
                      : std::clamp<int64_t>(at, -1, extent - 1);
    };
    // The least 64-bit numbers mean "from the end on": adding the extent must not wrap.
    const int64_t lowest = -(int64_t{1} << 62);
    const int64_t begin = bound(std::max((*starts)[i], lowest));
    const int64_t end = bound(std::max((*ends)[i], lowest));
    const int64_t span = step > 0 ? end - begin : begin - end;
    const int64_t stride = std::abs(step);
    cut.offset += begin * cut.strides[axis];
    cut.shape[axis] = span <= 0 ? 0 : (span + stride - 1) / stride;
    cut.strides[axis] *= step;
  }
  return cut;
}
std::vector<TensorType> infer_slice(const Call& call) {
  return {{call.type(0).type, slice_cut(call).shape}};
}
std::vector<Array> slice(const Call& call) {
  const Cut cut = slice_cut(call);
  return {copy_view(call.array(0), cut.offset, cut.strides, cut.shape)};
}

std::vector<int64_t> split_extents(const Call& call, size_t axis) {
  const int64_t extent = call.shape(0)[axis];
  if (const auto given = integers_of(call, 1, "split")) {
    int64_t sum = 0;
    for (const int64_t part : *given)
      sum += part;
    if (sum != extent)
      call.error(fmt::format("parts {} of an extent of {}", shape_text(*given), extent));
    return *given;
  }
  const int64_t count =
      call.attributes().integer("num_outputs", static_cast<int64_t>(call.node.outputs.size()));
  const int64_t part = (extent + count - 1) / std::max<int64_t>(count, 1);
  std::vector<int64_t> parts(static_cast<size_t>(count), part);
  if (count > 0)
    parts.back() = extent - part * (count - 1);
  return parts;
}
std::vector<TensorType> infer_split(const Call& call) {
  const size_t axis = normal_axis(call, call.attributes().integer("axis", 0), call.shape(0).size());
  std::vector<TensorType> types;
  for (const int64_t part : split_extents(call, axis)) {
    types.push_back(call.type(0));
    types.back().shape[axis] = part;
  }
  return types;
}
std::vector<Array> split(const Call& call) {
  const size_t axis = normal_axis(call, call.attributes().integer("axis", 0), call.shape(0).size());
  const Shape strides = row_major_strides(call.shape(0));
  std::vector<Array> parts;
  int64_t begin = 0;
  for (const TensorType& type : infer_split(call)) {
    parts.push_back(copy_view(call.array(0), begin * strides[axis], strides, type.shape));
    begin += type.shape[axis];
  }
  return parts;
}

std::vector<TensorType> infer_concat(const Call& call) {
  TensorType type = call.type(0);
  const size_t axis = normal_axis(call, call.attributes().integer("axis", 1), type.shape.size());
  for (size_t i = 1; i < call.count(); ++i) {
    Shape other = call.shape(i);
    if (other.size() != type.shape.size())
      call.error(fmt::format("operands {} and {}", shape_text(type.shape), shape_text(other)));
    type.shape[axis] += other[axis];
    other[axis] = type.shape[axis];
    if (other != type.shape)
      call.error(fmt::format("operand {} of shape {} does not fit {}", i, shape_text(call.shape(i)),
                             shape_text(call.shape(0))));
  }
  return {type};
}
std::vector<Array> concat(const Call& call) {
  const TensorType type = infer_concat(call)[0];
  const size_t axis = normal_axis(call, call.attributes().integer("axis", 1), type.shape.size());
  Array y(type.type, type.shape);
  const Shape strides = row_major_strides(type.shape);
  int64_t begin = 0;
  for (size_t i = 0; i < call.count(); ++i) {
    paste_view(call.array(i), y, begin * strides[axis], strides);
    begin += call.shape(i)[axis];
  }
  return {y};
}

// Padding before each dimension, and behind it.
std::pair<Shape, Shape> pads_of(const Call& call) {
  const size_t rank = call.shape(0).size();
  const auto given = integers_of(call, 1, call.attributes().has("paddings") ? "paddings" : "pads");
  if (!given)
    call.error("it has no pads");
  std::vector<int64_t> all;
  for (size_t i = 0; i < rank; ++i)
    all.push_back(static_cast<int64_t>(i));
  const std::vector<size_t> axes =
      normal_axes(call, call.has(3) ? call.array(3).to_int64() : all, rank);
  if (given->size() != 2 * axes.size())
    call.error(fmt::format("{} pads for {} axes", given->size(), axes.size()));
  Shape before(rank, 0), behind(rank, 0);
  for (size_t i = 0; i < axes.size(); ++i) {
    before[axes[i]] = (*given)[i];
    behind[axes[i]] = (*given)[i + axes.size()];
  }
  return {before, behind};
}
std::vector<TensorType> infer_pad(const Call& call) {
  const auto [before, behind] = pads_of(call);
  TensorType type = call.type(0);
  for (size_t i = 0; i < type.shape.size(); ++i)
    type.shape[i] += before[i] + behind[i];
  (void)element_count(type.shape);
  return {type};
}
std::vector<Array> pad(const Call& call) {
  const Shape before = pads_of(call).first;
  const Array& x = call.array(0);
  const Shape shape = infer_pad(call)[0].shape;
  const std::string mode = call.attributes().text("mode", "constant");
  Array value = Array::scalar<float>(call.attributes().real("value", 0)).cast(x.type());
  if (call.has(2))
    value = call.array(2);
  Array y(x.type(), shape);
  const Shape own = row_major_strides(x.shape()), strides = row_major_strides(shape);
  visit_storage(x.type(), [&]<typename T>(T) {
    const auto* from = static_cast<const T*>(x.raw());
    auto* to = static_cast<T*>(y.mutable_raw());
    for (int64_t i = 0; i < y.count(); ++i) {
      int64_t at = 0;
      bool outside = false;
      for (size_t d = 0; d < shape.size(); ++d) {
        const int64_t extent = x.shape()[d];
        int64_t place = i / strides[d] % shape[d] - before[d];
        if (place < 0 || place >= extent) {
          if (mode == "edge")
            place = std::clamp<int64_t>(place, 0, extent - 1);
          else if (mode == "reflect" && extent > 1)
            while (place < 0 || place >= extent)
              place = place < 0 ? -place : 2 * (extent - 1) - place;
          else if (mode == "wrap")
            place = (place % extent + extent) % extent;
          else
            outside = true;
        }
        at += place * own[d];
      }
      to[i] = outside ? *static_cast<const T*>(value.raw()) : from[at];
    }
  });
  return {y};
}

std::vector<TensorType> infer_gather(const Call& call) {
  const Shape& data = call.shape(0);
  const size_t axis = normal_axis(call, call.attributes().integer("axis", 0), data.size());
  Shape shape(data.begin(), data.begin() + static_cast<int64_t>(axis));
  shape.insert(shape.end(), call.shape(1).begin(), call.shape(1).end());
  shape.insert(shape.end(), data.begin() + static_cast<int64_t>(axis) + 1, data.end());
  return {{call.type(0).type, shape}};
}
// An index counted from the front; throws outside of the extent.
int64_t normal_index(const Call& call, int64_t index, int64_t extent) {
  if (index < -extent || index >= extent)
    call.error(fmt::format("index {} of {} elements", index, extent));
  return index < 0 ? index + extent : index;
}
std::vector<Array> gather(const Call& call) {
  const Array& data = call.array(0);
  const size_t axis = normal_axis(call, call.attributes().integer("axis", 0), data.rank());
  const int64_t outer = product(data.shape(), 0, axis);
  const int64_t inner = product(data.shape(), axis + 1, data.rank());
  const int64_t extent = data.shape()[axis];
  const std::vector<int64_t> indices = call.array(1).to_int64();
  Array y(data.type(), infer_gather(call)[0].shape);
  const auto run = static_cast<size_t>(inner) * dtype_bytes(data.type());
  const auto* from = static_cast<const std::byte*>(data.raw());
  auto* to = static_cast<std::byte*>(y.mutable_raw());
  for (int64_t o = 0; o < outer; ++o)
    for (const int64_t raw : indices) {
      const int64_t index = normal_index(call, raw, extent);
      std::memcpy(to, from + static_cast<size_t>(o * extent + index) * run, run);
      to += run;
    }
  return {y};
}

std::vector<TensorType> infer_gather_elements(const Call& call) {
  return {{call.type(0).type, call.shape(1)}};
}
std::vector<Array> gather_elements(const Call& call) {
  const Array& data = call.array(0);
  const size_t axis = normal_axis(call, call.attributes().integer("axis", 0), data.rank());
  const std::vector<int64_t> indices = call.array(1).to_int64();
  Array y(data.type(), call.shape(1));
  const Shape own = row_major_strides(data.shape());
  Shape others = own;
  others[axis] = 0;
  visit_storage(data.type(), [&]<typename T>(T) {
    const auto* from = static_cast<const T*>(data.raw());
    auto* to = static_cast<T*>(y.mutable_raw());
    walk<1>(y.shape(), {others}, [&](int64_t i, const std::array<int64_t, 1>& at) {
      to[i] = from[at[0] + own[axis] * normal_index(call, indices[static_cast<size_t>(i)],
                                                    data.shape()[axis])];
    });
  });
  return {y};
}

std::vector<TensorType> infer_tile(const Call& call) {
  TensorType type = call.type(0);
  const std::vector<int64_t> repeats = call.array(1).to_int64();
  if (repeats.size() != type.shape.size())
    call.error(fmt::format("{} repeats for {} dimensions", repeats.size(), type.shape.size()));
  for (size_t i = 0; i < repeats.size(); ++i)
    type.shape[i] *= repeats[i];
  return {type};
}
std::vector<Array> tile(const Call& call) {
  const Array& x = call.array(0);
  const Shape shape = infer_tile(call)[0].shape;
  Array y(x.type(), shape);
  const Shape own = row_major_strides(x.shape()), strides = row_major_strides(shape);
  visit_storage(x.type(), [&]<typename T>(T) {
    const auto* from = static_cast<const T*>(x.raw());
    auto* to = static_cast<T*>(y.mutable_raw());
    for (int64_t i = 0; i < y.count(); ++i) {
      int64_t at = 0;
      for (size_t d = 0; d < shape.size(); ++d)
        at += i / strides[d] % shape[d] % x.shape()[d] * own[d];
      to[i] = from[at];
    }
  });
  return {y};
}

// Blocks of pixels and channels: a reshape, a transpose and a reshape.
std::vector<TensorType> infer_blocks(const Call& call) {
  const int64_t b = call.attributes().integer("blocksize", 1);
  const Shape& x = call.shape(0);
  const bool deep = call.node.op == "SpaceToDepth";
  if (x.size() != 4 || b < 1 || (deep ? x[2] % b || x[3] % b : x[1] % (b * b)))
    call.error(fmt::format("blocks of {} in {}", b, shape_text(x)));
  if (deep)
    return {{call.type(0).type, {x[0], x[1] * b * b, x[2] / b, x[3] / b}}};
  return {{call.type(0).type, {x[0], x[1] / (b * b), x[2] * b, x[3] * b}}};
}
std::vector<Array> blocks(const Call& call) {
  const int64_t b = call.attributes().integer("blocksize", 1);
  const Shape& x = call.shape(0);
  const int64_t n = x[0], c = x[1], h = x[2], w = x[3];
  Shape six;
  std::vector<size_t> order;
  if (call.node.op == "SpaceToDepth") {
    six = {n, c, h / b, b, w / b, b};
    order = {0, 3, 5, 1, 2, 4};
  } else if (call.attributes().text("mode", "DCR") == "DCR") {
    six = {n, b, b, c / (b * b), h, w};
    order = {0, 3, 4, 1, 5, 2};
  } else {
    six = {n, c / (b * b), b, b, h, w};
    order = {0, 1, 4, 2, 5, 3};
  }
  const Shape own = row_major_strides(six);
  Shape strides, shape;
  for (const size_t axis : order) {
    strides.push_back(own[axis]);
    shape.push_back(six[axis]);
  }
  return {copy_view(call.array(0), 0, strides, shape).reshaped(infer_blocks(call)[0].shape)};
}

std::vector<Array> trilu(const Call& call) {
  const bool upper = call.attributes().integer("upper", 1) != 0;
  const auto k = call.has(1) ? static_cast<int64_t>(call.array(1).item()) : 0;
  Array y = call.array(0);
  if (y.rank() < 2)
    call.error("a tensor of fewer than two dimensions");
  const int64_t columns = y.shape().back(), rows = y.shape()[y.rank() - 2];
  const size_t size = dtype_bytes(y.type());
  auto* bytes = static_cast<std::byte*>(y.mutable_raw());
  for (int64_t i = 0; i < y.count(); ++i) {
    const int64_t row = i / columns % rows, column = i % columns;
    if (upper ? column - row < k : column - row > k)
      std::memset(bytes + static_cast<size_t>(i) * size, 0, size);
  }
  return {y};
}

constexpr Operator kOperators[] = {
    {"", "Transpose", 1, kNewest, infer_transpose, transpose},
    {"", "Slice", 1, kNewest, infer_slice, slice},
    {"", "Split", 1, kNewest, infer_split, split},
    {"", "Concat", 4, kNewest, infer_concat, concat},
    {"", "Pad", 1, kNewest, infer_pad, pad},
    {"", "Gather", 1, kNewest, infer_gather, gather},
    {"", "GatherElements", 11, kNewest, infer_gather_elements, gather_elements},
    {"", "Tile", 6, kNewest, infer_tile, tile},
    {"", "DepthToSpace", 1, kNewest, infer_blocks, blocks},
    {"", "SpaceToDepth", 1, kNewest, infer_blocks, blocks},
    {"", "Trilu", 14, kNewest, infer_same, trilu},
};

}  // namespace

Family ops::move() {
  return kOperators;
}

}  // namespace s4::compiler
