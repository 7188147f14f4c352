// SPDX-License-Identifier: MIT
#include "model/roofline.hpp"

#include <fmt/core.h>

#include "timing/parameters.hpp"

namespace s4::bench {
namespace {

constexpr double kHz = S4_CLOCK_TOP_KHZ * 1e3;

}  // namespace

Plot roofline(const Network& network, uint32_t degree, std::span<const LayerCost> costs) {
  const bool int8 = network.precision == S4_TYPE_INT8;
  const double dense = 2.0 * S4_NUM_CORES * (int8 ? S4_MACS_INT8 : S4_MACS_BF16) * kHz;
  const double vpu = kHz * S4_NUM_CORES * card::timing::kVpuLanes;
  Plot plot{fmt::format("{}, {}, degree {}, batch {}", network.name, int8 ? "INT8" : "BF16", degree,
                        network.batch),
            static_cast<double>(S4_DRAM_BYTES_PER_SECOND),
            {{fmt::format("array at degree {}", degree), dense * degree}},
            {}};
  if (degree > 1) {
    plot.roofs.push_back({"array, dense", dense});
  }
  plot.roofs.push_back({"vector unit", vpu});
  for (const std::vector<size_t>& layers : network.layers_by_name()) {
    const LayerCost cost = sum(costs, layers);
    double macs = 0;
    for (const size_t layer : layers) {
      macs += static_cast<double>(network.macs(network.layers[layer]));
    }
    const double operations =
        macs > 0 ? 2 * macs
                 : static_cast<double>(cost.parts.vpu * card::timing::kVpuLanes * S4_NUM_CORES);
    if (operations > 0) {
      plot.dots.push_back(
          {network.layers[layers.front()].name, std::string(cost.bound()), operations,
           static_cast<double>(cost.parts.memory * card::timing::kDramBytesPerCycle),
           static_cast<double>(cost.cycles) / kHz});
    }
  }
  return plot;
}

}  // namespace s4::bench
