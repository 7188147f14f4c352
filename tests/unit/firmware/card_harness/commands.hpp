// SPDX-License-Identifier: MIT
// Commands of the integration tests, made from few arguments.
#pragma once

#include <cstdint>

#include "s4/abi/s4_check.h"
#include "s4/abi/s4_cmd.h"

namespace s4::fwtest {

inline s4_cmd fill(uint64_t dst, uint64_t bytes, uint32_t pattern, uint32_t wait = 0) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_FILL;
  cmd.header.wait = wait;
  cmd.fill = {.dst = dst, .bytes = bytes, .pattern = pattern, .pattern_bytes = 4};
  return cmd;
}

inline s4_cmd copy(uint64_t src, uint64_t dst, uint64_t bytes, uint32_t wait = 0) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_COPY;
  cmd.header.wait = wait;
  cmd.copy = {.src = src,
              .dst = dst,
              .row_bytes = bytes,
              .src_pitch = 0,
              .dst_pitch = 0,
              .rows = 1,
              .reserved = 0};
  return cmd;
}

inline s4_cmd barrier() {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_BARRIER;
  return cmd;
}

inline s4_cmd timestamp(uint64_t dst) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_TIMESTAMP;
  cmd.timestamp.dst = dst;
  return cmd;
}

// INT8 with INT32 results: y[rows][columns] = w[rows][k] x x[k][columns].
struct Spmm {
  uint64_t x, y, values, indices;
  uint32_t rows, k, columns;
  uint8_t degree;
};

inline s4_cmd spmm(const Spmm& m, uint32_t wait = 0) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_SPMM;
  cmd.header.wait = wait;
  cmd.spmm.x = m.x;
  cmd.spmm.y = m.y;
  cmd.spmm.values = m.values;
  cmd.spmm.indices = m.indices;
  cmd.spmm.x_pitch = m.columns;
  cmd.spmm.y_pitch = m.columns * 4ull;
  cmd.spmm.rows = m.rows;
  cmd.spmm.k = m.k;
  cmd.spmm.columns = m.columns;
  cmd.spmm.degree = m.degree;
  cmd.spmm.type = S4_TYPE_INT8;
  cmd.spmm.y_type = S4_TYPE_INT32;
  cmd.spmm.y_scale = S4_FLOAT_ONE;
  return cmd;
}

// y = a + b, float32, n elements.
inline s4_cmd add(uint64_t a, uint64_t b, uint64_t y, uint32_t n, uint32_t wait = 0) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_ELTWISE;
  cmd.header.wait = wait;
  s4_cmd_eltwise& c = cmd.eltwise;
  c.a = a;
  c.b = b;
  c.y = y;
  c.op = S4_ELTWISE_ADD;
  c.a_type = c.b_type = c.y_type = S4_TYPE_FLOAT32;
  c.dims = 1;
  c.shape[0] = n;
  c.a_stride[0] = c.b_stride[0] = c.y_stride[0] = 1;
  c.a_scale = c.b_scale = c.y_scale = S4_FLOAT_ONE;
  return cmd;
}

}  // namespace s4::fwtest
