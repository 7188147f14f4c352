// SPDX-License-Identifier: MIT
// Attention: products of two activations are SPMM of degree 1 a head, one of them laid out as dense
// weights: a head's keys, [token][channel], and its values, [channel][token].
#include <cmath>

#include "model/lower.hpp"
#include "s4/abi/s4_check.h"
#include "shapes.hpp"

namespace s4::bench {
namespace {

// Where query, key and value stand in a token.
enum Part : uint32_t { kQuery, kKey, kValue };

// y[image][head][i][j] of a part of qkv; strides of i and j in qkv.
void move_heads(Lowering& to, Part part, uint32_t i_stride, uint32_t j_stride) {
  const Layer& layer = to.layer();
  const Tensor& qkv = to.x();
  const Tensor& y = to.y();
  const uint32_t size = s4_type_bytes(y.type);
  const uint32_t hidden = qkv.channels / 3;
  const uint32_t image = qkv.width * qkv.channels;
  s4_cmd_move& c = to.add(S4_OP_MOVE).move;
  c.src = to.address(layer.x) + (uint64_t{layer.image} * image + part * hidden) * size;
  c.dst = to.address(layer.y);
  c.element_bytes = size;
  c.dims = 4;
  const uint32_t shape[] = {y.images, layer.heads, y.width, y.channels};
  const uint32_t from[] = {image, layer.width, i_stride, j_stride};
  uint32_t dense = 1;
  for (uint32_t d = c.dims; d-- > 0;) {
    c.shape[d] = c.src_extent[d] = shape[d];
    c.src_stride[d] = from[d];
    c.dst_stride[d] = dense;
    dense *= shape[d];
  }
}

struct Product {
  uint64_t weights;  // [rows][k]
  uint64_t x;        // k of a column stand together
  uint64_t x_pitch;
  uint64_t y;  // rows of a column stand together
  uint64_t y_pitch;
  MatrixShape shape;
};

void product(Lowering& to, const Product& p) {
  const s4_type type = to.x().type;
  const LayerWeights& w = to.weights();
  s4_cmd& cmd = to.add(S4_OP_SPMM);
  cmd = spmm_command(p.shape, type == S4_TYPE_INT8, 1);
  cmd.header.flags = w.scale != 0 ? S4_SPMM_SCALE : 0;
  s4_cmd_spmm& c = cmd.spmm;
  c.values = p.weights;
  c.scale = w.scale != 0 ? to.weight_address(w.scale) : 0;
  c.x = p.x;
  c.x_pitch = p.x_pitch;
  c.y = p.y;
  c.y_pitch = p.y_pitch;
  c.x_layout = c.y_layout = S4_LAYOUT_COLUMNS;
  c.y_type = static_cast<uint8_t>(to.y().type);
  c.activation = S4_ACT_NONE;
}

}  // namespace

void lower_keys(Lowering& to) {
  move_heads(to, kKey, to.x().channels, 1);
}

void lower_values(Lowering& to) {
  move_heads(to, kValue, 1, to.x().channels);
}

void lower_scores(Lowering& to) {
  const Layer& layer = to.layer();
  const Tensor& qkv = to.x();
  const Tensor& y = to.y();
  const uint64_t size = s4_type_bytes(qkv.type);
  const uint64_t y_size = s4_type_bytes(y.type);
  const uint32_t tokens = qkv.width;
  const uint32_t width = layer.width;
  const uint64_t pitch = qkv.channels * size;
  for (uint32_t image = 0; image < y.images; ++image) {
    for (uint32_t head = 0; head < layer.heads; ++head) {
      const uint64_t number = uint64_t{image} * layer.heads + head;
      product(to, {.weights = to.address(layer.b) + number * tokens * width * size,
                   .x = to.address(layer.x) + (layer.image + image) * tokens * pitch +
                        head * width * size,
                   .x_pitch = pitch,
                   .y = to.address(layer.y) + number * tokens * tokens * y_size,
                   .y_pitch = tokens * y_size,
                   .shape = {tokens, width, tokens}});
    }
  }
}

void lower_softmax(Lowering& to) {
  const Layer& layer = to.layer();
  const Tensor& x = to.x();
  s4_cmd_softmax& c = to.add(S4_OP_SOFTMAX).softmax;
  c.x = to.address(layer.x);
  c.y = to.address(layer.y);
  c.x_type = static_cast<uint8_t>(x.type);
  c.y_type = static_cast<uint8_t>(to.y().type);
  c.dims = 2;
  c.shape[0] = static_cast<uint32_t>(x.pixels());
  c.shape[1] = x.channels;
  c.x_stride[0] = c.y_stride[0] = x.channels;
  c.x_stride[1] = c.y_stride[1] = 1;
  c.factor = float_bits(1 / std::sqrt(static_cast<float>(layer.width)));
  c.x_scale = float_bits(1);
  c.y_scale = float_bits(to.y().type == S4_TYPE_INT8 ? kInt8Share : 1);
}

void lower_context(Lowering& to) {
  const Layer& layer = to.layer();
  const Tensor& x = to.x();
  const Tensor& y = to.y();
  const uint64_t size = s4_type_bytes(x.type);
  const uint32_t tokens = x.width;
  const uint32_t width = layer.width;
  const uint64_t pitch = y.channels * size;
  for (uint32_t image = 0; image < x.images; ++image) {
    for (uint32_t head = 0; head < layer.heads; ++head) {
      const uint64_t number = uint64_t{image} * layer.heads + head;
      product(to, {.weights = to.address(layer.b) + number * tokens * width * size,
                   .x = to.address(layer.x) + number * tokens * tokens * size,
                   .x_pitch = tokens * size,
                   .y = to.address(layer.y) + (layer.image + image) * tokens * pitch +
                        head * width * size,
                   .y_pitch = pitch,
                   .shape = {width, tokens, tokens}});
    }
  }
}

}  // namespace s4::bench
