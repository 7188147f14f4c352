// SPDX-License-Identifier: MIT
#include "model/build.hpp"

#include <bit>

#include "s4/abi/s4_check.h"

namespace s4::bench {
namespace {

// Operands of a sum count alike and the sum is as large as each: 1 / sqrt(2).
constexpr float kSumScale = 0.70710678f;

uint32_t bits(float v) {
  return std::bit_cast<uint32_t>(v);
}

class Builder {
 public:
  Builder(const Network& network, const Placement& placement, const WeightPlan& weights,
          const Bases& bases)
      : network_(network), placement_(placement), weights_(weights), bases_(bases) {}

  std::vector<BuiltCommand> run() {
    for (layer_ = 0; layer_ < network_.layers.size(); ++layer_) {
      const Layer& layer = network_.layers[layer_];
      switch (layer.kind) {
        case Kind::kConv:
        case Kind::kMatrix:
          matrix(layer);
          break;
        case Kind::kPad:
          pad(layer);
          break;
        case Kind::kMaxPool:
          max_pool(layer);
          break;
        case Kind::kMean:
          mean(layer);
          break;
      }
    }
    return std::move(built_);
  }

 private:
  uint64_t address(int tensor) const {
    const Spot& spot = placement_.spots[static_cast<size_t>(tensor)];
    return (spot.on_chip ? bases_.chip : bases_.dram) + spot.offset;
  }
  s4_cmd& add(s4_opcode opcode) {
    built_.push_back({{}, layer_});
    built_.back().command.header.opcode = static_cast<uint16_t>(opcode);
    return built_.back().command;
  }

  void matrix(const Layer& layer) {
    const Tensor& x = network_.x(layer);
    const Tensor& y = network_.y(layer);
    const LayerWeights& w = weights_.layers[layer_];
    const bool window = layer.kernel > 1 || layer.stride > 1;
    s4_cmd& cmd = add(window ? S4_OP_CONV : S4_OP_SPMM);
    cmd.header.flags = S4_SPMM_BIAS | (w.scale != 0 ? S4_SPMM_SCALE : 0);
    s4_cmd_spmm& c = cmd.spmm;
    c.x = address(layer.x);
    c.y = address(layer.y);
    c.values = bases_.weights + w.values;
    c.indices = w.degree > 1 ? bases_.weights + w.indices : 0;
    c.bias = bases_.weights + w.bias;
    c.scale = w.scale != 0 ? bases_.weights + w.scale : 0;
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
      residual(layer);
    }
  }

  static void convolution(const Layer& layer, const Tensor& x, const Tensor& y, s4_cmd_conv& c) {
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
  void residual(const Layer& layer) {
    const Tensor& y = network_.y(layer);
    const bool int8 = y.type == S4_TYPE_INT8;
    s4_cmd_eltwise& c = add(S4_OP_ELTWISE).eltwise;
    c.a = c.y = address(layer.y);
    c.b = address(layer.b);
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
    c.a_scale = c.b_scale = bits(1);
    c.y_scale = bits(int8 ? kSumScale : 1);
  }

  void pad(const Layer& layer) {
    const Tensor& x = network_.x(layer);
    const Tensor& y = network_.y(layer);
    s4_cmd_move& c = add(S4_OP_MOVE).move;
    c.src = address(layer.x);
    c.dst = address(layer.y);
    c.element_bytes = s4_type_bytes(x.type);
    c.dims = 4;
    const uint32_t from[] = {x.images, x.height, x.width, x.channels};
    const uint32_t to[] = {y.images, y.height, y.width, y.channels};
    uint32_t src = 1;
    uint32_t dst = 1;
    for (uint32_t i = c.dims; i-- > 0;) {
      c.shape[i] = to[i];
      c.src_extent[i] = from[i];
      c.src_stride[i] = src;
      c.dst_stride[i] = dst;
      src *= from[i];
      dst *= to[i];
    }
    c.before[1] = c.before[2] = layer.padding;
  }

  // Windows are two more dimensions with the strides of the image.
  void max_pool(const Layer& layer) {
    const Tensor& x = network_.x(layer);
    const Tensor& y = network_.y(layer);
    s4_cmd_reduce& c = reduction(layer, S4_REDUCE_MAX);
    c.dims = 6;
    c.reduced = 0x30;
    const uint32_t row = x.width * x.channels;
    const uint32_t shape[] = {y.images, y.height, y.width, y.channels, layer.kernel, layer.kernel};
    const uint32_t from[] = {x.height * row, layer.stride * row, layer.stride * x.channels, 1, row,
                             x.channels};
    const uint32_t to[] = {
        y.height * y.width * y.channels, y.width * y.channels, y.channels, 1, 0, 0};
    for (uint32_t i = 0; i < c.dims; ++i) {
      c.shape[i] = shape[i];
      c.x_stride[i] = from[i];
      c.y_stride[i] = to[i];
    }
  }

  void mean(const Layer& layer) {
    const Tensor& x = network_.x(layer);
    s4_cmd_reduce& c = reduction(layer, S4_REDUCE_MEAN);
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

  s4_cmd_reduce& reduction(const Layer& layer, s4_reduce_op op) {
    s4_cmd_reduce& c = add(S4_OP_REDUCE).reduce;
    c.x = address(layer.x);
    c.y = address(layer.y);
    c.op = static_cast<uint8_t>(op);
    c.x_type = static_cast<uint8_t>(network_.x(layer).type);
    c.y_type = static_cast<uint8_t>(network_.y(layer).type);
    c.x_scale = c.y_scale = bits(1);
    return c;
  }

  const Network& network_;
  const Placement& placement_;
  const WeightPlan& weights_;
  const Bases& bases_;
  size_t layer_ = 0;
  std::vector<BuiltCommand> built_;
};

}  // namespace

std::vector<BuiltCommand> build(const Network& network, const Placement& placement,
                                const WeightPlan& weights, const Bases& bases) {
  return Builder(network, placement, weights, bases).run();
}

}  // namespace s4::bench
