// SPDX-License-Identifier: MIT
#include "model/lower.hpp"
#include "s4/abi/s4_check.h"

namespace s4::bench {
namespace {

// Operands of a sum count alike and the sum is as large as each: 1 / sqrt(2).
constexpr float kSumScale = 0.70710678f;

void convolution(const Layer& layer, const Tensor& x, const Tensor& y, s4_cmd_conv& c) {
  s4_conv_window& w = c.window;
  w.x_row_pitch = c.matrix.x_pitch * x.width;
  w.x_image_pitch = w.x_row_pitch * x.height;
  w.y_row_pitch = c.matrix.y_pitch * y.width;
  w.y_image_pitch = w.y_row_pitch * y.height;
  w.images = x.images;
  w.in_height = x.height;
  w.in_width = x.width;
  w.out_height = y.height;
  w.out_width = y.width;
  w.pad_top = w.pad_left = static_cast<uint16_t>(layer.padding);
  w.kernel_height = w.kernel_width = static_cast<uint8_t>(layer.kernel);
  w.stride_y = w.stride_x = static_cast<uint8_t>(layer.stride);
  w.dilation_y = w.dilation_x = 1;
  c.channels = x.channels;
  c.groups = 1;
}

// y = activation(y + b).
void residual(Lowering& to) {
  const Layer& layer = to.layer();
  const Tensor& y = to.y();
  const bool int8 = y.type == S4_TYPE_INT8;
  s4_cmd_eltwise& c = to.add(S4_OP_ELTWISE).eltwise;
  c.a = c.y = to.address(layer.y);
  c.b = to.address(layer.b);
  c.op = S4_ELTWISE_ADD;
  c.type = static_cast<uint8_t>(y.type);
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

}  // namespace

void lower_matrix(Lowering& to) {
  const Layer& layer = to.layer();
  const Tensor& x = to.x();
  const Tensor& y = to.y();
  const LayerWeights& w = to.weights();
  const bool window = layer.kernel > 1 || layer.stride > 1;
  s4_cmd& cmd = to.add(window ? S4_OP_CONV : S4_OP_SPMM);
  cmd.header.flags = S4_SPMM_BIAS | (w.scale != 0 ? S4_SPMM_SCALE : 0);
  s4_cmd_spmm& c = cmd.spmm;
  c.x = to.address(layer.x);
  c.y = to.address(layer.y);
  c.values = to.weight_address(w.values);
  c.indices = w.degree > 1 ? to.weight_address(w.indices) : 0;
  c.bias = to.weight_address(w.bias);
  c.scale = w.scale != 0 ? to.weight_address(w.scale) : 0;
  c.x_pitch = uint64_t{x.channels} * s4_type_bytes(x.type);
  c.y_pitch = uint64_t{y.channels} * s4_type_bytes(y.type);
  c.rows = w.rows;
  c.k = w.k;
  c.columns = static_cast<uint32_t>(y.pixels());
  c.degree = static_cast<uint8_t>(w.degree);
  c.type = static_cast<uint8_t>(x.type);
  c.y_type = static_cast<uint8_t>(y.type);
  c.activation = static_cast<uint8_t>(layer.b >= 0 ? S4_ACT_NONE : layer.activation);
  c.x_layout = c.y_layout = S4_LAYOUT_COLUMNS;
  if (window) {
    convolution(layer, x, y, cmd.conv);
  }
  if (layer.b >= 0) {
    residual(to);
  }
}

}  // namespace s4::bench
