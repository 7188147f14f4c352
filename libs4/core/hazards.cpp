// SPDX-License-Identifier: MIT
#include "core/hazards.hpp"

#include <algorithm>

namespace s4::core {
namespace {

using Operand = Footprint::Operand;

bool conflict(const Footprint& a, const Footprint& b) {
  if (a.fence || b.fence)
    return true;
  return std::any_of(a.operands.begin(), a.operands.end(), [&](const Operand& x) {
    return std::any_of(b.operands.begin(), b.operands.end(), [&](const Operand& y) {
      return (x.written || y.written) && s4_range_overlap(&x.range, &y.range) != 0;
    });
  });
}

s4_range pitched(uint64_t begin, uint64_t count, uint64_t pitch, uint64_t bytes) {
  s4_range range{};
  s4_range_pitched(&range, begin, count, pitch, bytes);
  return range;
}

s4_range matrix(uint64_t begin, uint32_t features, uint32_t columns, uint32_t layout,
                uint64_t pitch, uint32_t size) {
  s4_range range{};
  s4_range_matrix(&range, begin, features, columns, layout, pitch, size);
  return range;
}

s4_range strided(uint64_t begin, const s4_cmd_eltwise& c, const uint32_t* stride) {
  s4_range range{};
  s4_range_strided(&range, begin, c.shape, stride, c.dims, s4_type_bytes(c.type));
  return range;
}

std::vector<Operand> spmm_operands(const s4_cmd& command) {
  const s4_cmd_spmm& c = command.spmm;
  const uint64_t entries = uint64_t{c.rows} * ((c.k + S4_BANK - 1) / S4_BANK * S4_BANK) / c.degree;
  const uint32_t size = s4_type_bytes(c.type);
  std::vector<Operand> operands{
      {matrix(c.x, c.k, c.columns, c.x_layout, c.x_pitch, size), "x", false},
      {matrix(c.y, c.rows, c.columns, c.y_layout, c.y_pitch, s4_type_bytes(c.y_type)), "y", true},
      {{c.values, entries * size}, "weights", false},
      {{c.indices, c.degree == 1 ? 0 : entries}, "weights", false}};
  const uint64_t row_values = uint64_t{c.rows} * 4;
  if ((command.header.flags & S4_SPMM_BIAS) != 0) {
    operands.push_back({{c.bias, row_values}, "bias", false});
  }
  if ((command.header.flags & S4_SPMM_SCALE) != 0) {
    operands.push_back({{c.scale, row_values}, "scale", false});
  }
  return operands;
}

}  // namespace

Footprint footprint_of(const s4_cmd& command) {
  switch (command.header.opcode) {
    case S4_OP_TIMESTAMP:
      return {{{{command.timestamp.dst, sizeof(s4_timestamp)}, "dst", true}}, true};
    case S4_OP_COPY: {
      const s4_cmd_copy& c = command.copy;
      return {{{pitched(c.src, c.rows, c.src_pitch, c.row_bytes), "src", false},
               {pitched(c.dst, c.rows, c.dst_pitch, c.row_bytes), "dst", true}},
              false};
    }
    case S4_OP_FILL:
      return {{{{command.fill.dst, command.fill.bytes}, "dst", true}}, false};
    case S4_OP_SPMM:
      return {spmm_operands(command), false};
    case S4_OP_ELTWISE: {
      const s4_cmd_eltwise& c = command.eltwise;
      return {{{strided(c.a, c, c.a_stride), "a", false},
               {strided(c.b, c, c.b_stride), "b", false},
               {strided(c.y, c, c.y_stride), "y", true}},
              false};
    }
    default:  // a barrier
      return {{}, true};
  }
}

uint32_t Hazards::add(Footprint footprint) {
  uint32_t wait = 0;
  const size_t reach = std::min(count_, kWindow);
  for (size_t back = 1; back <= reach; ++back) {
    const Footprint& earlier = window_[(count_ - back) % kWindow];
    if (conflict(earlier, footprint))
      wait |= uint32_t{1} << (back - 1);
  }
  window_[count_ % kWindow] = std::move(footprint);
  ++count_;
  return wait;
}

}  // namespace s4::core
