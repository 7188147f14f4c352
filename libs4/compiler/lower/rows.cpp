// SPDX-License-Identifier: MIT
// What looks at whole rows: SOFTMAX, NORM, REDUCE, TOPK.
#include <algorithm>
#include <cmath>
#include <cstddef>

#include "compiler/lower/boxes.hpp"
#include "compiler/lower/elements.hpp"
#include "compiler/lower/rules.hpp"

namespace s4::compiler {
namespace {

uint32_t u32(int64_t value) {
  return static_cast<uint32_t>(value);
}

void emit_softmax(Lowering& to, const View& x, const View& y, bool logarithm) {
  // Outer dimensions that do not merge are walked over in commands of up to six.
  const auto last = static_cast<int64_t>(x.shape.back());
  View a = x, b = y;
  if (a.rank() > S4_MAX_DIMS) {
    a = to.dense(a).reshaped(Shape{a.count() / last, last}).value();
    const View flat = to.make_temporary(a.shape, y.type, y.scale);
    emit_softmax(to, a, flat, logarithm);
    to.move(flat.reshaped(y.shape).value(), y);
    return;
  }
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_SOFTMAX;
  s4_cmd_softmax& c = cmd.softmax;
  c.options = logarithm ? S4_SOFTMAX_LOG : 0;
  c.x_type = static_cast<uint8_t>(a.type);
  c.y_type = static_cast<uint8_t>(b.type);
  c.dims = static_cast<uint8_t>(a.rank());
  for (size_t i = 0; i < a.rank(); ++i) {
    c.shape[i] = u32(a.shape[i]);
    c.x_stride[i] = u32(a.strides[i]);
    c.y_stride[i] = u32(b.strides[i]);
  }
  c.factor = float_bits(1);
  c.x_scale = float_bits(a.scale);
  c.y_scale = float_bits(1 / b.scale);
  const Place places[] = {{offsetof(s4_cmd, softmax.x), a.block, a.byte_offset()},
                          {offsetof(s4_cmd, softmax.y), b.block, b.byte_offset()}};
  to.emitter().add(cmd, places);
}

void lower_softmax(Lowering& to, const Node& node) {
  View x = to.view(node.input(0));
  View y = to.make(node.output(0));
  const View whole = y;
  const bool flattens = node.opset < 13;  // everything from the axis on is one row
  const size_t axis = axis_of(node, node.attributes.integer("axis", flattens ? 1 : -1), x.rank());
  if (flattens && axis + 1 < x.rank()) {
    const int64_t rows = element_count(std::span(x.shape).first(axis));
    const Shape flat{rows, x.count() / std::max<int64_t>(rows, 1)};
    const auto straight = x.reshaped(flat);
    x = straight ? *straight : to.dense(x).reshaped(flat).value();
    y = y.reshaped(flat).value();
  } else {
    std::vector<int64_t> order;
    for (size_t i = 0; i < x.rank(); ++i)
      if (i != axis)
        order.push_back(static_cast<int64_t>(i));
    order.push_back(static_cast<int64_t>(axis));
    x = x.permuted(order);
    y = y.permuted(order);
  }
  emit_softmax(to, x, y, node.op == "LogSoftmax");
  to.set(node.output(0), whole);
}

void emit_norm(Lowering& to, const Node& node, s4_norm_kind kind, const View& x, const View& y,
               uint32_t groups, float epsilon, ValueId gamma, ValueId beta) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_NORM;
  s4_cmd_norm& c = cmd.norm;
  c.kind = static_cast<uint8_t>(kind);
  c.x_type = static_cast<uint8_t>(x.type);
  c.y_type = static_cast<uint8_t>(y.type);
  c.groups = groups;
  for (size_t i = 0; i < 3; ++i) {
    c.shape[i] = u32(x.shape[i]);
    c.x_stride[i] = u32(x.strides[i]);
    c.y_stride[i] = u32(y.strides[i]);
  }
  c.epsilon = float_bits(epsilon);
  c.x_scale = float_bits(x.scale);
  c.y_scale = float_bits(1 / y.scale);
  std::vector<Place> places = {{offsetof(s4_cmd, norm.x), x.block, x.byte_offset()},
                               {offsetof(s4_cmd, norm.y), y.block, y.byte_offset()}};
  const auto add = [&](ValueId id, size_t field, const char* what) {
    if (id == kNone)
      return;
    if (!to.graph().constant(id))
      to.refuse(node,
                fmt::format("its {} is computed by the model; only a constant one is known", what));
    View v = to.view(id);
    if (v.count() != x.shape[2])
      to.refuse(node,
                fmt::format("its {} has {} elements for {} channels", what, v.count(), x.shape[2]));
    places.push_back({static_cast<uint16_t>(field), v.block, v.byte_offset()});
  };
  add(gamma, offsetof(s4_cmd, norm.gamma), "scale");
  add(beta, offsetof(s4_cmd, norm.beta), "bias");
  to.emitter().add(cmd, places);
}

View rows_of(Lowering& to, const View& x, int64_t rows, int64_t channels) {
  const Shape shape{1, rows, channels};
  const auto straight = x.reshaped(shape);
  return straight ? *straight : to.dense(x).reshaped(shape).value();
}

void lower_layer_norm(Lowering& to, const Node& node) {
  const View x = to.view(node.input(0));
  const size_t axis = axis_of(node, node.attributes.integer("axis", -1), x.rank());
  const int64_t rows = element_count(std::span(x.shape).first(axis));
  const int64_t channels = x.count() / std::max<int64_t>(rows, 1);
  const View y = to.make(node.output(0));
  const bool rms = node.op == "RMSNormalization";
  if (node.output(1) != kNone || node.output(2) != kNone)
    to.refuse(node, "its mean and deviation are results of the model; the card gives y only");
  emit_norm(to, node, rms ? S4_NORM_RMS : S4_NORM_LAYER, rows_of(to, x, rows, channels),
            rows_of(to, y, rows, channels), 1, node.attributes.real("epsilon", 1e-5f),
            node.input(1), node.input(2));
  to.set(node.output(0), y);
}

// Images: statistics of all pixels of the channels of a group.
void lower_group_norm(Lowering& to, const Node& node) {
  View x = to.view(node.input(0));
  const int64_t images = x.shape[0], channels = x.shape[1];
  const int64_t pixels = x.count() / (images * channels);
  const auto groups = static_cast<uint32_t>(
      node.op == "InstanceNormalization" ? channels : node.attributes.integer("num_groups", 1));
  std::vector<int64_t> last{0};
  for (size_t i = 2; i < x.rank(); ++i)
    last.push_back(static_cast<int64_t>(i));
  last.push_back(1);
  const View y = to.make_in_order(node.output(0), last);
  const Shape shape{images, pixels, channels};
  const auto flat = [&](const View& v) {
    const auto straight = v.permuted(last).reshaped(shape);
    return straight ? *straight : to.dense_in_order(v, last).permuted(last).reshaped(shape).value();
  };
  if (node.op == "GroupNormalization" && node.opset < 21 &&
      to.graph().type(node.input(1)).shape[0] != channels)
    to.refuse(node,
              "its scale has an element a group; opset 21 has one a channel: export with that");
  emit_norm(to, node, S4_NORM_GROUP, flat(x), flat(y), groups,
            node.attributes.real("epsilon", 1e-5f), node.input(1), node.input(2));
  to.set(node.output(0), y);
}

// y = x * factor + shift, with constants a channel.
void lower_batch_norm(Lowering& to, const Node& node) {
  std::vector<float> parts[4];
  for (size_t i = 0; i < 4; ++i) {
    const Array* array = to.graph().constant(node.input(i + 1));
    if (!array)
      to.refuse(node, "its statistics are computed by the model; export it in inference mode");
    parts[i] = array->to_floats();
  }
  const float epsilon = node.attributes.real("epsilon", 1e-5f);
  const size_t channels = parts[0].size();
  Array factor(DType::kFloat32, {static_cast<int64_t>(channels)});
  Array shift(DType::kFloat32, {static_cast<int64_t>(channels)});
  for (size_t i = 0; i < channels; ++i) {
    const float f = parts[0][i] / std::sqrt(parts[3][i] + epsilon);
    factor.mutable_data<float>()[i] = f;
    shift.mutable_data<float>()[i] = parts[1][i] - parts[2][i] * f;
  }
  const View x = to.view(node.input(0));
  const auto spread = [&](const Array& array) {
    View v = dense_view(to.emitter().add_constant(array.raw(), array.bytes()), array.shape(),
                        S4_TYPE_FLOAT32);
    v.shape.resize(std::max<size_t>(x.rank(), 2) - 1, 1);
    v.strides.resize(v.shape.size(), 0);
    return v.broadcast(x.shape);
  };
  const View scaled = to.make_temporary(x.shape, S4_TYPE_FLOAT32);
  eltwise(to, S4_ELTWISE_MUL, x, spread(factor), scaled);
  const View y = to.make(node.output(0));
  eltwise(to, S4_ELTWISE_ADD, scaled, spread(shift), y);
  to.set(node.output(0), y);
}

struct Reduction {
  std::string_view op;
  s4_reduce_op code;
};
constexpr Reduction kReductions[] = {
    {"ReduceSum", S4_REDUCE_SUM},        {"ReduceMean", S4_REDUCE_MEAN},
    {"ReduceMax", S4_REDUCE_MAX},        {"ReduceMin", S4_REDUCE_MIN},
    {"ReduceProd", S4_REDUCE_PRODUCT},   {"ReduceSumSquare", S4_REDUCE_SUM_SQUARES},
    {"ReduceL2", S4_REDUCE_SUM_SQUARES},
};

// y has every dimension of x, those that are reduced with extent 1.
void emit_reduce(Lowering& to, s4_reduce_op op, const View& x, const View& y,
                 const std::vector<bool>& reduced) {
  if (x.rank() > S4_MAX_DIMS)
    fail("{} dimensions; the card reduces up to {}", x.rank(), S4_MAX_DIMS);
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_REDUCE;
  s4_cmd_reduce& c = cmd.reduce;
  c.op = static_cast<uint8_t>(op);
  c.x_type = static_cast<uint8_t>(x.type);
  c.y_type = static_cast<uint8_t>(y.type);
  c.dims = static_cast<uint8_t>(x.rank());
  for (size_t i = 0; i < x.rank(); ++i) {
    c.shape[i] = u32(x.shape[i]);
    c.x_stride[i] = u32(x.strides[i]);
    c.y_stride[i] = reduced[i] ? 0 : u32(y.strides[i]);
    c.reduced = static_cast<uint8_t>(c.reduced | (reduced[i] ? 1u << i : 0));
  }
  c.x_scale = float_bits(x.scale);
  c.y_scale = float_bits(1 / y.scale);
  const Place places[] = {{offsetof(s4_cmd, reduce.x), x.block, x.byte_offset()},
                          {offsetof(s4_cmd, reduce.y), y.block, y.byte_offset()}};
  to.emitter().add(cmd, places);
}

void lower_reduce(Lowering& to, const Node& node) {
  const View x = to.view(node.input(0));
  const ValueId id = node.output(0);
  if (!is_float(to.graph().type(id).type))
    to.refuse(node, "the card reduces floats only");
  const std::vector<int64_t> axes = constant_integers(to, node, 1, "axes");
  if (axes.empty() && node.attributes.integer("noop_with_empty_axes", 0) != 0) {
    to.set(id, x);
    return;
  }
  std::vector<bool> reduced(x.rank(), axes.empty());
  for (const int64_t axis : axes)
    reduced[axis_of(node, axis, x.rank())] = true;
  if (x.rank() == 0) {
    to.set(id, x);
    return;
  }
  const auto found = std::find_if(std::begin(kReductions), std::end(kReductions),
                                  [&](const Reduction& r) { return r.op == node.op; });
  View y = to.make(id);
  Shape kept = x.shape;
  for (size_t i = 0; i < kept.size(); ++i)
    if (reduced[i])
      kept[i] = 1;
  const View whole = y.reshaped(kept).value();
  if (node.op == "ReduceL2") {
    const View squares = to.make_temporary(kept, S4_TYPE_FLOAT32);
    emit_reduce(to, found->code, x, squares, reduced);
    to.unary(squares, whole, S4_ACT_SQRT);
  } else {
    emit_reduce(to, found->code, x, whole, reduced);
  }
  to.set(id, y);
}

// Rows [outer][n] of the axis that is searched, which must be contiguous.
void lower_top(Lowering& to, const Node& node, uint32_t k, bool largest, size_t axis,
               ValueId values_id, ValueId indices_id) {
  View x = to.view(node.input(0));
  std::vector<int64_t> order;
  for (size_t i = 0; i < x.rank(); ++i)
    if (i != axis)
      order.push_back(static_cast<int64_t>(i));
  order.push_back(static_cast<int64_t>(axis));
  View rows = x.permuted(order);
  const int64_t n = rows.shape.back();
  const int64_t count = rows.count() / n;
  auto flat = rows.reshaped(Shape{count, n});
  if (!flat || (n > 1 && flat->strides[1] != 1) || (count > 1 && flat->strides[0] < n))
    flat = to.dense(rows).reshaped(Shape{count, n});
  if (k > S4_TOPK_MAX_K)
    to.refuse(node, fmt::format("the card finds up to {} elements of a row", S4_TOPK_MAX_K));
  const View values = to.make_temporary(Shape{count, k}, flat->type, flat->scale);
  const View indices = to.make_temporary(Shape{count, k}, S4_TYPE_INT32);
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_TOPK;
  s4_cmd_topk& c = cmd.topk;
  c.rows = u32(count);
  c.n = u32(n);
  c.k = k;
  c.type = static_cast<uint8_t>(flat->type);
  c.order = largest ? S4_TOPK_LARGEST : S4_TOPK_SMALLEST;
  c.x_pitch = static_cast<uint64_t>(count > 1 ? flat->strides[0] : n) * flat->element_bytes();
  c.values_pitch = uint64_t{k} * values.element_bytes();
  c.indices_pitch = uint64_t{k} * 4;
  const Place places[] = {{offsetof(s4_cmd, topk.x), flat->block, flat->byte_offset()},
                          {offsetof(s4_cmd, topk.values), values.block, 0},
                          {offsetof(s4_cmd, topk.indices), indices.block, 0}};
  to.emitter().add(cmd, places);
  // Back to the order of the result's dimensions.
  Shape full = rows.shape;
  full.back() = k;
  std::vector<int64_t> back(order.size());
  for (size_t i = 0; i < order.size(); ++i)
    back[static_cast<size_t>(order[i])] = static_cast<int64_t>(i);
  const auto give = [&](ValueId id, const View& from) {
    if (id != kNone)
      to.set(id, from.reshaped(full).value().permuted(back).reshaped(to.graph().shape(id)).value());
  };
  give(values_id, values);
  give(indices_id, indices);
}

void lower_topk(Lowering& to, const Node& node) {
  const std::vector<int64_t> k = constant_integers(to, node, 1, "");
  const int64_t count = k.empty() ? node.attributes.integer("k", 1) : k[0];
  const size_t axis =
      axis_of(node, node.attributes.integer("axis", -1), to.graph().shape(node.input(0)).size());
  lower_top(to, node, u32(count), node.attributes.integer("largest", 1) != 0, axis, node.output(0),
            node.output(1));
}

void lower_arg(Lowering& to, const Node& node) {
  if (node.attributes.integer("select_last_index", 0) != 0)
    to.refuse(node, "of equal elements the card names the first; export without select_last_index");
  const size_t axis =
      axis_of(node, node.attributes.integer("axis", 0), to.graph().shape(node.input(0)).size());
  lower_top(to, node, 1, node.op == "ArgMax", axis, kNone, node.output(0));
}

constexpr Rule kRules[] = {
    {"", "Softmax", lower_softmax, "SOFTMAX"},
    {"", "LogSoftmax", lower_softmax, "SOFTMAX"},
    {"", "LayerNormalization", lower_layer_norm, "NORM"},
    {"", "RMSNormalization", lower_layer_norm, "NORM"},
    {"", "GroupNormalization", lower_group_norm, "NORM"},
    {"", "InstanceNormalization", lower_group_norm, "NORM"},
    {"", "BatchNormalization", lower_batch_norm, "folded into a convolution, else ELTWISE"},
    {"", "ReduceSum", lower_reduce, "REDUCE"},
    {"", "ReduceMean", lower_reduce, "REDUCE"},
    {"", "ReduceMax", lower_reduce, "REDUCE"},
    {"", "ReduceMin", lower_reduce, "REDUCE"},
    {"", "ReduceProd", lower_reduce, "REDUCE"},
    {"", "ReduceSumSquare", lower_reduce, "REDUCE"},
    {"", "ReduceL2", lower_reduce, "REDUCE and UNARY"},
    {"", "TopK", lower_topk, "TOPK"},
    {"", "ArgMax", lower_arg, "TOPK"},
    {"", "ArgMin", lower_arg, "TOPK"},
};

}  // namespace

std::span<const Rule> rules::rows() {
  return kRules;
}

}  // namespace s4::compiler
