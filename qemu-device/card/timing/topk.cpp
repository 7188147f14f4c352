// SPDX-License-Identifier: MIT
#include <bit>

#include "timing/model.hpp"
#include "timing/traffic.hpp"

namespace s4::card::timing {
namespace {

// Traffic of rows; without gaps between them they are one run.
uint64_t row_bytes(uint64_t va, uint64_t rows, uint64_t pitch, uint64_t bytes) {
  return pitch == bytes ? dram_bytes(va, 1, rows * bytes) : dram_bytes(va, rows, bytes);
}

}  // namespace

Cost topk_cost(const s4_cmd_topk& c, s4_slice axis, uint64_t begin, uint64_t end) {
  const uint64_t rows = axis != S4_SLICE_ALL ? end - begin : c.rows;
  const uint64_t size = s4_type_bytes(c.type);
  // A comparison an element; each result is placed among k by halving.
  const auto halvings = static_cast<uint64_t>(std::bit_width(c.k - 1));
  const uint64_t ops = rows * (c.n + c.k * (halvings + 1));
  const uint64_t bytes = row_bytes(c.x, rows, c.x_pitch, c.n * size) +
                         row_bytes(c.values, rows, c.values_pitch, c.k * size) +
                         row_bytes(c.indices, rows, c.indices_pitch, uint64_t{c.k} * 4);
  return {.fixed = overhead(),
          .vpu = divide_up(ops, kVpuLanes),
          .memory = memory_cycles(bytes, axis)};
}

}  // namespace s4::card::timing
