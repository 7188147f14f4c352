// SPDX-License-Identifier: MIT
// The PCI side of a card, by libpci.
#pragma once

#include <memory>
#include <optional>
#include <string>

namespace s4::smi {

struct Link {
  double gigatransfers = 0;  // a second and lane
  unsigned width = 0;        // lanes
  double max_gigatransfers = 0;
  unsigned max_width = 0;
};

class PciBus {
 public:
  PciBus();
  ~PciBus();
  // The negotiated link of the function at a bus id such as "0000:01:00.0"; nothing when there is
  // no such function, or its capabilities may not be read.
  std::optional<Link> link(const std::string& bus_id) const;
  // The name in the system's list of PCI ids, or an empty string.
  std::string name(const std::string& bus_id) const;

 private:
  struct Access;
  const std::unique_ptr<Access> access_;
};

}  // namespace s4::smi
