// SPDX-License-Identifier: MIT
#include "core/hazards.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace s4::core {
namespace {

bool conflict(const Footprint& a, const Footprint& b) {
  if (a.fence || b.fence)
    return true;
  const auto all = [](const s4_operands& operands) {
    return std::span(operands.list).first(operands.count);
  };
  const auto touches = [&](const s4_operand& x) {
    return std::ranges::any_of(all(b.operands), [&](const s4_operand& y) {
      return (x.written || y.written) && s4_range_overlap(&x.range, &y.range) != 0;
    });
  };
  return std::ranges::any_of(all(a.operands), touches);
}

}  // namespace

Footprint footprint_of(const s4_cmd& command) {
  Footprint footprint;
  s4_cmd_operands(&command, &footprint.operands);
  footprint.fence =
      command.header.opcode == S4_OP_BARRIER || command.header.opcode == S4_OP_TIMESTAMP;
  return footprint;
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
