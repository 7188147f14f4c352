// SPDX-License-Identifier: MIT
#include "card.hpp"

#include <fmt/format.h>

#include <numeric>

#include "s4/abi/s4_boot.h"

namespace s4::smi {
namespace {

// Fills what needs an open device; says in info.problem what went wrong.
void read_live(Card& card) {
  const std::string name = card.info.node.empty() ? card.info.bus_id : card.info.node;
  auto device = Device::open(name);
  if (!device) {
    card.info.state = device.error().code;
    card.info.problem = device.error().message;
    return;
  }
  auto memory = device->memory();
  auto telemetry = device->telemetry();
  if (!memory || !telemetry) {
    const Error& error = memory ? telemetry.error() : memory.error();
    card.info.state = error.code;
    card.info.problem = error.message;
    return;
  }
  card.memory = *memory;
  card.telemetry = *telemetry;
}

}  // namespace

Result<std::vector<Card>> read_cards() {
  auto infos = Device::list();
  if (!infos)
    return std::move(infos).error();
  std::vector<Card> cards;
  std::optional<PciBus> bus;
  for (DeviceInfo& info : *infos) {
    Card card{std::move(info), {}, {}, {}};
    if (card.info.transport == "drm") {
      if (!bus)
        bus.emplace();
      card.link = bus->link(card.info.bus_id);
      const std::string name = bus->name(card.info.bus_id);
      if (!name.empty())
        card.info.name = name;
    }
    if (card.info.state == Code::kSuccess)
      read_live(card);
    cards.push_back(std::move(card));
  }
  return cards;
}

std::string firmware_version(const DeviceInfo& info) {
  return fmt::format("{}.{}.{}", S4_FW_VERSION_MAJOR(info.fw_version),
                     S4_FW_VERSION_MINOR(info.fw_version), S4_FW_VERSION_PATCH(info.fw_version));
}

double utilization(const Telemetry& telemetry) {
  return std::accumulate(telemetry.utilization.begin(), telemetry.utilization.end(), 0.0) /
         static_cast<double>(telemetry.utilization.size());
}

}  // namespace s4::smi
