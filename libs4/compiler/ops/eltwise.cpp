// SPDX-License-Identifier: MIT
// Arithmetic, comparisons and choice over broadcast operands.
#include <algorithm>
#include <cmath>

#include "compiler/ops/axes.hpp"
#include "compiler/ops/eltwise.hpp"
#include "compiler/ops/families.hpp"
#include "compiler/ops/walk.hpp"

namespace s4::compiler {
namespace {

constexpr int64_t kNewest = 24;

// Before opset 7 the second operand is aligned by "axis" instead of from the right.
Shape aligned(const Call& call, size_t i) {
  Shape shape = call.shape(i);
  if (call.node.opset >= 7 || i == 0 || call.attributes().integer("broadcast", 0) == 0 ||
      !call.attributes().has("axis"))
    return shape;
  const size_t rank = call.shape(0).size();
  const size_t axis = normal_axis(call, call.attributes().integer("axis", 0), rank);
  while (shape.size() + axis < rank)
    shape.push_back(1);
  return shape;
}

Shape all_shapes(const Call& call, size_t from = 0) {
  Shape shape = aligned(call, from);
  for (size_t i = from + 1; i < call.count(); ++i)
    shape = broadcast_shapes(shape, aligned(call, i));
  return shape;
}

std::vector<TensorType> infer_arithmetic(const Call& call) {
  for (size_t i = 1; i < call.count(); ++i)
    if (call.type(i).type != call.type(0).type && call.node.op != "Pow")
      call.error(fmt::format("operands of {} and {}; cast one of them",
                             dtype_name(call.type(0).type), dtype_name(call.type(i).type)));
  return {{call.type(0).type, all_shapes(call)}};
}

std::vector<TensorType> infer_comparison(const Call& call) {
  return {{DType::kBool, all_shapes(call)}};
}

// y = f(a, b), both of storage type T.
template <typename T, typename R, typename F>
Array combine(const Array& a, const Shape& a_shape, const Array& b, const Shape& b_shape, F&& f) {
  const Shape shape = broadcast_shapes(a_shape, b_shape);
  Array y(dtype_of<R>(), shape);
  const T* x0 = a.data<T>().data();
  const T* x1 = b.data<T>().data();
  R* out = y.mutable_data<R>();
  if (a_shape == b_shape) {
    for (int64_t i = 0; i < y.count(); ++i)
      out[i] = f(x0[i], x1[i]);
  } else {
    walk<2>(shape, {broadcast_strides(a_shape, shape), broadcast_strides(b_shape, shape)},
            [&](int64_t i, const std::array<int64_t, 2>& at) { out[i] = f(x0[at[0]], x1[at[1]]); });
  }
  return y;
}

// All operands, one after the other, in float32 or int64, whichever holds them.
template <typename Floats, typename Integers>
std::vector<Array> fold(const Call& call, Floats&& floats, Integers&& integers) {
  const DType type = call.type(0).type;
  const bool wide = !is_float(type);
  const DType work = wide                      ? DType::kInt64
                     : type == DType::kFloat64 ? DType::kFloat64
                                               : DType::kFloat32;
  Array sum = call.array(0).cast(work);
  Shape shape = call.shape(0);
  for (size_t i = 1; i < call.count(); ++i) {
    const Array other = call.array(i).cast(work);
    const Shape other_shape = aligned(call, i);
    if (wide)
      sum = combine<int64_t, int64_t>(sum, shape, other, other_shape, integers);
    else if (work == DType::kFloat64)
      sum = combine<double, double>(sum, shape, other, other_shape, floats);
    else
      sum = combine<float, float>(sum, shape, other, other_shape, floats);
    shape = sum.shape();
  }
  return {sum.cast(type)};
}

std::vector<Array> add(const Call& call) {
  return fold(
      call, [](auto a, auto b) { return a + b; }, [](int64_t a, int64_t b) { return a + b; });
}
std::vector<Array> sub(const Call& call) {
  return fold(
      call, [](auto a, auto b) { return a - b; }, [](int64_t a, int64_t b) { return a - b; });
}
std::vector<Array> mul(const Call& call) {
  return fold(
      call, [](auto a, auto b) { return a * b; }, [](int64_t a, int64_t b) { return a * b; });
}
std::vector<Array> div(const Call& call) {
  return fold(
      call, [](auto a, auto b) { return a / b; },
      [&](int64_t a, int64_t b) {
        if (b == 0)
          call.error("division of an integer by zero");
        return b == -1 ? -a : a / b;
      });
}
std::vector<Array> minimum(const Call& call) {
  const auto f = [](auto a, auto b) { return a < b || a != a ? a : b; };
  return fold(call, f, f);
}
std::vector<Array> maximum(const Call& call) {
  const auto f = [](auto a, auto b) { return a > b || a != a ? a : b; };
  return fold(call, f, f);
}
std::vector<Array> mean(const Call& call) {
  Array sum = as_float32(add(call)[0]);
  for (int64_t i = 0; i < sum.count(); ++i)
    sum.mutable_data<float>()[i] /= static_cast<float>(call.count());
  return {sum.cast(call.type(0).type)};
}
std::vector<Array> power(const Call& call) {
  // The exponent may be of another type.
  const Array a = call.array(0).cast(DType::kFloat64), b = call.array(1).cast(DType::kFloat64);
  return {combine<double, double>(a, call.shape(0), b, aligned(call, 1), [](double x, double y) {
            return std::pow(x, y);
          }).cast(call.type(0).type)};
}
std::vector<Array> modulo(const Call& call) {
  const bool like_c = call.attributes().integer("fmod", 0) != 0;
  return fold(
      call, [](auto a, auto b) { return std::fmod(a, b); },
      [&](int64_t a, int64_t b) {
        if (b == 0)
          call.error("remainder of an integer by zero");
        const int64_t rest = b == -1 ? 0 : a % b;
        return like_c || rest == 0 || (rest < 0) == (b < 0) ? rest : rest + b;
      });
}

// float64 holds every integer below 2^53 and every float.
template <typename F>
std::vector<Array> compare(const Call& call, F&& f) {
  const Array a = call.array(0).cast(DType::kFloat64), b = call.array(1).cast(DType::kFloat64);
  return {combine<double, bool>(a, call.shape(0), b, aligned(call, 1), f)};
}
std::vector<Array> equal(const Call& call) {
  return compare(call, [](double a, double b) { return a == b; });
}
std::vector<Array> greater(const Call& call) {
  return compare(call, [](double a, double b) { return a > b; });
}
std::vector<Array> greater_equal(const Call& call) {
  return compare(call, [](double a, double b) { return a >= b; });
}
std::vector<Array> less(const Call& call) {
  return compare(call, [](double a, double b) { return a < b; });
}
std::vector<Array> less_equal(const Call& call) {
  return compare(call, [](double a, double b) { return a <= b; });
}
std::vector<Array> logical_and(const Call& call) {
  return compare(call, [](double a, double b) { return a != 0 && b != 0; });
}
std::vector<Array> logical_or(const Call& call) {
  return compare(call, [](double a, double b) { return a != 0 || b != 0; });
}
std::vector<Array> logical_xor(const Call& call) {
  return compare(call, [](double a, double b) { return (a != 0) != (b != 0); });
}

std::vector<TensorType> infer_where(const Call& call) {
  return {{call.type(1).type, broadcast_shapes(call.shape(0), all_shapes(call, 1))}};
}
std::vector<Array> where(const Call& call) {
  const Array condition = call.array(0).cast(DType::kBool);
  const Array &a = call.array(1), &b = call.array(2);
  const Shape shape = infer_where(call)[0].shape;
  Array y(a.type(), shape);
  visit_storage(a.type(), [&]<typename T>(T) {
    const auto* x0 = static_cast<const T*>(a.raw());
    const auto* x1 = static_cast<const T*>(b.raw());
    auto* out = static_cast<T*>(y.mutable_raw());
    const bool* choice = condition.data<bool>().data();
    walk<3>(shape,
            {broadcast_strides(condition.shape(), shape), broadcast_strides(a.shape(), shape),
             broadcast_strides(b.shape(), shape)},
            [&](int64_t i, const std::array<int64_t, 3>& at) {
              out[i] = choice[at[0]] ? x0[at[1]] : x1[at[2]];
            });
  });
  return {y};
}

std::vector<Array> prelu(const Call& call) {
  const Array x = as_float32(call.array(0)), slope = as_float32(call.array(1));
  const Shape slope_shape = prelu_slope_shape(call.node, x.shape(), slope.shape());
  const auto f = [](float v, float s) { return v > 0 ? v : v * s; };
  return {combine<float, float>(x, x.shape(), slope, slope_shape, f).cast(call.type(0).type)};
}

constexpr Operator kOperators[] = {
    {"", "Add", 1, kNewest, infer_arithmetic, add},
    {"", "Sum", 1, kNewest, infer_arithmetic, add},
    {"", "Sub", 1, kNewest, infer_arithmetic, sub},
    {"", "Mul", 1, kNewest, infer_arithmetic, mul},
    {"", "Div", 1, kNewest, infer_arithmetic, div},
    {"", "Min", 1, kNewest, infer_arithmetic, minimum},
    {"", "Max", 1, kNewest, infer_arithmetic, maximum},
    {"", "Mean", 1, kNewest, infer_arithmetic, mean},
    {"", "Pow", 1, kNewest, infer_arithmetic, power},
    {"", "Mod", 10, kNewest, infer_arithmetic, modulo},
    {"", "Equal", 1, kNewest, infer_comparison, equal},
    {"", "Greater", 1, kNewest, infer_comparison, greater},
    {"", "GreaterOrEqual", 12, kNewest, infer_comparison, greater_equal},
    {"", "Less", 1, kNewest, infer_comparison, less},
    {"", "LessOrEqual", 12, kNewest, infer_comparison, less_equal},
    {"", "And", 1, kNewest, infer_comparison, logical_and},
    {"", "Or", 1, kNewest, infer_comparison, logical_or},
    {"", "Xor", 1, kNewest, infer_comparison, logical_xor},
    {"", "Where", 9, kNewest, infer_where, where},
    {"", "PRelu", 1, kNewest, infer_same, prelu},
};

}  // namespace

// The slope is broadcast to x in one direction only, from the right since opset 7; some exporters
// go on giving one number a channel.
Shape prelu_slope_shape(const Node& node, const Shape& x, const Shape& slope) {
  const bool by_channel = slope.size() == 1 && x.size() > 2 && slope[0] == x[1] &&
                          (node.opset < 7 || slope[0] != x.back());
  Shape shape = slope;
  if (by_channel)
    shape.resize(x.size() - 1, 1);
  return shape;
}

Family ops::eltwise() {
  return kOperators;
}

}  // namespace s4::compiler
