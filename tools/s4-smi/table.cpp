// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "output.hpp"
#include "s4/abi/s4_boot.h"

namespace s4::smi {
namespace {

constexpr size_t kColumns = 7;
using Line = std::array<std::string, kColumns>;
// Two lines a card, so that the table fits a terminal of 100 columns.
struct Row {
  Line upper;
  Line lower;
  std::string problem;
};

constexpr double kMiB = 1 << 20;

Row heading() {
  return {{"Idx", "Name", "Bus id", "Firmware", "Clock", "Memory used / total", "Util"},
          {"", "Serial", "Link now / max", "Driver", "Temp", "Power / limit", "Cores"},
          {}};
}

std::string link_text(const std::optional<Link>& link) {
  if (!link)
    return "no link";
  return fmt::format("Gen{} x{} / Gen{} x{}", link->generation, link->width, link->max_generation,
                     link->max_width);
}

Row row_of(const Card& card) {
  Row row;
  const DeviceInfo& info = card.info;
  const auto or_dash = [](const std::string& text) { return text.empty() ? "-" : text; };
  row.upper = {fmt::to_string(info.index), card.name, info.bus_id, "-", "-", "-", "-"};
  row.lower = {
      "", or_dash(info.serial), link_text(card.link), or_dash(info.driver_version), "-", "-", ""};
  if (!card.usable()) {
    row.problem = fmt::format("{}: {}", s4_code_name(static_cast<s4_code>(info.state)),
                              or_dash(info.problem));
    return row;
  }
  row.upper[3] = firmware_version(info.fw_version);
  if (card.memory) {
    row.upper[5] = fmt::format("{:.0f} / {:.0f} MiB", static_cast<double>(card.memory->used) / kMiB,
                               static_cast<double>(card.memory->total) / kMiB);
  }
  if (card.telemetry) {
    const Telemetry& t = *card.telemetry;
    row.upper[4] = fmt::format("{:.0f} MHz", t.clock_khz / 1e3);
    row.lower[4] = fmt::format("{:.1f} C", t.temperature_c);
    row.lower[5] = fmt::format("{:.1f} / {:.1f} W", t.power_w, t.power_limit_w);
    row.upper[6] = fmt::format("{:.0f} %", card.utilization() * 100);
    row.lower[6] = fmt::to_string(info.num_cores);
  }
  return row;
}

std::array<size_t, kColumns> widths_of(const std::vector<Row>& rows) {
  std::array<size_t, kColumns> widths{};
  for (const Row& row : rows) {
    for (size_t i = 0; i < kColumns; ++i)
      widths[i] = std::max({widths[i], row.upper[i].size(), row.lower[i].size()});
  }
  return widths;
}

std::string rule(const std::array<size_t, kColumns>& widths, char with) {
  std::string text = "+";
  for (const size_t width : widths)
    text += std::string(width + 2, with) + "+";
  return text + "\n";
}

std::string line_of(const Line& line, const std::array<size_t, kColumns>& widths) {
  constexpr size_t kFirstNumber = 4;  // measured values stand to the right
  std::string text = "|";
  for (size_t i = 0; i < kColumns; ++i) {
    text += i < kFirstNumber ? fmt::format(" {:<{}} |", line[i], widths[i])
                             : fmt::format(" {:>{}} |", line[i], widths[i]);
  }
  return text + "\n";
}

// A sentence across all columns, broken between words.
std::string across(const std::string& sentence, size_t width) {
  std::string text;
  for (std::string rest = sentence; !rest.empty();) {
    size_t cut = rest.size();
    if (cut > width) {
      cut = rest.rfind(' ', width);
      if (cut == std::string::npos || cut == 0)
        cut = width;
    }
    text += fmt::format("| {:<{}} |\n", rest.substr(0, cut), width);
    rest.erase(0, rest.find_first_not_of(' ', cut));
  }
  return text;
}

}  // namespace

std::string library_version() {
  const uint32_t version = s4_library_version();
  return fmt::format("{}.{}.{}", version >> 16, (version >> 8) & 0xff, version & 0xff);
}

std::string firmware_version(uint32_t version) {
  return fmt::format("{}.{}.{}", S4_FW_VERSION_MAJOR(version), S4_FW_VERSION_MINOR(version),
                     S4_FW_VERSION_PATCH(version));
}

std::string table(std::span<const Card> cards) {
  std::vector<Row> rows{heading()};
  for (const Card& card : cards)
    rows.push_back(row_of(card));
  const auto widths = widths_of(rows);
  const std::string thin = rule(widths, '-');
  std::string text = fmt::format("s4-smi, libs4 {}: {} card{}\n", library_version(), cards.size(),
                                 cards.size() == 1 ? "" : "s");
  text += thin;
  for (size_t i = 0; i < rows.size(); ++i) {
    text += line_of(rows[i].upper, widths) + line_of(rows[i].lower, widths);
    if (!rows[i].problem.empty())
      text += across(rows[i].problem, thin.size() - 5);
    text += i == 0 ? rule(widths, '=') : thin;
  }
  return text;
}

std::string lines(std::span<const Card> cards) {
  std::string text;
  for (const Card& card : cards) {
    text += fmt::format("{}: {}, {}", card.info.index, card.name, card.info.bus_id);
    if (!card.info.serial.empty())
      text += ", serial " + card.info.serial;
    if (card.memory)
      text += fmt::format(", {:.0f} MiB", static_cast<double>(card.memory->total) / kMiB);
    text += card.usable() ? "\n" : ": " + card.info.problem + "\n";
  }
  return text;
}

}  // namespace s4::smi
