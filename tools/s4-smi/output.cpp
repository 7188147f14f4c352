// SPDX-License-Identifier: MIT
#include "output.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

namespace s4::smi {
namespace {

using Line = std::array<std::string, 4>;
constexpr std::array<size_t, 4> kWidths = {29, 22, 27, 23};

std::string rule(char fill) {
  std::string out = "+";
  for (const size_t width : kWidths)
    out += std::string(width + 2, fill) + "+";
  return out + "\n";
}

std::string row(const Line& line) {
  std::string out = "|";
  for (size_t i = 0; i < line.size(); ++i)
    out += fmt::format(" {:<{}} |", line[i], kWidths[i]);
  return out + "\n";
}

std::string mib(uint64_t bytes) {
  return fmt::format("{} MiB", bytes >> 20);
}

std::string link_text(const Card& card) {
  if (!card.link)
    return card.info.transport == "sim" ? "no link" : "link unknown";
  return fmt::format("{:g} GT/s x{}", card.link->gigatransfers, card.link->width);
}

Line first_line(const Card& card) {
  const DeviceInfo& info = card.info;
  Line line{fmt::format("{:<2} {:<5} {}", info.index, info.name, info.serial), info.bus_id, "", ""};
  if (!card.telemetry)
    return line;
  const Telemetry& t = *card.telemetry;
  line[2] = fmt::format("{} MHz {:>3.0f} C {:.1f}/{:.0f} W", t.clock_khz / 1000, t.temperature_c,
                        t.power_w, t.power_limit_w);
  line[3] = mib(card.memory->used);
  return line;
}

Line second_line(const Card& card) {
  const DeviceInfo& info = card.info;
  Line line{fmt::format("   fw {}  driver {}", firmware_version(info), info.driver_version),
            link_text(card), "", ""};
  if (!card.telemetry)
    return line;
  const Telemetry& t = *card.telemetry;
  line[2] = fmt::format("{:.0f} % (", utilization(t) * 100);
  for (size_t core = 0; core < t.utilization.size(); ++core) {
    line[2] += fmt::format("{}{:.0f}", core ? " " : "", t.utilization[core] * 100);
  }
  line[2] += ")";
  line[3] = "of " + mib(card.memory->total);
  return line;
}

nlohmann::ordered_json json_of(const Card& card) {
  const DeviceInfo& info = card.info;
  nlohmann::ordered_json out;
  out["index"] = info.index;
  out["name"] = info.name;
  out["transport"] = info.transport;
  out["bus_id"] = info.bus_id;
  out["node"] = info.node.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(info.node);
  out["state"] = s4_code_name(static_cast<s4_code>(info.state));
  out["problem"] =
      info.problem.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(info.problem);
  out["link"] = nullptr;
  if (card.link) {
    out["link"] = {{"speed_gts", card.link->gigatransfers},
                   {"width", card.link->width},
                   {"max_speed_gts", card.link->max_gigatransfers},
                   {"max_width", card.link->max_width}};
  }
  if (!card.telemetry)
    return out;
  const Telemetry& t = *card.telemetry;
  out["serial"] = info.serial;
  out["firmware_version"] = firmware_version(info);
  out["driver_version"] = info.driver_version;
  out["abi_version"] = fmt::format("{}.{}", info.abi_version >> 16, info.abi_version & 0xffff);
  out["cores"] = info.num_cores;
  out["reset_count"] = info.reset_count;
  out["uptime_ms"] = t.uptime.count();
  out["clock_mhz"] = t.clock_khz / 1e3;
  out["clock_max_mhz"] = info.clock_top_khz / 1e3;
  out["temperature_c"] = t.temperature_c;
  out["power_w"] = t.power_w;
  out["power_limit_w"] = t.power_limit_w;
  out["voltage_mv"] = t.voltage_mv;
  out["memory"] = {{"total_bytes", card.memory->total},
                   {"used_bytes", card.memory->used},
                   {"reserved_bytes", card.memory->reserved}};
  out["utilization"] = utilization(t);
  out["utilization_cores"] = t.utilization;
  out["ecc"] = {{"corrected", t.ecc_corrected}, {"uncorrected", t.ecc_uncorrected}};
  out["jobs"] = {{"done", t.jobs_done}, {"failed", t.jobs_failed}};
  return out;
}

}  // namespace

std::string table(const std::vector<Card>& cards) {
  std::string out = fmt::format("s4-smi {}.{}.{}\n", S4_LIBRARY_VERSION_MAJOR,
                                S4_LIBRARY_VERSION_MINOR, S4_LIBRARY_VERSION_PATCH);
  out += rule('-');
  out += row({"#  Name  Serial", "Bus id", "Clock   Temp  Power/limit", "Memory used"});
  out += row({"   Versions", "Link", "Utilisation (cores)", "   of total"});
  out += rule('=');
  for (const Card& card : cards) {
    out += row(first_line(card)) + row(second_line(card)) + rule('-');
  }
  for (const Card& card : cards) {
    if (!card.info.problem.empty()) {
      out += fmt::format("card {}: {}\n", card.info.index, card.info.problem);
    }
  }
  return out;
}

std::string json(const std::vector<Card>& cards) {
  nlohmann::ordered_json out;
  out["cards"] = nlohmann::ordered_json::array();
  for (const Card& card : cards)
    out["cards"].push_back(json_of(card));
  return out.dump(2) + "\n";
}

std::string brief(const std::vector<Card>& cards) {
  std::string out;
  for (const Card& card : cards) {
    out += fmt::format("{}: {} {} {}\n", card.info.index, card.info.name, card.info.bus_id,
                       card.info.serial);
  }
  return out;
}

}  // namespace s4::smi
