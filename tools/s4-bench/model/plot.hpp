// SPDX-License-Identifier: MIT
// A roofline picture as SVG: what the card could do at an intensity, and what each layer does.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace s4::bench {

struct PlotRoof {
  std::string name;
  double rate;  // operations a second
};

struct PlotDot {
  std::string name;
  std::string bound;  // "array", "VPU", "memory" or "dispatch"
  double operations;  // above 0
  double bytes;       // of DRAM traffic; 0 stands at the right edge
  double seconds;     // of the card, above 0
};

struct Plot {
  std::string title;
  double bytes_per_second;      // of DRAM
  std::vector<PlotRoof> roofs;  // flat ones, the first of which DRAM's slope meets
  std::vector<PlotDot> dots;
};

void write_svg(std::ostream& out, const Plot& plot);

}  // namespace s4::bench
