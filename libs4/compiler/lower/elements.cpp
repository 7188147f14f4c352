// SPDX-License-Identifier: MIT
// Arithmetic and functions, element by element: ELTWISE and UNARY.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "compiler/ir/activation.hpp"
#include "compiler/lower/boxes.hpp"
#include "compiler/lower/elements.hpp"
#include "compiler/lower/rules.hpp"
#include "compiler/ops/eltwise.hpp"

namespace s4::compiler {
namespace {

// The dimensions in the order in which the operand with the most elements lies, so that a result
// of images is channels-last like its operands and nothing is turned around.
std::vector<int64_t> order_of(const View& view) {
  std::vector<int64_t> order(view.rank());
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = static_cast<int64_t>(i);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    const auto i = static_cast<size_t>(a), j = static_cast<size_t>(b);
    const int64_t x = view.shape[i] == 1 ? std::numeric_limits<int64_t>::max() : view.strides[i];
    const int64_t y = view.shape[j] == 1 ? std::numeric_limits<int64_t>::max() : view.strides[j];
    return x > y;
  });
  return order;
}

// Is every element at a place of its own? Then a result may lie in the same order.
bool in_one_order(const View& view) {
  for (size_t i = 0; i < view.rank(); ++i)
    if (view.shape[i] > 1 && view.strides[i] == 0)
      return false;
  return true;
}

View make_like(Lowering& to, ValueId id, const View& like) {
  if (like.shape == to.graph().shape(id) && in_one_order(like))
    return to.make_in_order(id, order_of(like));
  return to.make(id);
}

void require_float(const Lowering& to, const Node& node) {
  if (!is_float(to.graph().type(node.output(0)).type))
    to.refuse(node,
              "the card computes it in floats only; integers that depend on the inputs are "
              "known in shapes and in look-ups");
}

s4_eltwise_op op_of(const Node& node) {
  constexpr std::pair<std::string_view, s4_eltwise_op> kOps[] = {
      {"Add", S4_ELTWISE_ADD}, {"Sum", S4_ELTWISE_ADD}, {"Sub", S4_ELTWISE_SUB},
      {"Mul", S4_ELTWISE_MUL}, {"Div", S4_ELTWISE_DIV}, {"Min", S4_ELTWISE_MIN},
      {"Max", S4_ELTWISE_MAX}, {"Pow", S4_ELTWISE_POW}};
  for (const auto& [name, op] : kOps)
    if (name == node.op)
      return op;
  return S4_ELTWISE_ADD;
}

// Two operands, or any number one after the other.
void lower_arithmetic(Lowering& to, const Node& node) {
  require_float(to, node);
  const ValueId id = node.output(0);
  const Shape& shape = to.graph().shape(id);
  View sum = to.view(node.input(0));
  if (node.inputs.size() == 1) {
    to.set(id, sum);
    return;
  }
  for (size_t i = 1; i < node.inputs.size(); ++i) {
    const View other = to.view(node.input(i));
    View y;
    if (i + 1 == node.inputs.size())
      y = make_like(to, id, sum.count() >= other.count() ? sum : other);
    else
      y = to.make_temporary(broadcast_shapes(sum.shape, other.shape), S4_TYPE_FLOAT32);
    eltwise(to, op_of(node), sum.broadcast(y.shape), other.broadcast(y.shape), y);
    sum = y;
  }
  (void)shape;
  to.set(id, sum);
}

void lower_mean(Lowering& to, const Node& node) {
  lower_arithmetic(to, node);
  const View sum = to.view(node.output(0));
  const auto count = static_cast<float>(node.inputs.size());
  const Array factor = Array::scalar<float>(1 / count);
  const View by = dense_view(to.emitter().add_constant(factor.raw(), 4), {}, S4_TYPE_FLOAT32);
  const View y = make_like(to, node.output(0), sum);
  eltwise(to, S4_ELTWISE_MUL, sum, by.broadcast(sum.shape), y);
  to.set(node.output(0), y);
}

void lower_function(Lowering& to, const Node& node) {
  require_float(to, node);
  const std::optional<Activation> activation = activation_of(to.graph(), node);
  if (!activation)
    to.refuse(node,
              "the card has this function with other parameters only (HardSigmoid of 1/6 and "
              "0.5; Clip with constant bounds)");
  const View x = to.view(node.input(0));
  const View y = make_like(to, node.output(0), x);
  to.unary(x, y, activation->kind, activation->alpha, activation->beta);
  to.set(node.output(0), y);
}

// y = max(x, 0) + slope * min(x, 0)
void lower_prelu(Lowering& to, const Node& node) {
  const View x = to.view(node.input(0));
  View slope = to.view(node.input(1));
  slope = to.dense(slope).reshaped(prelu_slope_shape(node, x.shape, slope.shape)).value();
  const View low = to.make_temporary(x.shape, S4_TYPE_FLOAT32);
  to.unary(x, low, S4_ACT_CLIP, -std::numeric_limits<float>::max(), 0);
  const View part = to.make_temporary(x.shape, S4_TYPE_FLOAT32);
  eltwise(to, S4_ELTWISE_MUL, low, slope.broadcast(x.shape), part);
  const View high = to.make_temporary(x.shape, S4_TYPE_FLOAT32);
  to.unary(x, high, S4_ACT_RELU);
  const View y = make_like(to, node.output(0), x);
  eltwise(to, S4_ELTWISE_ADD, high, part, y);
  to.set(node.output(0), y);
}

// Where a constant chooses: x * c + (y - y * c), each part exact as c is 0 or 1.
void lower_where(Lowering& to, const Node& node) {
  require_float(to, node);
  const Array* condition = to.graph().constant(node.input(0));
  if (!condition)
    to.refuse(node,
              "its condition is computed by the model; the card knows a constant one, or an "
              "additive mask");
  const auto constant_view = [&](const Array& array) {
    return dense_view(to.emitter().add_constant(array.raw(), array.bytes()), array.shape(),
                      S4_TYPE_FLOAT32);
  };
  const Array ones = condition->cast(DType::kFloat32);
  Array zeros(DType::kFloat32, ones.shape());
  for (int64_t i = 0; i < ones.count(); ++i)
    zeros.mutable_data<float>()[i] = 1 - ones.data<float>()[i];
  const Shape& shape = to.graph().shape(node.output(0));
  const auto part = [&](ValueId id, const Array& factor) {
    const View y = to.make_temporary(shape, S4_TYPE_FLOAT32);
    eltwise(to, S4_ELTWISE_MUL, to.view(id).broadcast(shape),
            constant_view(factor).broadcast(shape), y);
    return y;
  };
  for (const ValueId id : {node.input(1), node.input(2)}) {
    const Array* array = to.graph().constant(id);
    if (!array)
      continue;
    for (const float value : array->to_floats())
      if (!std::isfinite(value))
        to.refuse(node, "it chooses an infinite constant; use the lowest finite number of float32");
  }
  const View a = part(node.input(1), ones), b = part(node.input(2), zeros);
  const View y = to.make(node.output(0));
  eltwise(to, S4_ELTWISE_ADD, a, b, y);
  to.set(node.output(0), y);
}

// Floats to floats change nothing here; integers become floats; floats become integers only by
// what rounds them.
void lower_cast(Lowering& to, const Node& node) {
  const TensorType& from = to.graph().type(node.input(0));
  const TensorType& into = to.graph().type(node.output(0));
  const View x = to.view(node.input(0));
  const bool both_float = is_float(from.type) && is_float(into.type);
  const bool both_integer = is_integer(from.type) && is_integer(into.type);
  if (both_float || both_integer) {
    to.set(node.output(0), x);
    return;
  }
  if (!is_integer(from.type) || !is_float(into.type))
    to.refuse(node, fmt::format("a cast of {} to {} that depends on the inputs",
                                dtype_name(from.type), dtype_name(into.type)));
  View y = to.make(node.output(0));
  y = to.make_temporary(y.shape, S4_TYPE_FLOAT32);  // integers beyond 256 are not BF16
  to.unary(x, y);
  to.set(node.output(0), y);
}

constexpr Rule kRules[] = {
    {"", "Add", lower_arithmetic, "ELTWISE"},
    {"", "Sub", lower_arithmetic, "ELTWISE"},
    {"", "Mul", lower_arithmetic, "ELTWISE"},
    {"", "Div", lower_arithmetic, "ELTWISE"},
    {"", "Min", lower_arithmetic, "ELTWISE"},
    {"", "Max", lower_arithmetic, "ELTWISE"},
    {"", "Pow", lower_arithmetic, "ELTWISE"},
    {"", "Sum", lower_arithmetic, "ELTWISE, one for each operand but the first"},
    {"", "Mean", lower_mean, "ELTWISE"},
    {"", "PRelu", lower_prelu, "UNARY and ELTWISE"},
    {"", "Where", lower_where, "ELTWISE; the condition must be constant"},
    {"", "Cast", lower_cast, "none between floats; UNARY from integers to floats"},
    {"", "Relu", lower_function, "UNARY, or the matrix command before it"},
    {"", "LeakyRelu", lower_function, "UNARY, or the matrix command before it"},
    {"", "Clip", lower_function, "UNARY, or the matrix command before it"},
    {"", "Gelu", lower_function, "UNARY, or the matrix command before it"},
    {"s4", "Silu", lower_function, "UNARY, or the matrix command before it"},
    {"", "Sigmoid", lower_function, "UNARY, or the matrix command before it"},
    {"", "Tanh", lower_function, "UNARY, or the matrix command before it"},
    {"", "HardSwish", lower_function, "UNARY, or the matrix command before it"},
    {"", "HardSigmoid", lower_function, "UNARY, or the matrix command before it"},
    {"", "Exp", lower_function, "UNARY"},
    {"", "Erf", lower_function, "UNARY"},
    {"", "Sqrt", lower_function, "UNARY"},
    {"", "Log", lower_function, "UNARY"},
    {"", "Abs", lower_function, "UNARY"},
    {"", "Neg", lower_function, "UNARY"},
    {"", "Reciprocal", lower_function, "UNARY"},
    {"", "Floor", lower_function, "UNARY"},
    {"", "Ceil", lower_function, "UNARY"},
    {"", "Round", lower_function, "UNARY"},
};

}  // namespace

void eltwise(Lowering& to, s4_eltwise_op op, const View& a, const View& b, const View& y) {
  if (y.count() == 0)
    return;
  const View* const views[] = {&a, &b, &y};
  for_each_box(views, [&](const Box& box) {
    s4_cmd cmd{};
    cmd.header.opcode = S4_OP_ELTWISE;
    s4_cmd_eltwise& c = cmd.eltwise;
    c.op = static_cast<uint8_t>(op);
    c.a_type = static_cast<uint8_t>(a.type);
    c.b_type = static_cast<uint8_t>(b.type);
    c.y_type = static_cast<uint8_t>(y.type);
    c.dims = static_cast<uint8_t>(box.shape.size());
    for (size_t i = 0; i < box.shape.size(); ++i) {
      c.shape[i] = box.shape[i];
      c.a_stride[i] = box.strides[0][i];
      c.b_stride[i] = box.strides[1][i];
      c.y_stride[i] = box.strides[2][i];
    }
    c.a_scale = float_bits(a.scale);
    c.b_scale = float_bits(b.scale);
    c.y_scale = float_bits(1 / y.scale);
    const auto at = [&](const View& v, size_t i) {
      return static_cast<uint64_t>(box.offsets[i]) * v.element_bytes();
    };
    const Place places[] = {{offsetof(s4_cmd, eltwise.a), a.block, at(a, 0)},
                            {offsetof(s4_cmd, eltwise.b), b.block, at(b, 1)},
                            {offsetof(s4_cmd, eltwise.y), y.block, at(y, 2)}};
    to.emitter().add(cmd, places);
  });
}

std::span<const Rule> rules::elements() {
  return kRules;
}

}  // namespace s4::compiler
