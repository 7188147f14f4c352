// SPDX-License-Identifier: MIT
// What layers cost the modelled card when a queue in mode SPLIT runs them.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "model/build.hpp"
#include "timing/cost.hpp"

namespace s4::bench {

// Sums over a layer's commands, of each command its slowest core. `cycles` is not the total of the
// parts: of each command the greatest counts.
struct LayerCost {
  card::timing::Cost parts;
  uint64_t cycles = 0;
  unsigned commands = 0;

  // The greatest part: "array", "VPU", "memory" or "dispatch".
  std::string_view bound() const;
};

LayerCost command_cost(const s4_cmd& command);

// One a layer of the network.
std::vector<LayerCost> layer_costs(size_t layers, std::span<const BuiltCommand> commands);

LayerCost sum(std::span<const LayerCost> costs);
// Of the layers that are listed.
LayerCost sum(std::span<const LayerCost> costs, std::span<const size_t> layers);

}  // namespace s4::bench
