// SPDX-License-Identifier: MIT
#include "model/lower.hpp"
#include "s4/abi/s4_check.h"
#include "shapes.hpp"

namespace s4::bench {
namespace {

// b has the layout of y.
void residual(Lowering& to, s4_cmd& cmd) {
  const Tensor& y = to.y();
  cmd.header.flags |= S4_SPMM_RESIDUAL;
  s4_cmd_spmm& c = cmd.spmm;
  c.residual = to.address(to.layer().b);
  c.residual_type = static_cast<uint8_t>(y.type);
  c.residual_pitch = c.y_pitch;
  c.residual_scale = float_bits(y.type == S4_TYPE_INT8 ? kSumScale : 1);
  if (cmd.header.opcode == S4_OP_CONV) {
    cmd.conv.residual_row_pitch = cmd.conv.window.y_row_pitch;
    cmd.conv.residual_image_pitch = cmd.conv.window.y_image_pitch;
  }
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
  c.activation = static_cast<uint8_t>(layer.activation);
  c.y_scale = float_bits(w.result_scale);
  if (layer.b >= 0) {
    residual(to, cmd);
  }
}

}  // namespace s4::bench
