// SPDX-License-Identifier: MIT
// What s4-smi knows of one card.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "link.hpp"
#include "s4/s4.hpp"

namespace s4::smi {

struct Card {
  DeviceInfo info;
  std::optional<Link> link;
  // Nothing when the card cannot be opened: info.problem says why.
  std::optional<MemoryInfo> memory;
  std::optional<Telemetry> telemetry;
};

// Every visible card. An error when there is none.
Result<std::vector<Card>> read_cards();

// "0.1.0"
std::string firmware_version(const DeviceInfo& info);

// Mean of the cores, 0..1.
double utilization(const Telemetry& telemetry);

}  // namespace s4::smi
