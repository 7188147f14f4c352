// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

namespace s4::bench {
namespace {

// A value for people: plain base units get the prefix that fits.
std::string human(double value, const std::string& unit) {
  if (unit != "s" && unit != "B" && unit != "B/s") {
    return fmt::format("{:.3g} {}", value, unit);
  }
  static constexpr const char* kPrefixes[] = {"n", "u", "m", "", "k", "M", "G", "T"};
  double scaled = value * 1e9;
  size_t prefix = value == 0 ? 3 : 0;
  while (scaled >= 1000 && prefix + 1 < std::size(kPrefixes)) {
    scaled /= 1000;
    ++prefix;
  }
  return fmt::format("{:.3g} {}{}", scaled, kPrefixes[prefix], unit);
}

}  // namespace

Sample summarise(std::vector<double> measurements) {
  Sample result;
  result.runs = static_cast<unsigned>(measurements.size());
  if (measurements.empty()) {
    return result;
  }
  std::sort(measurements.begin(), measurements.end());
  // Between neighbours where the place is not a whole number.
  const auto at = [&](double place) {
    const double position = place * static_cast<double>(measurements.size() - 1);
    const auto low = static_cast<size_t>(position);
    const size_t high = std::min(low + 1, measurements.size() - 1);
    const double part = position - static_cast<double>(low);
    return measurements[low] + (measurements[high] - measurements[low]) * part;
  };
  result.median = at(0.5);
  result.spread = result.median != 0 ? (at(0.75) - at(0.25)) / result.median : 0;
  return result;
}

std::optional<double> Figure::ratio() const {
  if (!peer) {
    return std::nullopt;
  }
  return better == Better::kHigher ? value.median / peer->value : peer->value / value.median;
}

void Report::add(Figure figure) {
  if (!json_) {
    figures_.push_back(std::move(figure));
    return;
  }
  nlohmann::ordered_json line;
  line["bench"] = figure.bench;
  line["case"] = figure.name;
  line["metric"] = figure.metric;
  line["value"] = figure.value.median;
  line["unit"] = figure.unit;
  line["clock"] = figure.clock;
  if (figure.peer) {
    line["peer"] = figure.peer->name;
    line["peer_value"] = figure.peer->value;
    line["ratio"] = *figure.ratio();
  }
  line["runs"] = figure.value.runs;
  line["spread"] = figure.value.spread;
  for (const Detail& detail : figure.details) {
    std::visit([&](const auto& value) { line[detail.key] = value; }, detail.value);
  }
  fmt::print("{}\n", line.dump());
  std::fflush(stdout);
}

void Report::finish() const {
  if (figures_.empty()) {
    return;
  }
  size_t name = 4;
  size_t metric = 6;
  size_t peer = 4;
  for (const Figure& f : figures_) {
    name = std::max(name, f.name.size());
    metric = std::max(metric, f.metric.size());
    peer = std::max(peer, f.peer ? f.peer->name.size() : 0);
  }
  fmt::print("{:<{}}  {:<{}}  {:>14} {:>6}  {:<5}  {:<{}} {:>14} {:>7}\n", "case", name, "metric",
             metric, "value", "+-", "clock", "peer", peer, "value", "ratio");
  for (const Figure& f : figures_) {
    fmt::print("{:<{}}  {:<{}}  {:>14} {:>5.1f}%  {:<5}", f.name, name, f.metric, metric,
               human(f.value.median, f.unit), f.value.spread * 100, f.clock);
    if (f.peer) {
      fmt::print("  {:<{}} {:>14} {:>6.2f}x", f.peer->name, peer, human(f.peer->value, f.unit),
                 *f.ratio());
    }
    for (const Detail& detail : f.details) {
      std::visit([&](const auto& value) { fmt::print("  {} {}", detail.key, value); }, detail.value);
    }
    fmt::print("\n");
  }
}

void Report::note(const std::string& text) const { fmt::print(stderr, "s4-bench: {}\n", text); }

}  // namespace s4::bench
