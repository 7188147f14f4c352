// SPDX-License-Identifier: MIT
#include "model/lower.hpp"
#include "s4/abi/s4_check.h"

namespace s4::bench {

void lower_gather(Lowering& to) {
  const Layer& layer = to.layer();
  s4_cmd_gather& c = to.add(S4_OP_GATHER).gather;
  c.table = to.weight_address(to.weights().values);
  c.indices = to.address(layer.x);
  c.dst = to.address(layer.y);
  c.row_bytes = uint64_t{to.y().channels} * s4_type_bytes(to.y().type);
  c.table_pitch = c.dst_pitch = c.row_bytes;
  c.entries = layer.entries;
  c.count = static_cast<uint32_t>(to.y().pixels());
  c.index_bytes = s4_type_bytes(to.x().type);
  c.index_stride = 1;
}

void lower_add(Lowering& to) {
  const Layer& layer = to.layer();
  const Tensor& y = to.y();
  s4_cmd_eltwise& c = to.add(S4_OP_ELTWISE).eltwise;
  const bool table = layer.b < 0;
  c.a = to.address(layer.x);
  c.b = table ? to.weight_address(to.weights().values) : to.address(layer.b);
  c.y = to.address(layer.y);
  c.op = S4_ELTWISE_ADD;
  c.a_type = static_cast<uint8_t>(to.x().type);
  c.b_type = c.y_type = static_cast<uint8_t>(y.type);
  // Places first: they are more than the images, and split over the cores.
  c.dims = 3;
  c.shape[0] = y.height * y.width;
  c.shape[1] = y.images;
  c.shape[2] = y.channels;
  for (uint32_t* stride : {c.a_stride, c.b_stride, c.y_stride}) {
    stride[0] = y.channels;
    stride[1] = stride == c.b_stride && table ? 0 : c.shape[0] * y.channels;
    stride[2] = 1;
  }
  c.a_scale = c.b_scale = c.y_scale = float_bits(1);
}

void lower_norm(Lowering& to) {
  const Layer& layer = to.layer();
  const Tensor& x = to.x();
  s4_cmd_norm& c = to.add(S4_OP_NORM).norm;
  c.x = to.address(layer.x);
  c.y = to.address(layer.y);
  c.gamma = to.weight_address(to.weights().scale);
  c.beta = to.weight_address(to.weights().bias);
  // A row a token: so they split over the cores, whatever the number of images.
  c.shape[0] = static_cast<uint32_t>(x.pixels());
  c.shape[1] = 1;
  c.shape[2] = x.channels;
  c.groups = 1;
  const auto dense = [&](uint32_t* stride) {
    stride[0] = stride[1] = x.channels;
    stride[2] = 1;
  };
  dense(c.x_stride);
  dense(c.y_stride);
  c.kind = S4_NORM_LAYER;
  c.x_type = static_cast<uint8_t>(x.type);
  c.y_type = static_cast<uint8_t>(to.y().type);
  c.epsilon = float_bits(1e-12f);
  c.x_scale = float_bits(1);
  c.y_scale = float_bits(to.y().type == S4_TYPE_INT8 ? kInt8One : 1);
  if (layer.b >= 0) {
    c.residual = to.address(layer.b);
    c.residual_type = c.y_type;
    c.residual_scale = float_bits(1);
    dense(c.residual_stride);
  }
}

}  // namespace s4::bench
