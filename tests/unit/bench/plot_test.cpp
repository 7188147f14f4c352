// SPDX-License-Identifier: MIT
// The roofline picture: a dot a layer that computes, within the axes, with what it is in its
// tooltip.
#include <gtest/gtest.h>

#include <regex>
#include <sstream>

#include "model/roofline.hpp"
#include "s4/abi/s4_limits.h"
#include "s4/abi/s4_mmu.h"

namespace s4::bench {
namespace {

std::string svg_of(const Plot& plot) {
  std::ostringstream out;
  write_svg(out, plot);
  return out.str();
}

TEST(PlotTest, EveryComputingLayerOfANetworkIsADotWithinTheAxes) {
  const Network network = make_network("resnet50", S4_TYPE_INT8, 8, 0);
  const WeightPlan weights = plan_weights(network, 16);
  const Placement placement = place(lifetimes(network), uint64_t{S4_SRAM_BYTES} * S4_NUM_CORES);
  const auto commands =
      build(network, placement, weights, {S4_SRAM_VA, uint64_t{1} << 30, uint64_t{1} << 40});
  const auto costs = layer_costs(network.layers.size(), commands);
  const std::string svg = svg_of(roofline(network, 16, costs));
  const std::regex dot(
      "<circle class=\"(\\w+)\" cx=\"([0-9.]+)\" cy=\"([0-9.]+)\" r=\"[0-9.]+\"><title>([^:]+):");
  size_t dots = 0;
  for (std::sregex_iterator i(svg.begin(), svg.end(), dot), end; i != end; ++i, ++dots) {
    EXPECT_GE(std::stod((*i)[2]), 90) << (*i)[4];
    EXPECT_LE(std::stod((*i)[2]), 930) << (*i)[4];
    EXPECT_GE(std::stod((*i)[3]), 70) << (*i)[4];
    EXPECT_LE(std::stod((*i)[3]), 530) << (*i)[4];
  }
  size_t computing = 0;
  for (const LayerCost& cost : costs) {
    computing += cost.parts.vpu + cost.parts.array != 0 ? 1 : 0;
  }
  EXPECT_EQ(dots, computing);
  EXPECT_NE(svg.find("array at degree 16, 472 Top/s"), std::string::npos);
  EXPECT_NE(svg.find("DRAM, 72 GB/s"), std::string::npos);
}

// On the slope a layer is as fast as DRAM lets it: its dot is a point of the line.
TEST(PlotTest, ALayerThatMemoryBoundsLiesOnTheSlope) {
  const std::string svg = svg_of({"one", 10, {{"roof", 1000}}, {{"a", "memory", 50, 50, 5}}});
  // Decades: 0.1 to 1000 operations a byte, 1 to 10,000 operations a second.
  EXPECT_NE(svg.find("cx=\"300.0\" cy=\"415.0\""), std::string::npos) << svg;
}

TEST(PlotTest, NamesCannotBreakThePicture) {
  const std::string svg = svg_of({"<a & b>", 1, {{"roof", 10}}, {{"<x>", "VPU", 1, 0, 1}}});
  EXPECT_NE(svg.find("&lt;a &amp; b&gt;"), std::string::npos);
  EXPECT_NE(svg.find("<title>&lt;x&gt;: 100.0 %"), std::string::npos);
  EXPECT_NE(svg.find("no DRAM traffic"), std::string::npos);
}

}  // namespace
}  // namespace s4::bench
