// SPDX-License-Identifier: MIT
// Commands of a network: what each layer does, at the addresses that its tensors and weights have.
#pragma once

#include <cstdint>
#include <vector>

#include "model/network.hpp"
#include "model/placement.hpp"
#include "model/weights.hpp"

namespace s4::bench {

// Addresses of the blocks that offsets count from.
struct Bases {
  uint64_t chip;  // on-chip memory
  uint64_t dram;  // tensors in DRAM
  uint64_t weights;
};

struct BuiltCommand {
  s4_cmd command;
  size_t layer;
};

std::vector<BuiltCommand> build(const Network& network, const Placement& placement,
                                const WeightPlan& weights, const Bases& bases);

}  // namespace s4::bench
