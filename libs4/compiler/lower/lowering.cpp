// SPDX-License-Identifier: MIT
#include "compiler/lower/lowering.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>
#include <numeric>

#include "compiler/lower/boxes.hpp"

namespace s4::compiler {

uint32_t float_bits(float value) {
  return std::bit_cast<uint32_t>(value);
}

Lowering::Lowering(const Graph& graph, const Assignment& assignment)
    : graph_(graph), assignment_(assignment), views_(graph.values.size()) {}

void Lowering::refuse(const Node& node, const std::string& why) const {
  throw CompileError(node_text(node), why);
}

void Lowering::begin_layer(const Node& node) {
  model::Layer layer;
  layer.name = node.name;
  layer.op = node.op;
  layer.type = S4_TYPE_BF16;
  emitter_.begin_layer(std::move(layer));
}

const View& Lowering::view(ValueId id) {
  std::optional<View>& known = views_[id];
  if (known)
    return *known;
  const Array* constant = graph_.constant(id);
  if (!constant)
    fail("'{}' is read before it is made", graph_.value(id).name);
  const s4_type type = is_float(constant->type()) ? S4_TYPE_FLOAT32 : S4_TYPE_INT32;
  const Array array = constant->cast(type == S4_TYPE_FLOAT32 ? DType::kFloat32 : DType::kInt32);
  const uint32_t block = emitter_.add_constant(array.raw(), std::max<size_t>(array.bytes(), 4));
  known = dense_view(block, array.shape(), type);
  return *known;
}

View Lowering::as(ValueId id, s4_type type, float scale) {
  const Array* constant = graph_.constant(id);
  if (constant && type == S4_TYPE_BF16 && is_float(constant->type())) {
    // Rounded here, so that the card reads half the bytes.
    const Array array = constant->cast(DType::kFloat32).cast(DType::kBfloat16);
    const uint32_t block = emitter_.add_constant(array.raw(), std::max<size_t>(array.bytes(), 2));
    return dense_view(block, array.shape(), type);
  }
  return converted(view(id), type, scale);
}

View Lowering::converted(const View& from, s4_type type, float scale) {
  if (from.type == type && (from.type != S4_TYPE_INT8 || from.scale == scale) && !from.wide)
    return from;
  for (const Copy& copy : copies_) {
    // Made before, of this view or of one that covers it with the same steps.
    if (copy.from.block == from.block && copy.to.type == type && copy.to.scale == scale &&
        copy.from.offset == from.offset && copy.from.shape == from.shape &&
        copy.from.strides == from.strides)
      return copy.to;
  }
  // Dense, with the dimensions in the order in which they lie now.
  std::vector<int64_t> order(from.rank());
  std::iota(order.begin(), order.end(), int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    const auto i = static_cast<size_t>(a), j = static_cast<size_t>(b);
    return (from.shape[i] == 1 ? 0 : from.strides[i]) > (from.shape[j] == 1 ? 0 : from.strides[j]);
  });
  const uint64_t bytes = static_cast<uint64_t>(from.count()) * type_bytes(type);
  const View to = dense_view_in_order(emitter_.add_arena(bytes), from.shape, order, type, scale);
  unary(from, to);
  copies_.push_back({from, to});
  return to;
}

View Lowering::dense(const View& from) {
  std::vector<int64_t> order(from.rank());
  std::iota(order.begin(), order.end(), int64_t{0});
  return dense_in_order(from, order);
}

View Lowering::dense_in_order(const View& from, const std::vector<int64_t>& permutation) {
  if (from.permuted(permutation).dense() && !from.wide)
    return from;
  const uint64_t bytes = static_cast<uint64_t>(from.count()) * from.element_bytes();
  const View to = dense_view_in_order(emitter_.add_arena(bytes), from.shape, permutation, from.type,
                                      from.scale);
  move(from, to);
  return to;
}

std::pair<s4_type, float> Lowering::format(ValueId id) const {
  if (!is_float(graph_.type(id).type))
    return {S4_TYPE_INT32, 1.0f};
  const auto found = assignment_.int8_scale.find(id);
  if (found != assignment_.int8_scale.end())
    return {S4_TYPE_INT8, found->second};
  return {S4_TYPE_BF16, 1.0f};
}

View Lowering::make(ValueId id) {
  std::vector<int64_t> order(graph_.shape(id).size());
  std::iota(order.begin(), order.end(), int64_t{0});
  return make_in_order(id, order);
}

View Lowering::make_in_order(ValueId id, const std::vector<int64_t>& permutation) {
  const auto [type, scale] = format(id);
  const Shape& shape = graph_.shape(id);
  const uint64_t bytes = static_cast<uint64_t>(element_count(shape)) * type_bytes(type);
  return dense_view_in_order(emitter_.add_arena(bytes), shape, permutation, type, scale);
}

View Lowering::make_temporary(Shape shape, s4_type type, float scale) {
  const uint64_t bytes = static_cast<uint64_t>(element_count(shape)) * type_bytes(type);
  return dense_view(emitter_.add_arena(bytes), std::move(shape), type, scale);
}

void Lowering::set(ValueId id, View view) {
  view.shape = graph_.shape(id);
  views_[id] = std::move(view);
}

void Lowering::unary(const View& x, const View& y, s4_activation activation, float alpha,
                     float beta) {
  if (x.count() == 0)
    return;
  const View* const views[] = {&x, &y};
  for_each_box(views, [&](const Box& box) {
    s4_cmd cmd{};
    cmd.header.opcode = S4_OP_UNARY;
    s4_cmd_unary& c = cmd.unary;
    c.x_type = static_cast<uint8_t>(x.type);
    c.y_type = static_cast<uint8_t>(y.type);
    c.activation = static_cast<uint8_t>(activation);
    c.dims = static_cast<uint8_t>(box.shape.size());
    for (size_t i = 0; i < box.shape.size(); ++i) {
      c.shape[i] = box.shape[i];
      c.x_stride[i] = box.strides[0][i];
      c.y_stride[i] = box.strides[1][i];
    }
    c.x_scale = float_bits(x.scale);
    c.y_scale = float_bits(1 / y.scale);
    c.alpha = float_bits(alpha);
    c.beta = float_bits(beta);
    const Place places[] = {{offsetof(s4_cmd, unary.x), x.block,
                             static_cast<uint64_t>(box.offsets[0]) * x.element_bytes()},
                            {offsetof(s4_cmd, unary.y), y.block,
                             static_cast<uint64_t>(box.offsets[1]) * y.element_bytes()}};
    emitter_.add(cmd, places);
  });
}

void Lowering::move(const View& x, const View& y) {
  if (x.count() == 0)
    return;
  const View* const views[] = {&x, &y};
  for_each_box(views, [&](const Box& box) {
    s4_cmd cmd{};
    cmd.header.opcode = S4_OP_MOVE;
    s4_cmd_move& c = cmd.move;
    c.element_bytes = x.element_bytes();
    c.dims = static_cast<uint32_t>(box.shape.size());
    for (size_t i = 0; i < box.shape.size(); ++i) {
      c.shape[i] = c.src_extent[i] = box.shape[i];
      c.src_stride[i] = box.strides[0][i];
      c.dst_stride[i] = box.strides[1][i];
    }
    const Place places[] = {{offsetof(s4_cmd, move.src), x.block,
                             static_cast<uint64_t>(box.offsets[0]) * x.element_bytes()},
                            {offsetof(s4_cmd, move.dst), y.block,
                             static_cast<uint64_t>(box.offsets[1]) * y.element_bytes()}};
    emitter_.add(cmd, places);
  });
}

void Lowering::declare_inputs() {
  for (const ValueId id : graph_.inputs) {
    const Value& value = graph_.value(id);
    const DType type = value.type.type;
    View view;
    if (type == DType::kFloat32)
      view.type = S4_TYPE_FLOAT32;
    else if (type == DType::kInt32 || type == DType::kInt64)
      view.type = S4_TYPE_INT32;
    else if (type == DType::kInt8)
      view.type = S4_TYPE_INT8;
    else if (type == DType::kBfloat16)
      view.type = S4_TYPE_BF16;
    else
      fail(
          "input '{}' is {}: the card takes float32, bfloat16, int8, int32 and int64; export the "
          "model with one of these",
          value.name, dtype_name(type));
    const uint64_t bytes =
        static_cast<uint64_t>(element_count(value.type.shape)) * dtype_bytes(type);
    if (bytes == 0)
      fail("input '{}' of shape {} is empty", value.name, shape_text(value.type.shape));
    view.block = emitter_.add_input({value.name, type, value.type.shape, bytes});
    view.strides = row_major_strides(value.type.shape);
    view.wide = type == DType::kInt64;
    if (view.wide)
      for (int64_t& stride : view.strides)
        stride *= 2;
    set(id, view);
  }
}

void Lowering::write_outputs() {
  for (const ValueId id : graph_.outputs) {
    const Value& value = graph_.value(id);
    const DType type = value.type.type;
    const bool integers = type == DType::kInt64 || type == DType::kInt32;
    if (!integers && !is_float(type))
      fail("output '{}' is {}: the card gives float32, int32 and int64; add a Cast to the model",
           value.name, dtype_name(type));
    // Whatever the model computes in, floats leave as FLOAT32.
    const DType outside = integers ? type : DType::kFloat32;
    const uint64_t bytes =
        static_cast<uint64_t>(element_count(value.type.shape)) * dtype_bytes(outside);
    if (bytes == 0)
      fail("output '{}' of shape {} is empty", value.name, shape_text(value.type.shape));
    const View from = view(id);
    emitter_.begin_layer({value.name, "Output", 1, S4_TYPE_FLOAT32, 0, "", 0, 0});
    const uint32_t block = emitter_.add_output({value.name, outside, value.type.shape, bytes});
    if (!integers) {
      unary(from, dense_view(block, value.type.shape, S4_TYPE_FLOAT32));
    } else if (type == DType::kInt32) {
      move(from, dense_view(block, value.type.shape, S4_TYPE_INT32));
    } else {
      // Indices are not negative: their high words are zero.
      s4_cmd cmd{};
      cmd.header.opcode = S4_OP_FILL;
      cmd.fill.bytes = bytes;
      cmd.fill.pattern_bytes = 4;
      const Place place[] = {{offsetof(s4_cmd, fill.dst), block, 0}};
      emitter_.add(cmd, place);
      View to = dense_view(block, value.type.shape, S4_TYPE_INT32);
      for (int64_t& stride : to.strides)
        stride *= 2;
      move(from, to);
    }
  }
}

model::Program Lowering::finish() {
  return emitter_.finish(graph_.name);
}

}  // namespace s4::compiler
