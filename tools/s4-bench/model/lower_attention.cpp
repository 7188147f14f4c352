// SPDX-License-Identifier: MIT
// Attention: two MATMULs, of all heads of some images at once, that read query, key and value where
// the projection left them.
#include <cmath>

#include "model/lower.hpp"
#include "s4/abi/s4_check.h"

namespace s4::bench {
namespace {

// Where query, key and value stand in a token.
enum Part : uint32_t { kQuery, kKey, kValue };

// The part of the first head of the layer's first image; heads stand side by side in a token.
struct Heads {
  uint64_t address;
  uint64_t pitch;      // bytes from token to token
  uint64_t stride[2];  // from image to image and from head to head

  Heads(const Lowering& to, int tensor, uint32_t parts, Part part)
      : Heads(to.layer(), to.tensor(tensor), to.address(tensor), parts, part) {}

 private:
  Heads(const Layer& layer, const Tensor& t, uint64_t begin, uint32_t parts, Part part)
      : pitch(uint64_t{t.channels} * s4_type_bytes(t.type)),
        stride{t.width * pitch, layer.width * s4_type_bytes(t.type)} {
    address = begin + layer.image * stride[0] + part * (pitch / parts);
  }
};

// The numbers of one matrix [tokens][tokens] for each image and head.
struct Squares {
  uint64_t pitch;
  uint64_t stride[2];

  explicit Squares(const Tensor& t)
      : pitch(uint64_t{t.channels} * s4_type_bytes(t.type)),
        stride{t.height * t.width * pitch, t.width * pitch} {}
};

s4_cmd_matmul& product(Lowering& to, uint32_t images, float scale) {
  const Layer& layer = to.layer();
  s4_cmd_matmul& c = to.add(S4_OP_MATMUL).matmul;
  c.batches = images;
  c.heads = layer.heads;
  c.scale = float_bits(to.x().type == S4_TYPE_INT8 ? scale : 1);
  c.type = static_cast<uint8_t>(to.x().type);
  c.y_type = static_cast<uint8_t>(to.y().type);
  c.a_layout = S4_LAYOUT_ROWS;
  return c;
}

void copy_stride(__u64 (&to)[2], const uint64_t (&from)[2]) {
  to[0] = from[0];
  to[1] = from[1];
}

}  // namespace

void lower_scores(Lowering& to) {
  const Layer& layer = to.layer();
  const Tensor& y = to.y();
  const Heads query(to, layer.x, 3, kQuery);
  const Heads key(to, layer.x, 3, kKey);
  const Squares scores(y);
  s4_cmd_matmul& c = product(to, y.images, 1 / (kInt8One * kInt8One));
  c.a = query.address;
  c.a_pitch = query.pitch;
  copy_stride(c.a_stride, query.stride);
  c.w = key.address;
  c.w_pitch = key.pitch;
  c.w_layout = S4_LAYOUT_COLUMNS;  // a column of w is a token, channel after channel
  copy_stride(c.w_stride, key.stride);
  c.y = to.address(layer.y);
  c.y_pitch = scores.pitch;
  copy_stride(c.y_stride, scores.stride);
  c.m = c.n = y.width;
  c.k = layer.width;
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
  const Squares shares(x);
  const Heads value(to, layer.b, 3, kValue);
  const Heads context(to, layer.y, 1, kQuery);
  s4_cmd_matmul& c = product(to, x.images, 1 / kInt8Share);
  c.a = to.address(layer.x);
  c.a_pitch = shares.pitch;
  copy_stride(c.a_stride, shares.stride);
  c.w = value.address;
  c.w_pitch = value.pitch;
  c.w_layout = S4_LAYOUT_ROWS;
  copy_stride(c.w_stride, value.stride);
  c.y = context.address;
  c.y_pitch = context.pitch;
  copy_stride(c.y_stride, context.stride);
  c.m = c.k = x.width;
  c.n = layer.width;
}

}  // namespace s4::bench
