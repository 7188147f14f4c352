// SPDX-License-Identifier: MIT
// All that can be asked of each card at one moment.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <s4/s4.hpp>

#include "pci.hpp"

namespace s4::smi {

struct Card {
  DeviceInfo info;  // its state says why the rest is missing
  std::string name;
  std::optional<MemoryInfo> memory;
  std::optional<Telemetry> telemetry;
  std::optional<Link> link;

  [[nodiscard]] bool usable() const { return info.state == Code::kSuccess; }
  // 0..1, the mean of the cores.
  [[nodiscard]] double utilization() const;
};

// Cards that cannot be opened are in the list too. Never empty: no card is an error.
Result<std::vector<Card>> gather();

}  // namespace s4::smi
