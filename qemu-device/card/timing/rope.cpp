// SPDX-License-Identifier: MIT
#include "timing/model.hpp"
#include "timing/traffic.hpp"

namespace s4::card::timing {
namespace {

// Traffic of the heads of tokens: those that follow each other are one run, repeated ones are read
// once.
uint64_t heads_bytes(uint64_t va, uint64_t tokens, uint64_t token_pitch, uint64_t heads,
                     uint64_t head_pitch, uint64_t bytes) {
  tokens = token_pitch != 0 ? tokens : 1;
  heads = head_pitch != 0 ? heads : 1;
  uint64_t runs = tokens * heads;
  uint64_t length = bytes;
  for (int pass = 0; pass < 2; ++pass) {
    if (heads > 1 && head_pitch == length) {
      length *= heads;
      runs /= heads;
      heads = 1;
    } else if (tokens > 1 && token_pitch == length) {
      length *= tokens;
      runs /= tokens;
      tokens = 1;
    }
  }
  return dram_bytes(va, runs, length);
}

}  // namespace

Cost rope_cost(const s4_cmd_rope& c, s4_slice axis, uint64_t begin, uint64_t end) {
  const uint64_t share = end - begin;
  const bool whole = axis == S4_SLICE_ALL;
  const uint64_t tokens = whole || c.tokens == 1 ? c.tokens : share;
  const uint64_t heads = whole || c.tokens > 1 ? c.heads : share;
  // A turned element is two products and their sum.
  const uint64_t each = 3 * uint64_t{c.rotary_dim} + (c.head_dim - c.rotary_dim);
  const uint64_t row = uint64_t{c.rotary_dim} / 2 * 4;
  const uint64_t bytes = heads_bytes(c.x, tokens, c.x_token_pitch, heads, c.x_head_pitch,
                                     uint64_t{c.head_dim} * s4_type_bytes(c.x_type)) +
                         heads_bytes(c.y, tokens, c.y_token_pitch, heads, c.y_head_pitch,
                                     uint64_t{c.head_dim} * s4_type_bytes(c.y_type)) +
                         dram_bytes(c.cos, tokens, row) + dram_bytes(c.sin, tokens, row) +
                         (c.positions != 0 ? dram_bytes(c.positions, 1, tokens * 4) : 0);
  return {.fixed = overhead(),
          .vpu = divide_up(tokens * heads * each, kVpuLanes),
          .memory = memory_cycles(bytes, axis)};
}

}  // namespace s4::card::timing
