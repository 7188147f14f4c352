// SPDX-License-Identifier: MIT
// What only says where elements lie: views that cost nothing, MOVE and GATHER for the rest.
#include <algorithm>
#include <cmath>
#include <cstddef>

#include "compiler/lower/rules.hpp"

namespace s4::compiler {
namespace {

void lower_same(Lowering& to, const Node& node) {
  to.set(node.output(0), to.view(node.input(0)));
}

// Reshape, Flatten, Squeeze, Unsqueeze: the shape is known.
void lower_reshape(Lowering& to, const Node& node) {
  const View x = to.view(node.input(0));
  const Shape& shape = to.graph().shape(node.output(0));
  const auto straight = x.reshaped(shape);
  to.set(node.output(0), straight ? *straight : to.dense(x).reshaped(shape).value());
}

void lower_transpose(Lowering& to, const Node& node) {
  const View& x = to.view(node.input(0));
  std::vector<int64_t> order = node.attributes.integers("perm");
  if (order.empty())
    for (size_t i = x.rank(); i-- > 0;)
      order.push_back(static_cast<int64_t>(i));
  to.set(node.output(0), x.permuted(order));
}

void lower_expand(Lowering& to, const Node& node) {
  to.set(node.output(0), to.view(node.input(0)).broadcast(to.graph().shape(node.output(0))));
}

void lower_slice(Lowering& to, const Node& node) {
  View x = to.view(node.input(0));
  const std::vector<int64_t> starts = constant_integers(to, node, 1, "starts");
  std::vector<int64_t> axes = constant_integers(to, node, 3, "axes");
  const std::vector<int64_t> steps = constant_integers(to, node, 4, "steps");
  const Shape& shape = to.graph().shape(node.output(0));
  bool backwards = false;
  for (size_t i = 0; i < starts.size(); ++i) {
    const size_t axis = axis_of(node, axes.empty() ? static_cast<int64_t>(i) : axes[i], x.rank());
    const int64_t step = steps.empty() ? 1 : steps[i];
    const int64_t extent = x.shape[axis];
    const int64_t from = starts[i] < 0 ? starts[i] + extent : starts[i];
    const int64_t begin = std::clamp<int64_t>(from, 0, step < 0 ? extent - 1 : extent);
    backwards = backwards || step < 0;
    x = x.sliced(axis, begin, shape[axis], step);
  }
  if (backwards)
    to.refuse(node, "a negative step; the card reads forwards only");
  to.set(node.output(0), x);
}

void lower_split(Lowering& to, const Node& node) {
  const View x = to.view(node.input(0));
  const size_t axis = axis_of(node, node.attributes.integer("axis", 0), x.rank());
  int64_t begin = 0;
  for (const ValueId id : node.outputs) {
    if (id == kNone)
      to.refuse(node, "a part that nobody wants");
    const int64_t extent = to.graph().shape(id)[axis];
    to.set(id, x.sliced(axis, begin, extent));
    begin += extent;
  }
}

// Parts that were computed for it could be written in place; they are moved.
void lower_concat(Lowering& to, const Node& node) {
  const ValueId id = node.output(0);
  const Shape& shape = to.graph().shape(id);
  const size_t axis = axis_of(node, node.attributes.integer("axis", 1), shape.size());
  // In the order in which the first part lies: channels-last stays channels-last.
  const View first = to.view(node.input(0));
  std::vector<int64_t> order(shape.size());
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = static_cast<int64_t>(i);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    const auto i = static_cast<size_t>(a), j = static_cast<size_t>(b);
    return first.strides[i] > first.strides[j];
  });
  const View y = to.make_in_order(id, order);
  int64_t begin = 0;
  for (const ValueId part : node.inputs) {
    const View x = to.view(part);
    const int64_t extent = x.shape[axis];
    const View into = y.sliced(axis, begin, extent);
    begin += extent;
    if (extent == 0)
      continue;
    if (x.type == into.type && x.scale == into.scale && !x.wide)
      to.move(x, into);
    else
      to.unary(x, into);
  }
  to.set(id, y);
}

void lower_pad(Lowering& to, const Node& node) {
  if (node.attributes.text("mode", "constant") != "constant")
    to.refuse(node, "the card pads with a constant only");
  const View x = to.view(node.input(0));
  std::vector<int64_t> pads = constant_integers(to, node, 1, "pads");
  const std::vector<int64_t> axes = constant_integers(to, node, 3, "");
  if (!axes.empty()) {
    std::vector<int64_t> all(2 * x.rank(), 0);
    for (size_t i = 0; i < axes.size(); ++i) {
      const size_t axis = axis_of(node, axes[i], x.rank());
      all[axis] = pads[i];
      all[axis + x.rank()] = pads[i + axes.size()];
    }
    pads = all;
  }
  float value = node.attributes.real("value", 0);
  if (node.has_input(2)) {
    const Array* constant = to.graph().constant(node.input(2));
    if (!constant)
      to.refuse(node, "its value is computed by the model");
    value = static_cast<float>(constant->item());
  }
  if (std::any_of(pads.begin(), pads.end(), [](int64_t p) { return p < 0; }))
    to.refuse(node, "negative padding; use Slice");
  const View y = to.make(node.output(0));
  const View from = x.type == y.type && x.scale == y.scale ? x : to.converted(x, y.type, y.scale);
  if (x.rank() > S4_MAX_DIMS)
    to.refuse(node, fmt::format("{} dimensions; the card pads up to {}", x.rank(), S4_MAX_DIMS));
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_MOVE;
  s4_cmd_move& c = cmd.move;
  c.element_bytes = y.element_bytes();
  c.dims = static_cast<uint32_t>(x.rank());
  for (size_t i = 0; i < x.rank(); ++i) {
    c.shape[i] = static_cast<uint32_t>(y.shape[i]);
    c.before[i] = static_cast<uint32_t>(pads[i]);
    c.src_extent[i] = static_cast<uint32_t>(from.shape[i]);
    c.src_stride[i] = static_cast<uint32_t>(from.strides[i]);
    c.dst_stride[i] = static_cast<uint32_t>(y.strides[i]);
  }
  if (y.type == S4_TYPE_BF16)
    c.pattern = to_bfloat16(value).bits;
  else if (y.type == S4_TYPE_INT8)
    c.pattern = static_cast<uint8_t>(
        static_cast<int8_t>(std::clamp(std::nearbyint(value / y.scale), -128.0f, 127.0f)));
  else
    c.pattern = static_cast<uint32_t>(static_cast<int32_t>(value));
  const Place places[] = {{offsetof(s4_cmd, move.src), from.block, from.byte_offset()},
                          {offsetof(s4_cmd, move.dst), y.block, y.byte_offset()}};
  to.emitter().add(cmd, places);
  to.set(node.output(0), y);
}

// A constant index is a slice; computed ones look up rows of a table.
void lower_gather(Lowering& to, const Node& node) {
  const View data = to.view(node.input(0));
  const ValueId id = node.output(0);
  const size_t axis = axis_of(node, node.attributes.integer("axis", 0), data.rank());
  const Shape& shape = to.graph().shape(id);
  if (const Array* constant = to.graph().constant(node.input(1))) {
    const std::vector<int64_t> indices = constant->to_int64();
    const int64_t extent = data.shape[axis];
    const auto at = [&](size_t i) { return indices[i] < 0 ? indices[i] + extent : indices[i]; };
    for (size_t i = 0; i < indices.size(); ++i)
      if (at(i) < 0 || at(i) >= extent)
        to.refuse(node, fmt::format("index {} of {} elements", indices[i], extent));
    // Indices in equal steps are a slice.
    const int64_t step = indices.size() > 1 ? at(1) - at(0) : 1;
    bool even = step > 0;
    for (size_t i = 1; even && i < indices.size(); ++i)
      even = at(i) - at(i - 1) == step;
    if (even && !indices.empty()) {
      const View part = data.sliced(axis, at(0), static_cast<int64_t>(indices.size()), step);
      const auto straight = part.reshaped(shape);
      to.set(id, straight ? *straight : to.dense(part).reshaped(shape).value());
      return;
    }
  }
  if (axis != 0)
    to.refuse(node, "it looks up along an axis other than the first; transpose the table before");
  // Rows of the table, dense, as they are held.
  const auto [type, scale] = to.format(id);
  View table = to.graph().constant(node.input(0)) ? to.as(node.input(0), type, scale)
                                                  : to.converted(data, type, scale);
  table = to.dense(table);
  View indices = to.view(node.input(1));
  const int64_t count = indices.count();
  auto flat = indices.reshaped(Shape{count});
  if (!flat || flat->strides[0] <= 0) {
    View narrow = indices;
    narrow.wide = false;
    flat = to.dense(narrow).reshaped(Shape{count});
    indices.wide = false;
  }
  const int64_t row = table.count() / table.shape[0];
  const View y = to.make(id);
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_GATHER;
  s4_cmd_gather& c = cmd.gather;
  c.row_bytes = static_cast<uint64_t>(row) * table.element_bytes();
  c.table_pitch = c.dst_pitch = c.row_bytes;
  c.entries = static_cast<uint32_t>(table.shape[0]);
  c.count = static_cast<uint32_t>(count);
  // 64-bit indices are read whole, so that one beyond 32 bits is an error and no other row.
  c.index_bytes = indices.wide ? 8 : 4;
  c.index_stride = static_cast<uint32_t>(count > 1 ? flat->strides[0] / (indices.wide ? 2 : 1) : 1);
  const Place places[] = {{offsetof(s4_cmd, gather.table), table.block, table.byte_offset()},
                          {offsetof(s4_cmd, gather.indices), flat->block, flat->byte_offset()},
                          {offsetof(s4_cmd, gather.dst), y.block, y.byte_offset()}};
  to.emitter().add(cmd, places);
  to.set(id, y);
}

void lower_tile(Lowering& to, const Node& node) {
  const View x = to.view(node.input(0));
  const View y = to.make(node.output(0));
  const std::vector<int64_t> repeats = constant_integers(to, node, 1, "repeats");
  // [repeat][extent] for each dimension.
  View from = x, into = y;
  from.shape.clear();
  from.strides.clear();
  into.shape.clear();
  into.strides.clear();
  for (size_t i = 0; i < x.rank(); ++i) {
    from.shape.insert(from.shape.end(), {repeats[i], x.shape[i]});
    from.strides.insert(from.strides.end(), {0, x.strides[i]});
    into.shape.insert(into.shape.end(), {repeats[i], x.shape[i]});
    into.strides.insert(into.strides.end(), {y.strides[i] * x.shape[i], y.strides[i]});
  }
  if (x.type == y.type && x.scale == y.scale)
    to.move(from, into);
  else
    to.unary(from, into);
  to.set(node.output(0), y);
}

// Blocks of pixels become channels, or the reverse: a reshape, a transpose and a reshape.
void lower_blocks(Lowering& to, const Node& node) {
  const View x = to.view(node.input(0));
  const int64_t b = node.attributes.integer("blocksize", 1);
  const int64_t n = x.shape[0], c = x.shape[1], h = x.shape[2], w = x.shape[3];
  Shape six;
  std::vector<int64_t> order;
  if (node.op == "SpaceToDepth") {
    six = {n, c, h / b, b, w / b, b};
    order = {0, 3, 5, 1, 2, 4};
  } else if (node.attributes.text("mode", "DCR") == "DCR") {
    six = {n, b, b, c / (b * b), h, w};
    order = {0, 3, 4, 1, 5, 2};
  } else {
    six = {n, c / (b * b), b, b, h, w};
    order = {0, 1, 4, 2, 5, 3};
  }
  const auto cut = x.reshaped(six);
  const View turned = (cut ? *cut : to.dense(x).reshaped(six).value()).permuted(order);
  const Shape& shape = to.graph().shape(node.output(0));
  const auto straight = turned.reshaped(shape);
  to.set(node.output(0), straight ? *straight : to.dense(turned).reshaped(shape).value());
}

constexpr Rule kRules[] = {
    {"", "Identity", lower_same, "none"},
    {"", "Dropout", lower_same, "none"},
    {"", "Reshape", lower_reshape, "none where strides allow it, else MOVE"},
    {"", "Flatten", lower_reshape, "none where strides allow it, else MOVE"},
    {"", "Squeeze", lower_reshape, "none"},
    {"", "Unsqueeze", lower_reshape, "none"},
    {"", "Transpose", lower_transpose, "none"},
    {"", "Expand", lower_expand, "none"},
    {"", "Slice", lower_slice, "none"},
    {"", "Split", lower_split, "none"},
    {"", "Concat", lower_concat, "MOVE, one a part"},
    {"", "Pad", lower_pad, "MOVE"},
    {"", "Tile", lower_tile, "MOVE"},
    {"", "Gather", lower_gather, "GATHER; none for constant indices in equal steps"},
    {"", "DepthToSpace", lower_blocks, "MOVE"},
    {"", "SpaceToDepth", lower_blocks, "MOVE"},
};

}  // namespace

std::span<const Rule> rules::moves() {
  return kRules;
}

}  // namespace s4::compiler
