// SPDX-License-Identifier: MIT
#include "model/lower.hpp"
#include "s4/abi/s4_check.h"

namespace s4::bench {
namespace {

s4_cmd_reduce& reduction(Lowering& to, s4_reduce_op op) {
  const Layer& layer = to.layer();
  s4_cmd_reduce& c = to.add(S4_OP_REDUCE).reduce;
  c.x = to.address(layer.x);
  c.y = to.address(layer.y);
  c.op = static_cast<uint8_t>(op);
  c.x_type = static_cast<uint8_t>(to.x().type);
  c.y_type = static_cast<uint8_t>(to.y().type);
  c.x_scale = c.y_scale = float_bits(1);
  return c;
}

}  // namespace

void lower_pad(Lowering& to) {
  const Layer& layer = to.layer();
  const Tensor& x = to.x();
  const Tensor& y = to.y();
  s4_cmd_move& c = to.add(S4_OP_MOVE).move;
  c.src = to.address(layer.x);
  c.dst = to.address(layer.y);
  c.element_bytes = s4_type_bytes(x.type);
  c.dims = 4;
  const uint32_t in[] = {x.images, x.height, x.width, x.channels};
  const uint32_t out[] = {y.images, y.height, y.width, y.channels};
  uint32_t src = 1;
  uint32_t dst = 1;
  for (uint32_t i = c.dims; i-- > 0;) {
    c.shape[i] = out[i];
    c.src_extent[i] = in[i];
    c.src_stride[i] = src;
    c.dst_stride[i] = dst;
    src *= in[i];
    dst *= out[i];
  }
  c.before[1] = c.before[2] = layer.padding;
}

// Windows are two more dimensions with the strides of the image.
void lower_max_pool(Lowering& to) {
  const Layer& layer = to.layer();
  const Tensor& x = to.x();
  const Tensor& y = to.y();
  s4_cmd_reduce& c = reduction(to, S4_REDUCE_MAX);
  c.dims = 6;
  c.reduced = 0x30;
  const uint32_t row = x.width * x.channels;
  const uint32_t shape[] = {y.images, y.height, y.width, y.channels, layer.kernel, layer.kernel};
  const uint32_t x_stride[] = {
      x.height * row, layer.stride * row, layer.stride * x.channels, 1, row, x.channels};
  const uint32_t y_stride[] = {
      y.height * y.width * y.channels, y.width * y.channels, y.channels, 1, 0, 0};
  for (uint32_t i = 0; i < c.dims; ++i) {
    c.shape[i] = shape[i];
    c.x_stride[i] = x_stride[i];
    c.y_stride[i] = y_stride[i];
  }
}

void lower_mean(Lowering& to) {
  const Tensor& x = to.x();
  s4_cmd_reduce& c = reduction(to, S4_REDUCE_MEAN);
  c.dims = 3;
  c.reduced = 0x2;
  c.shape[0] = x.images;
  c.shape[1] = x.height * x.width;
  c.shape[2] = x.channels;
  c.x_stride[0] = c.shape[1] * x.channels;
  c.x_stride[1] = x.channels;
  c.y_stride[0] = x.channels;
  c.x_stride[2] = c.y_stride[2] = 1;
}

}  // namespace s4::bench
