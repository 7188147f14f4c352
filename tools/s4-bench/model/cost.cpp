// SPDX-License-Identifier: MIT
#include "model/cost.hpp"

#include <algorithm>
#include <stdexcept>

#include "engine/command.hpp"
#include "s4/abi/s4_check.h"

namespace s4::bench {
namespace {

void add(LayerCost& to, const LayerCost& from) {
  to.parts.fixed += from.parts.fixed;
  to.parts.array += from.parts.array;
  to.parts.vpu += from.parts.vpu;
  to.parts.memory += from.parts.memory;
  to.cycles += from.cycles;
  to.commands += from.commands;
}

}  // namespace

std::string_view LayerCost::bound() const {
  const uint64_t most = std::max({parts.fixed, parts.array, parts.vpu, parts.memory});
  return most == parts.array    ? "array"
         : most == parts.vpu    ? "VPU"
         : most == parts.memory ? "memory"
                                : "dispatch";
}

LayerCost command_cost(const s4_cmd& command) {
  const card::Command* known = card::find_command(command.header.opcode);
  if (known == nullptr) {
    throw std::logic_error("a command that no unit executes has no cost");
  }
  LayerCost worst;
  worst.commands = 1;
  for (uint32_t core = 0; core < S4_NUM_CORES; ++core) {
    __u64 begin = 0;
    __u64 end = 0;
    if (s4_cmd_slice(&command, S4_SLICE_COLUMNS, core, S4_NUM_CORES, &begin, &end) == 0) {
      continue;
    }
    const card::timing::Cost cost = known->cost(command, S4_SLICE_COLUMNS, {begin, end});
    if (cost.total() > worst.cycles) {
      worst.parts = cost;
      worst.cycles = cost.total();
    }
  }
  return worst;
}

std::vector<LayerCost> layer_costs(size_t layers, std::span<const BuiltCommand> commands) {
  std::vector<LayerCost> costs(layers);
  for (const BuiltCommand& one : commands) {
    add(costs[one.layer], command_cost(one.command));
  }
  return costs;
}

LayerCost sum(std::span<const LayerCost> costs) {
  LayerCost total;
  for (const LayerCost& cost : costs) {
    add(total, cost);
  }
  return total;
}

LayerCost sum(std::span<const LayerCost> costs, std::span<const size_t> layers) {
  LayerCost total;
  for (const size_t layer : layers) {
    add(total, costs[layer]);
  }
  return total;
}

}  // namespace s4::bench
