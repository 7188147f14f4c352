// SPDX-License-Identifier: MIT
#include "cards.hpp"

#include <algorithm>
#include <numeric>

namespace s4::smi {
namespace {

// Fills in what only an open card tells.
Result<void> ask_card(Card& card) {
  auto device = Device::open(card.info.node.empty() ? card.info.bus_id : card.info.node);
  if (!device)
    return std::move(device).error();
  auto memory = device->memory();
  if (!memory)
    return std::move(memory).error();
  auto telemetry = device->telemetry();
  if (!telemetry)
    return std::move(telemetry).error();
  card.memory = *memory;
  card.telemetry = *telemetry;
  return {};
}

}  // namespace

double Card::utilization() const {
  const size_t cores = telemetry ? std::min<size_t>(info.num_cores, S4_NUM_CORES) : 0;
  if (cores == 0)
    return 0;
  const auto first = telemetry->utilization.begin();
  return std::accumulate(first, first + static_cast<std::ptrdiff_t>(cores), 0.0) /
         static_cast<double>(cores);
}

Result<std::vector<Card>> gather() {
  auto infos = Device::list();
  if (!infos)
    return std::move(infos).error();
  std::vector<Card> cards;
  for (DeviceInfo& info : *infos) {
    Card card;
    card.info = std::move(info);
    card.name = card.info.name.empty() ? "S4" : card.info.name;
    if (auto facts = ask_bus(card.info.bus_id)) {
      if (!facts->name.empty())
        card.name = std::move(facts->name);
      card.link = facts->link;
    }
    if (card.usable()) {
      if (auto asked = ask_card(card); !asked) {
        card.info.state = asked.error().code;
        card.info.problem = asked.error().message;
      }
    }
    cards.push_back(std::move(card));
  }
  return cards;
}

}  // namespace s4::smi
