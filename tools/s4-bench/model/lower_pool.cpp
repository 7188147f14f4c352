// SPDX-License-Identifier: MIT
#include "model/lower.hpp"
#include "s4/abi/s4_check.h"
#include "shapes.hpp"

namespace s4::bench {

void lower_max_pool(Lowering& to) {
  const Layer& layer = to.layer();
  const Tensor& x = to.x();
  const Tensor& y = to.y();
  // The window of a convolution that keeps the channels.
  const s4_cmd like = conv_command({layer.kernel, layer.stride, layer.padding, x.channels,
                                    x.channels, x.width, y.width, x.images},
                                   x.type == S4_TYPE_INT8, 1);
  s4_cmd_pool& c = to.add(S4_OP_POOL).pool;
  c.x = to.address(layer.x);
  c.y = to.address(layer.y);
  c.x_pitch = like.conv.matrix.x_pitch;
  c.y_pitch = like.conv.matrix.y_pitch;
  c.window = like.conv.window;
  c.channels = x.channels;
  c.op = S4_POOL_MAX;
  c.x_type = static_cast<uint8_t>(x.type);
  c.y_type = static_cast<uint8_t>(y.type);
  c.x_scale = c.y_scale = float_bits(1);
}

// REDUCE rather than POOL: its channels split over the cores where there is but one image.
void lower_mean(Lowering& to) {
  const Layer& layer = to.layer();
  const Tensor& x = to.x();
  s4_cmd_reduce& c = to.add(S4_OP_REDUCE).reduce;
  c.x = to.address(layer.x);
  c.y = to.address(layer.y);
  c.op = S4_REDUCE_MEAN;
  c.x_type = static_cast<uint8_t>(x.type);
  c.y_type = static_cast<uint8_t>(to.y().type);
  c.dims = 3;
  c.reduced = 0x2;
  c.shape[0] = x.images;
  c.shape[1] = x.height * x.width;
  c.shape[2] = x.channels;
  c.x_stride[0] = c.shape[1] * x.channels;
  c.x_stride[1] = x.channels;
  c.y_stride[0] = x.channels;
  c.x_stride[2] = c.y_stride[2] = 1;
  c.x_scale = c.y_scale = float_bits(1);
}

}  // namespace s4::bench
