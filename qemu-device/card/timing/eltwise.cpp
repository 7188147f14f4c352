// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include "timing/functions.hpp"
#include "timing/model.hpp"
#include "timing/traffic.hpp"

namespace s4::card::timing {
namespace {

struct Tensor {
  uint64_t va;
  uint64_t size;  // bytes an element
  const __u32* stride;
};

// A box of `ops` operations an element; what an operand repeats is read once.
template <size_t N>
Cost box_cost(const __u32* shape, uint32_t dims, const std::array<Tensor, N>& tensors, uint64_t ops,
              s4_slice axis, uint64_t begin, uint64_t end) {
  uint64_t elements = 1;
  std::array<uint64_t, N> there;
  there.fill(1);
  bool split = axis != S4_SLICE_ALL;
  for (uint32_t i = 0; i < dims; ++i) {
    uint64_t extent = shape[i];
    if (split && extent > 1) {
      extent = end - begin;
      split = false;
    }
    elements *= extent;
    for (size_t t = 0; t < N; ++t) {
      there[t] *= tensors[t].stride[i] != 0 ? extent : 1;
    }
  }
  uint64_t bytes = 0;
  for (size_t t = 0; t < N; ++t) {
    bytes += dram_bytes(tensors[t].va, 1, there[t] * tensors[t].size);
  }
  return {.fixed = overhead(),
          .vpu = divide_up(elements * ops, kVpuLanes),
          .memory = memory_cycles(bytes, axis)};
}

uint64_t operation_ops(uint8_t op) {
  return op == S4_ELTWISE_DIV ? kDivideOps : op == S4_ELTWISE_POW ? kPowOps : 1;
}

}  // namespace

Cost eltwise_cost(const s4_cmd_eltwise& c, s4_slice axis, uint64_t begin, uint64_t end) {
  // An activation's first operation comes with the conversion of the result.
  const uint64_t ops =
      operation_ops(c.op) + std::max<uint64_t>(activation_ops(c.activation), 1) - 1;
  return box_cost<3>(c.shape, c.dims,
                     {{{c.a, s4_type_bytes(c.a_type), c.a_stride},
                       {c.b, s4_type_bytes(c.b_type), c.b_stride},
                       {c.y, s4_type_bytes(c.y_type), c.y_stride}}},
                     ops, axis, begin, end);
}

Cost unary_cost(const s4_cmd_unary& c, s4_slice axis, uint64_t begin, uint64_t end) {
  return box_cost<2>(c.shape, c.dims,
                     {{{c.x, s4_type_bytes(c.x_type), c.x_stride},
                       {c.y, s4_type_bytes(c.y_type), c.y_stride}}},
                     std::max<uint64_t>(activation_ops(c.activation), 1), axis, begin, end);
}

}  // namespace s4::card::timing
