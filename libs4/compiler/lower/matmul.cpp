// SPDX-License-Identifier: MIT
#include "compiler/lower/matmul.hpp"

#include <cstddef>

namespace s4::compiler {
namespace {

// A matrix of a batch: the stride of one of its last two dimensions must be 1, that of the other
// not below what it steps over.
struct Matrix {
  s4_layout layout;  // ROWS: the last dimension is contiguous
  int64_t pitch;     // elements
};

std::optional<Matrix> matrix_of(const View& v) {
  const size_t r = v.rank() - 2, c = v.rank() - 1;
  const int64_t row = v.shape[r] == 1 ? 0 : v.strides[r];
  const int64_t column = v.shape[c] == 1 ? 0 : v.strides[c];
  if ((column == 1 || v.shape[c] == 1) && (v.shape[r] == 1 || row >= v.shape[c]))
    return Matrix{S4_LAYOUT_ROWS, v.shape[r] == 1 ? v.shape[c] : row};
  if ((row == 1 || v.shape[r] == 1) && (v.shape[c] == 1 || column >= v.shape[r]))
    return Matrix{S4_LAYOUT_COLUMNS, v.shape[c] == 1 ? v.shape[r] : column};
  return std::nullopt;
}

// Batch dimensions beyond the last two are walked over here.
View without_front(const View& v, int64_t at) {
  View out = v;
  out.offset += at * v.strides[0];
  out.shape.erase(out.shape.begin());
  out.strides.erase(out.strides.begin());
  return out;
}

View with_front(const View& v) {
  View out = v;
  out.shape.insert(out.shape.begin(), 1);
  out.strides.insert(out.strides.begin(), 0);
  return out;
}

void emit(Lowering& to, const View& a, const Matrix& am, const View& w, const Matrix& wm,
          const View& y, float scale) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_MATMUL;
  s4_cmd_matmul& c = cmd.matmul;
  c.type = static_cast<uint8_t>(a.type);
  c.y_type = static_cast<uint8_t>(y.type);
  c.a_layout = static_cast<uint8_t>(am.layout);
  c.w_layout = static_cast<uint8_t>(wm.layout);
  c.a_pitch = static_cast<uint64_t>(am.pitch) * a.element_bytes();
  c.w_pitch = static_cast<uint64_t>(wm.pitch) * w.element_bytes();
  c.y_pitch =
      static_cast<uint64_t>(y.shape[2] == 1 ? y.shape[3] : y.strides[2]) * y.element_bytes();
  c.batches = static_cast<uint32_t>(y.shape[0]);
  c.heads = static_cast<uint32_t>(y.shape[1]);
  for (size_t i = 0; i < 2; ++i) {
    c.a_stride[i] = static_cast<uint64_t>(a.shape[i] == 1 ? 0 : a.strides[i]) * a.element_bytes();
    c.w_stride[i] = static_cast<uint64_t>(w.shape[i] == 1 ? 0 : w.strides[i]) * w.element_bytes();
    c.y_stride[i] = static_cast<uint64_t>(y.strides[i]) * y.element_bytes();
  }
  c.m = static_cast<uint32_t>(y.shape[2]);
  c.n = static_cast<uint32_t>(y.shape[3]);
  c.k = static_cast<uint32_t>(a.shape[3]);
  // An INT8 y takes its own scale with the product's.
  c.scale = float_bits(a.scale * w.scale * scale / y.scale);
  const Place places[] = {{offsetof(s4_cmd, matmul.a), a.block, a.byte_offset()},
                          {offsetof(s4_cmd, matmul.w), w.block, w.byte_offset()},
                          {offsetof(s4_cmd, matmul.y), y.block, y.byte_offset()}};
  to.emitter().add(cmd, places);
}

}  // namespace

void product(Lowering& to, const View& a, const View& w, const View& y, float scale) {
  if (y.rank() > 4) {
    for (int64_t i = 0; i < y.shape[0]; ++i)
      product(to, without_front(a, i), without_front(w, i), without_front(y, i), scale);
    return;
  }
  if (y.rank() < 4)
    return product(to, with_front(a), with_front(w), with_front(y), scale);
  const View a4 = matrix_of(a) ? a : to.dense(a);
  const View w4 = matrix_of(w) ? w : to.dense(w);
  emit(to, a4, *matrix_of(a4), w4, *matrix_of(w4), y, scale);
}

void lower_product(Lowering& to, const Node& node) {
  const auto operand = [&](size_t i) {
    const View& v = to.view(node.input(i));
    // INT8 where both are; else BF16.
    return v.type == S4_TYPE_INT8 && to.view(node.input(1 - i)).type == S4_TYPE_INT8
               ? v
               : to.as(node.input(i), S4_TYPE_BF16);
  };
  View a = operand(0), w = operand(1);
  const bool row = a.rank() == 1, column = w.rank() == 1;
  if (row)
    a = with_front(a);
  if (column) {
    w.shape.push_back(1);
    w.strides.push_back(1);
  }
  const View made = to.make(node.output(0));
  View y = made;
  if (row) {
    y.shape.insert(y.shape.end() - (column ? 0 : 1), 1);
    y.strides.insert(y.strides.end() - (column ? 0 : 1), a.shape.back());
  }
  if (column) {
    y.shape.push_back(1);
    y.strides.push_back(1);
  }
  View result = y;
  const bool narrow = a.type == S4_TYPE_BF16 && y.type == S4_TYPE_INT8;
  if (narrow) {
    result = to.make_temporary(y.shape, S4_TYPE_BF16);
    result.strides = y.strides;
  }
  Shape batch(y.shape.begin(), y.shape.end() - 2);
  const auto batched = [&](const View& v) {
    Shape full = batch;
    full.insert(full.end(), v.shape.end() - 2, v.shape.end());
    return v.broadcast(full);
  };
  product(to, batched(a), batched(w), result);
  if (narrow)
    to.unary(result, y);
  to.emitter().layer().type = a.type;
  to.emitter().layer().macs =
      static_cast<uint64_t>(y.count()) * static_cast<uint64_t>(a.shape.back());
  to.set(node.output(0), made);
}

}  // namespace s4::compiler
