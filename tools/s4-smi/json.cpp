// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "output.hpp"

namespace s4::smi {
namespace {

using Json = nlohmann::ordered_json;

Json link_json(const std::optional<Link>& link) {
  if (!link)
    return nullptr;
  return {{"generation", link->generation},
          {"width", link->width},
          {"max_generation", link->max_generation},
          {"max_width", link->max_width}};
}

Json memory_json(const std::optional<MemoryInfo>& memory) {
  if (!memory)
    return nullptr;
  return {{"total_bytes", memory->total},
          {"used_bytes", memory->used},
          {"reserved_bytes", memory->reserved},
          {"largest_free_bytes", memory->largest_free}};
}

Json throttle_json(uint32_t reasons) {
  Json names = Json::array();
  if (reasons & S4_THROTTLE_THERMAL)
    names.push_back("thermal");
  if (reasons & S4_THROTTLE_POWER)
    names.push_back("power");
  if (reasons & S4_THROTTLE_IDLE)
    names.push_back("idle");
  return names;
}

Json telemetry_json(const Card& card) {
  if (!card.telemetry)
    return nullptr;
  const Telemetry& t = *card.telemetry;
  Json cores = Json::array();
  for (size_t core = 0; core < t.utilization.size() && core < card.info.num_cores; ++core)
    cores.push_back(t.utilization[core] * 100);
  return {{"uptime_ms", t.uptime.count()},
          {"clock_mhz", t.clock_khz / 1e3},
          {"temperature_c", t.temperature_c},
          {"power_w", t.power_w},
          {"power_limit_w", t.power_limit_w},
          {"voltage_mv", t.voltage_mv},
          {"throttle", throttle_json(t.throttle)},
          {"utilization_percent", card.utilization() * 100},
          {"core_utilization_percent", std::move(cores)},
          {"ecc_corrected", t.ecc_corrected},
          {"ecc_uncorrected", t.ecc_uncorrected},
          {"queues", t.queues},
          {"jobs_done", t.jobs_done},
          {"jobs_failed", t.jobs_failed},
          {"commands_done", t.commands_done}};
}

Json card_json(const Card& card) {
  const DeviceInfo& info = card.info;
  const auto known = [&](Json value) { return card.usable() ? std::move(value) : Json(nullptr); };
  const auto text = [](const std::string& s) { return s.empty() ? Json(nullptr) : Json(s); };
  return {{"index", info.index},
          {"state", card.usable() ? "ok" : s4_code_name(static_cast<s4_code>(info.state))},
          {"problem", text(info.problem)},
          {"name", card.name},
          {"transport", info.transport},
          {"bus_id", info.bus_id},
          {"node", text(info.node)},
          {"serial", text(info.serial)},
          {"firmware_version", known(firmware_version(info.fw_version))},
          {"driver_version", text(info.driver_version)},
          {"library_version", library_version()},
          {"cores", known(info.num_cores)},
          {"clock_top_mhz", known(info.clock_top_khz / 1e3)},
          {"resets", known(info.reset_count)},
          {"link", link_json(card.link)},
          {"memory", memory_json(card.memory)},
          {"telemetry", telemetry_json(card)}};
}

}  // namespace

std::string json(std::span<const Card> cards) {
  Json array = Json::array();
  for (const Card& card : cards)
    array.push_back(card_json(card));
  // Text from a broken card need not be UTF-8; the output always is.
  const Json all = {{"cards", std::move(array)}};
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace s4::smi
