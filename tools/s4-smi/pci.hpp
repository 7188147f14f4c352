// SPDX-License-Identifier: MIT
// What the bus knows of a card.
#pragma once

#include <optional>
#include <string>

namespace s4::smi {

struct Link {
  unsigned generation = 0;  // 3: 8 GT/s
  unsigned width = 0;       // lanes
  unsigned max_generation = 0;
  unsigned max_width = 0;
};

struct PciFacts {
  std::string name;          // of the device in the PCI id list; empty when it has none
  std::optional<Link> link;  // none when the configuration space may not be read
};

// `bus_id` as "0000:01:00.0"; nothing when it is no address of a bus of this machine.
std::optional<PciFacts> ask_bus(const std::string& bus_id);

}  // namespace s4::smi
