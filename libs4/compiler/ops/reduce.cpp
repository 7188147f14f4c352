// SPDX-License-Identifier: MIT
// Reductions along axes, and what is found along one.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "compiler/ops/axes.hpp"
#include "compiler/ops/families.hpp"
#include "compiler/ops/walk.hpp"

namespace s4::compiler {
namespace {

constexpr int64_t kNewest = 24;

struct Reduction {
  std::vector<bool> reduced;
  bool keeps = true, nothing = false;
};
Reduction reduction_of(const Call& call) {
  const size_t rank = call.shape(0).size();
  Reduction r{std::vector<bool>(rank, false), call.attributes().integer("keepdims", 1) != 0, false};
  const auto axes = integers_of(call, 1, "axes");
  if (!axes || axes->empty()) {
    r.nothing = call.attributes().integer("noop_with_empty_axes", 0) != 0;
    r.reduced.assign(rank, !r.nothing);
  } else {
    for (const size_t axis : normal_axes(call, *axes, rank))
      r.reduced[axis] = true;
  }
  return r;
}
std::vector<TensorType> infer_reduce(const Call& call) {
  const Reduction r = reduction_of(call);
  Shape shape;
  for (size_t i = 0; i < r.reduced.size(); ++i)
    if (!r.reduced[i])
      shape.push_back(call.shape(0)[i]);
    else if (r.keeps)
      shape.push_back(1);
  return {{call.type(0).type, shape}};
}

// In float64: begin with `start`, then f(sum, value); at last g(sum, count).
template <typename F, typename G>
std::vector<Array> reduce(const Call& call, double start, F&& f, G&& g) {
  const Reduction r = reduction_of(call);
  if (r.nothing)
    return {call.array(0)};
  const Array x = call.array(0).cast(DType::kFloat64);
  Shape kept = x.shape();
  for (size_t i = 0; i < kept.size(); ++i)
    if (r.reduced[i])
      kept[i] = 1;
  Array y(DType::kFloat64, kept);
  double* out = y.mutable_data<double>();
  std::fill_n(out, y.count(), start);
  walk<1>(x.shape(), {broadcast_strides(kept, x.shape())},
          [&](int64_t i, const std::array<int64_t, 1>& at) {
            out[at[0]] = f(out[at[0]], x.data<double>()[static_cast<size_t>(i)]);
          });
  const double count =
      y.count() ? static_cast<double>(x.count()) / static_cast<double>(y.count()) : 0;
  for (int64_t i = 0; i < y.count(); ++i)
    out[i] = g(out[i], count);
  return {y.cast(call.type(0).type).reshaped(infer_reduce(call)[0].shape)};
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();
double same(double sum, double) {
  return sum;
}
double plus(double sum, double v) {
  return sum + v;
}
double plus_square(double sum, double v) {
  return sum + v * v;
}

std::vector<Array> sum(const Call& call) {
  return reduce(call, 0, plus, same);
}
std::vector<Array> mean(const Call& call) {
  return reduce(call, 0, plus, [](double s, double count) { return s / count; });
}
std::vector<Array> greatest(const Call& call) {
  return reduce(
      call, -kInfinity, [](double a, double b) { return std::max(a, b); }, same);
}
std::vector<Array> least(const Call& call) {
  return reduce(
      call, kInfinity, [](double a, double b) { return std::min(a, b); }, same);
}
std::vector<Array> product_of(const Call& call) {
  return reduce(
      call, 1, [](double a, double b) { return a * b; }, same);
}
std::vector<Array> squares(const Call& call) {
  return reduce(call, 0, plus_square, same);
}
std::vector<Array> l1(const Call& call) {
  return reduce(
      call, 0, [](double s, double v) { return s + std::fabs(v); }, same);
}
std::vector<Array> l2(const Call& call) {
  return reduce(call, 0, plus_square, [](double s, double) { return std::sqrt(s); });
}
std::vector<Array> log_sum(const Call& call) {
  return reduce(call, 0, plus, [](double s, double) { return std::log(s); });
}
std::vector<Array> log_sum_exp(const Call& call) {
  const auto join = [](double s, double v) {
    const double most = std::max(s, v);
    return most == -kInfinity ? most : most + std::log(std::exp(s - most) + std::exp(v - most));
  };
  return reduce(call, -kInfinity, join, same);
}

// ---- Along one axis -----------------------------------------------------------------------------

// Calls f(index of the first element, elements, stride) for each line along the axis.
template <typename F>
void for_each_line(const Shape& shape, size_t axis, F&& f) {
  const int64_t inner = product(shape, axis + 1, shape.size());
  const int64_t outer = product(shape, 0, axis), extent = shape[axis];
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t i = 0; i < inner; ++i)
      f(o * inner + i, o * extent * inner + i, inner);
}

std::vector<TensorType> infer_arg(const Call& call) {
  Shape shape = call.shape(0);
  const size_t axis = normal_axis(call, call.attributes().integer("axis", 0), shape.size());
  shape[axis] = 1;
  if (call.attributes().integer("keepdims", 1) == 0)
    shape.erase(shape.begin() + static_cast<int64_t>(axis));
  return {{DType::kInt64, shape}};
}
std::vector<Array> arg(const Call& call) {
  const Array x = call.array(0).cast(DType::kFloat64);
  const size_t axis = normal_axis(call, call.attributes().integer("axis", 0), x.rank());
  const bool greatest_wins = call.node.op == "ArgMax";
  const bool last = call.attributes().integer("select_last_index", 0) != 0;
  Array y(DType::kInt64, infer_arg(call)[0].shape);
  for_each_line(x.shape(), axis, [&](int64_t line, int64_t first, int64_t stride) {
    int64_t best = 0;
    for (int64_t i = 1; i < x.shape()[axis]; ++i) {
      const double v = x.data<double>()[static_cast<size_t>(first + i * stride)];
      const double b = x.data<double>()[static_cast<size_t>(first + best * stride)];
      if ((greatest_wins ? v > b : v < b) || (last && v == b))
        best = i;
    }
    y.mutable_data<int64_t>()[line] = best;
  });
  return {y};
}

int64_t top_count(const Call& call) {
  return call.node.opset < 10 ? call.attributes().integer("k", 1) : call.array(1).to_int64().at(0);
}
std::vector<TensorType> infer_topk(const Call& call) {
  TensorType type = call.type(0);
  const size_t axis = normal_axis(call, call.attributes().integer("axis", -1), type.shape.size());
  const int64_t k = top_count(call);
  if (k < 0 || k > type.shape[axis])
    call.error(fmt::format("k = {} of {} elements", k, type.shape[axis]));
  type.shape[axis] = k;
  return {type, {DType::kInt64, type.shape}};
}
std::vector<Array> topk(const Call& call) {
  const std::vector<TensorType> types = infer_topk(call);
  const Array x = call.array(0).cast(DType::kFloat64);
  const size_t axis = normal_axis(call, call.attributes().integer("axis", -1), x.rank());
  const bool largest = call.attributes().integer("largest", 1) != 0;
  const int64_t k = types[0].shape[axis];
  Array values(DType::kFloat64, types[0].shape), indices(DType::kInt64, types[1].shape);
  for_each_line(x.shape(), axis, [&](int64_t line, int64_t first, int64_t stride) {
    std::vector<int64_t> order(static_cast<size_t>(x.shape()[axis]));
    std::iota(order.begin(), order.end(), int64_t{0});
    const auto at = [&](int64_t i) {
      return x.data<double>()[static_cast<size_t>(first + i * stride)];
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](int64_t a, int64_t b) { return largest ? at(a) > at(b) : at(a) < at(b); });
    const int64_t start = line / stride * stride * k + line % stride;
    for (int64_t i = 0; i < k; ++i) {
      values.mutable_data<double>()[start + i * stride] = at(order[static_cast<size_t>(i)]);
      indices.mutable_data<int64_t>()[start + i * stride] = order[static_cast<size_t>(i)];
    }
  });
  return {values.cast(call.type(0).type), indices};
}

std::vector<Array> cumulative_sum(const Call& call) {
  const Array x = call.array(0).cast(DType::kFloat64);
  const size_t axis = normal_axis(call, call.array(1).to_int64().at(0), x.rank());
  const bool exclusive = call.attributes().integer("exclusive", 0) != 0;
  const bool reverse = call.attributes().integer("reverse", 0) != 0;
  Array y(DType::kFloat64, x.shape());
  const int64_t extent = x.shape()[axis];
  for_each_line(x.shape(), axis, [&](int64_t, int64_t first, int64_t stride) {
    double total = 0;
    for (int64_t n = 0; n < extent; ++n) {
      const int64_t at = first + (reverse ? extent - 1 - n : n) * stride;
      const double v = x.data<double>()[static_cast<size_t>(at)];
      y.mutable_data<double>()[at] = exclusive ? total : total + v;
      total += v;
    }
  });
  return {y.cast(call.type(0).type)};
}

constexpr Operator kOperators[] = {
    {"", "ReduceSum", 1, kNewest, infer_reduce, sum},
    {"", "ReduceMean", 1, kNewest, infer_reduce, mean},
    {"", "ReduceMax", 1, kNewest, infer_reduce, greatest},
    {"", "ReduceMin", 1, kNewest, infer_reduce, least},
    {"", "ReduceProd", 1, kNewest, infer_reduce, product_of},
    {"", "ReduceSumSquare", 1, kNewest, infer_reduce, squares},
    {"", "ReduceL1", 1, kNewest, infer_reduce, l1},
    {"", "ReduceL2", 1, kNewest, infer_reduce, l2},
    {"", "ReduceLogSum", 1, kNewest, infer_reduce, log_sum},
    {"", "ReduceLogSumExp", 1, kNewest, infer_reduce, log_sum_exp},
    {"", "ArgMax", 1, kNewest, infer_arg, arg},
    {"", "ArgMin", 1, kNewest, infer_arg, arg},
    {"", "TopK", 1, kNewest, infer_topk, topk},
    {"", "CumSum", 11, kNewest, infer_same, cumulative_sum},
};

}  // namespace

Family ops::reduce() {
  return kOperators;
}

}  // namespace s4::compiler
