// SPDX-License-Identifier: MIT
// What stands behind "sim:", as in "sim:memory=1G,threads=2,faults=1".
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "s4/result.hpp"

namespace s4::sim {

struct Options {
  uint64_t memory = 0;    // bytes of card memory; 0: the card's default
  uint64_t aperture = 0;  // bytes of it that the CPU reaches; 0: all
  unsigned threads = 0;   // workers of the card; 0: one a host processor
  bool faults = false;    // faults on demand
  bool unsigned_firmware = false;
  std::string serial = "S4-SIM-0";
  std::string firmware;  // path of the image; empty: searched for
  // Without progress for this long a job is taken to hang.
  std::chrono::milliseconds hang{5000};
};

// True for "sim" and for what begins with "sim:".
bool names_sim(std::string_view name);

// Errors name the option and what it may be.
Result<Options> parse_options(std::string_view name);

}  // namespace s4::sim
