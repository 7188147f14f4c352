// SPDX-License-Identifier: MIT
#include "model/lower.hpp"
#include "s4/abi/s4_check.h"
#include "shapes.hpp"

namespace s4::bench {
namespace {

// Operands of a sum count alike and the sum is as large as each: 1 / sqrt(2).
constexpr float kSumScale = 0.70710678f;

// y = activation(y + b).
void residual(Lowering& to) {
  const Layer& layer = to.layer();
  const Tensor& y = to.y();
  const bool int8 = y.type == S4_TYPE_INT8;
  s4_cmd_eltwise& c = to.add(S4_OP_ELTWISE).eltwise;
  c.a = c.y = to.address(layer.y);
  c.b = to.address(layer.b);
  c.op = S4_ELTWISE_ADD;
  c.a_type = c.b_type = c.y_type = static_cast<uint8_t>(y.type);
  c.activation = static_cast<uint8_t>(layer.activation);
  c.dims = 2;
  c.shape[0] = static_cast<uint32_t>(y.pixels());
  c.shape[1] = y.channels;
  for (uint32_t* stride : {c.a_stride, c.b_stride, c.y_stride}) {
    stride[0] = y.channels;
    stride[1] = 1;
  }
  c.a_scale = c.b_scale = float_bits(1);
  c.y_scale = float_bits(int8 ? kSumScale : 1);
}

// y = activation(y), of functions that matrix commands do not do.
void activate(Lowering& to) {
  const Tensor& y = to.y();
  const bool int8 = y.type == S4_TYPE_INT8;
  s4_cmd_unary& c = to.add(S4_OP_UNARY).unary;
  c.x = c.y = to.address(to.layer().y);
  c.x_type = c.y_type = static_cast<uint8_t>(y.type);
  c.activation = static_cast<uint8_t>(to.layer().activation);
  c.dims = 2;
  c.shape[0] = static_cast<uint32_t>(y.pixels());
  c.shape[1] = y.channels;
  c.x_stride[0] = c.y_stride[0] = y.channels;
  c.x_stride[1] = c.y_stride[1] = 1;
  c.x_scale = float_bits(int8 ? 1 / kInt8One : 1);
  c.y_scale = float_bits(int8 ? kInt8One : 1);
}

}  // namespace

void lower_matrix(Lowering& to) {
  const Layer& layer = to.layer();
  const Tensor& x = to.x();
  const Tensor& y = to.y();
  const LayerWeights& w = to.weights();
  const bool int8 = x.type == S4_TYPE_INT8;
  const auto degree = static_cast<uint8_t>(w.degree);
  const auto columns = static_cast<uint32_t>(y.pixels());
  s4_cmd& cmd = to.add(S4_OP_SPMM);
  if (layer.kernel > 1 || layer.stride > 1) {
    cmd = conv_command({layer.kernel, layer.stride, layer.padding, x.channels, y.channels, x.width,
                        y.width, x.images},
                       int8, degree);
  } else {
    cmd = spmm_command({w.rows, w.k, columns}, int8, degree);
    cmd.spmm.x_layout = cmd.spmm.y_layout = S4_LAYOUT_COLUMNS;
    cmd.spmm.x_pitch = uint64_t{x.channels} * s4_type_bytes(x.type);
    cmd.spmm.y_pitch = uint64_t{y.channels} * s4_type_bytes(y.type);
  }
  s4_cmd_spmm& c = cmd.spmm;
  c.x = to.address(layer.x);
  c.y = to.address(layer.y);
  c.values = to.weight_address(w.values);
  c.indices = w.degree > 1 ? to.weight_address(w.indices) : 0;
  c.bias = to.weight_address(w.bias);
  c.scale = w.scale != 0 ? to.weight_address(w.scale) : 0;
  c.y_type = static_cast<uint8_t>(y.type);
  const bool within = layer.b < 0 && layer.activation <= S4_ACT_RELU;
  c.activation = static_cast<uint8_t>(within ? layer.activation : S4_ACT_NONE);
  if (layer.b >= 0) {
    residual(to);
  } else if (!within) {
    activate(to);
  }
}

}  // namespace s4::bench
