// SPDX-License-Identifier: MIT
// A network's layers as a roofline picture.
#pragma once

#include <span>

#include "model/cost.hpp"
#include "model/network.hpp"
#include "model/plot.hpp"

namespace s4::bench {

// A dot a layer name: matrix layers by their multiply-accumulates, counted dense and twice, others
// by the vector unit's operations. Layers that only move have none. Traffic is the part `memory` at
// the rate of DRAM.
Plot roofline(const Network& network, uint32_t degree, std::span<const LayerCost> costs);

}  // namespace s4::bench
