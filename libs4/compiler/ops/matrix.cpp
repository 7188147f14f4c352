// SPDX-License-Identifier: MIT
// Products of matrices.
#include <algorithm>

#include "compiler/ir/activation.hpp"
#include "compiler/ops/axes.hpp"
#include "compiler/ops/families.hpp"
#include "compiler/ops/gemm.hpp"
#include "compiler/ops/matrix.hpp"
#include "compiler/ops/walk.hpp"

namespace s4::compiler {
namespace {

constexpr int64_t kNewest = 24;

struct Product {
  Shape a, b, batch;  // matrices with a leading or trailing 1 where an operand was a vector
  int64_t m = 0, n = 0, k = 0;
  Shape result;
};

Product product_of(const Call& call, bool b_transposed = false) {
  Product p{call.shape(0), call.shape(1), {}, 0, 0, 0, {}};
  const bool row = p.a.size() == 1, column = p.b.size() == 1;
  if (p.a.empty() || p.b.empty())
    call.error("a scalar operand");
  if (row)
    p.a.insert(p.a.begin(), 1);
  if (column)
    p.b.push_back(1);
  p.m = p.a[p.a.size() - 2];
  p.k = p.a.back();
  const size_t rank = p.b.size();
  p.n = b_transposed ? p.b[rank - 2] : p.b.back();
  if ((b_transposed ? p.b.back() : p.b[rank - 2]) != p.k)
    call.error(fmt::format("operands of shapes {} and {}", shape_text(call.shape(0)),
                           shape_text(call.shape(1))));
  p.batch = broadcast_shapes(Shape(p.a.begin(), p.a.end() - 2), Shape(p.b.begin(), p.b.end() - 2));
  p.result = p.batch;
  if (!row)
    p.result.push_back(p.m);
  if (!column)
    p.result.push_back(p.n);
  return p;
}

std::vector<TensorType> infer_matmul(const Call& call) {
  return {{call.type(0).type, product_of(call).result}};
}

Array multiply(const Product& p, const Array& a, const Array& b, bool b_transposed) {
  Array y(DType::kFloat32, p.result);
  const float* x0 = a.data<float>().data();
  const float* x1 = b.data<float>().data();
  float* out = y.mutable_data<float>();
  const Shape a_batch(p.a.begin(), p.a.end() - 2), b_batch(p.b.begin(), p.b.end() - 2);
  if (element_count(b_batch) == 1) {  // one product of all rows
    gemm(x0, x1, out, element_count(a_batch) * p.m, p.n, p.k, b_transposed);
    return y;
  }
  walk<2>(p.batch, {broadcast_strides(a_batch, p.batch), broadcast_strides(b_batch, p.batch)},
          [&](int64_t i, const std::array<int64_t, 2>& at) {
            gemm(x0 + at[0] * p.m * p.k, x1 + at[1] * p.k * p.n, out + i * p.m * p.n, p.m, p.n, p.k,
                 b_transposed);
          });
  return y;
}

std::vector<Array> matmul(const Call& call) {
  return {multiply(product_of(call), as_float32(call.array(0)), as_float32(call.array(1)), false)
              .cast(call.type(0).type)};
}

std::vector<TensorType> infer_gemm(const Call& call) {
  const Shape &a = call.shape(0), &b = call.shape(1);
  if (a.size() != 2 || b.size() != 2)
    call.error(fmt::format("operands of shapes {} and {}", shape_text(a), shape_text(b)));
  const bool ta = call.attributes().integer("transA", 0) != 0;
  const bool tb = call.attributes().integer("transB", 0) != 0;
  if (a[ta ? 0 : 1] != b[tb ? 1 : 0])
    call.error(fmt::format("operands of shapes {} and {}", shape_text(a), shape_text(b)));
  return {{call.type(0).type, {a[ta ? 1 : 0], b[tb ? 0 : 1]}}};
}

Array transposed(const Array& x) {
  const int64_t rows = x.shape()[0], columns = x.shape()[1];
  Array y(DType::kFloat32, {columns, rows});
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c)
      y.mutable_data<float>()[c * rows + r] = x.data<float>()[r * columns + c];
  return y;
}

std::vector<Array> gemm_node(const Call& call) {
  Array a = as_float32(call.array(0));
  const Array b = as_float32(call.array(1));
  if (call.attributes().integer("transA", 0) != 0)
    a = transposed(a);
  const Shape shape = infer_gemm(call)[0].shape;
  Array y(DType::kFloat32, shape);
  float* out = y.mutable_data<float>();
  gemm(a.data<float>().data(), b.data<float>().data(), out, shape[0], shape[1], a.shape()[1],
       call.attributes().integer("transB", 0) != 0);
  const float alpha = call.attributes().real("alpha", 1), beta = call.attributes().real("beta", 1);
  for (int64_t i = 0; i < y.count(); ++i)
    out[i] *= alpha;
  if (call.has(2)) {
    const Array c = as_float32(call.array(2));
    walk<1>(shape, {broadcast_strides(c.shape(), shape)},
            [&](int64_t i, const std::array<int64_t, 1>& at) {
              out[i] += beta * c.data<float>()[at[0]];
            });
  }
  return {y.cast(call.type(0).type)};
}

// ---- The compiler's own: bias, residual and activation behind the product -----------------------

std::vector<TensorType> infer_fused(const Call& call) {
  const bool tb = call.attributes().integer("transB", 0) != 0;
  return {{call.type(0).type, product_of(call, tb).result}};
}
std::vector<Array> fused(const Call& call) {
  const bool tb = call.attributes().integer("transB", 0) != 0;
  Array y =
      multiply(product_of(call, tb), as_float32(call.array(0)), as_float32(call.array(1)), tb);
  apply_epilogue(call, y, y.rank() - 1);
  return {y.cast(call.type(0).type)};
}

constexpr Operator kOperators[] = {
    {"", "MatMul", 1, kNewest, infer_matmul, matmul},
    {"", "Gemm", 1, kNewest, infer_gemm, gemm_node},
    {"s4", "MatMul", 1, kNewest, infer_fused, fused},
};

}  // namespace

void apply_epilogue(const Call& call, Array& y, size_t channel_axis) {
  float* out = y.mutable_data<float>();
  if (call.has(2)) {
    const Array bias = as_float32(call.array(2));
    const int64_t inner = product(y.shape(), channel_axis + 1, y.rank());
    const int64_t channels = y.shape()[channel_axis];
    for (int64_t i = 0; i < y.count(); ++i)
      out[i] += bias.data<float>()[bias.count() == 1 ? 0 : i / inner % channels];
  }
  if (call.has(3)) {
    const Array residual = as_float32(call.array(3));
    walk<1>(y.shape(), {broadcast_strides(residual.shape(), y.shape())},
            [&](int64_t i, const std::array<int64_t, 1>& at) {
              out[i] += residual.data<float>()[at[0]];
            });
  }
  const Activation activation = fused_activation(call.node);
  if (activation.kind != S4_ACT_NONE)
    for (int64_t i = 0; i < y.count(); ++i)
      out[i] = activate(activation, out[i]);
}

Family ops::matrix() {
  return kOperators;
}

}  // namespace s4::compiler
