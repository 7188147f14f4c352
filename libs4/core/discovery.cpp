// SPDX-License-Identifier: MIT
#include "core/discovery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "core/errors.hpp"
#include "transport/drm/discovery.hpp"
#include "transport/drm/drm_transport.hpp"
#include "transport/sim/options.hpp"
#include "transport/sim/sim_transport.hpp"

namespace s4::core {
namespace {

constexpr const char* kUseSim = "to work without a card, use the simulated one with S4_DEVICE=sim";

Error no_device(std::string message) {
  return Error{Code::kNoDevice, 0, {}, "open", std::move(message)};
}

std::optional<size_t> as_index(const std::string& text) {
  size_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end)
    return std::nullopt;
  return value;
}

std::string serial_of(const drm_s4_query_info& info) {
  return std::string(info.serial, strnlen(info.serial, sizeof info.serial));
}

Found open_found(std::string node, std::string bus_id,
                 Result<std::unique_ptr<transport::Transport>> opened) {
  Found found{std::move(node), std::move(bus_id), {}, nullptr, {}};
  if (!opened) {
    found.problem = std::move(opened).error();
    return found;
  }
  auto info = query_info(**opened, "open");
  if (!info) {
    found.problem = std::move(info).error();
    return found;
  }
  found.serial = serial_of(*info);
  found.transport = *std::move(opened);
  return found;
}

std::string describe(const std::vector<Found>& cards) {
  std::string text;
  for (size_t i = 0; i < cards.size(); ++i) {
    text += fmt::format("{}{} = {}{}{}", i ? ", " : "", i, cards[i].bus_id,
                        cards[i].serial.empty() ? "" : " = ", cards[i].serial);
  }
  return text;
}

std::optional<size_t> match(const std::vector<Found>& cards, const std::string& name) {
  // A serial number of digits alone is found only when it is no index.
  if (const auto index = as_index(name); index && *index < cards.size())
    return *index;
  for (size_t i = 0; i < cards.size(); ++i) {
    const Found& card = cards[i];
    if (name == card.bus_id || name == card.node || (!name.empty() && name == card.serial)) {
      return i;
    }
  }
  return std::nullopt;
}

std::vector<Found> driver_cards() {
  std::vector<Found> cards;
  for (const transport::DrmCard& card : transport::find_drm_cards()) {
    cards.push_back(open_found(card.node, card.bus_id, transport::open_drm(card.node)));
  }
  return cards;
}

Result<std::vector<Found>> visible_driver_cards() {
  std::vector<Found> cards = driver_cards();
  if (cards.empty()) {
    return no_device(fmt::format(
        "there is no S4 card: no node of the driver s4 in /sys/class/accel. Check that the card "
        "shows in lspci and that s4.ko is loaded; {}",
        kUseSim));
  }
  return select_visible(std::move(cards), std::getenv("S4_VISIBLE_DEVICES"));
}

std::string device_variable() {
  const char* value = std::getenv("S4_DEVICE");
  return value ? value : "";
}

}  // namespace

Result<drm_s4_query_info> query_info(transport::Transport& transport, const char* stage) {
  const transport::Identity& identity = transport.identity();
  const Where where{identity.bus_id, stage};
  drm_s4_query_info info{};
  drm_s4_dev_query query{DRM_S4_QUERY_INFO, sizeof info, reinterpret_cast<uint64_t>(&info)};
  if (const int error = transport.dev_query(query)) {
    return failed(where, error, "ask the card what it is");
  }
  if (info.abi_version >> 16 != S4_ABI_MAJOR) {
    return Error{
        Code::kVersion, 0, identity.bus_id, stage,
        fmt::format("the card has interface {}.{} (firmware {}.{}.{}, driver {}), this library "
                    "(libs4 {}.{}.{}) knows {}.x; install driver, firmware and library of one "
                    "release",
                    info.abi_version >> 16, info.abi_version & 0xffff, info.fw_version >> 24,
                    (info.fw_version >> 16) & 0xff, info.fw_version & 0xffff,
                    identity.driver_version, S4_LIBRARY_VERSION_MAJOR, S4_LIBRARY_VERSION_MINOR,
                    S4_LIBRARY_VERSION_PATCH, S4_ABI_MAJOR)};
  }
  return info;
}

Result<std::vector<Found>> select_visible(std::vector<Found> cards, const char* visible) {
  if (!visible)
    return cards;
  std::vector<size_t> order;
  for (std::string rest = visible; !rest.empty();) {
    const size_t comma = rest.find(',');
    const std::string name = rest.substr(0, comma);
    rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
    const auto index = match(cards, name);
    if (!index) {
      return no_device(
          fmt::format("S4_VISIBLE_DEVICES names \"{}\", which is no card here; there "
                      "are {}",
                      name, describe(cards)));
    }
    if (std::find(order.begin(), order.end(), *index) != order.end()) {
      return Error{Code::kInvalidArgument,
                   0,
                   {},
                   "open",
                   fmt::format("S4_VISIBLE_DEVICES names the card \"{}\" twice", name)};
    }
    order.push_back(*index);
  }
  if (order.empty()) {
    return no_device(
        fmt::format("S4_VISIBLE_DEVICES is empty and hides all cards; unset it, or "
                    "name some of {}",
                    describe(cards)));
  }
  std::vector<Found> chosen;
  for (const size_t index : order)
    chosen.push_back(std::move(cards[index]));
  return chosen;
}

Result<size_t> select_named(const std::vector<Found>& cards, const std::string& name) {
  if (const auto index = match(cards, name))
    return *index;
  return no_device(
      fmt::format("\"{}\" is no visible card; there are {}. Give an index, a bus id, "
                  "a serial number or a node; {}",
                  name, describe(cards), kUseSim));
}

Result<std::vector<Found>> find_cards() {
  const std::string variable = device_variable();
  if (!sim::names_sim(variable))
    return visible_driver_cards();
  Found card = open_found({}, "sim:0", transport::open_sim(variable));
  if (!card.transport)
    return std::move(card.problem);
  std::vector<Found> cards;
  cards.push_back(std::move(card));
  return cards;
}

Result<std::unique_ptr<transport::Transport>> open_card(const char* name, unsigned* index) {
  *index = 0;
  const std::string variable = device_variable();
  const std::string wanted = name ? name : variable;
  if (sim::names_sim(wanted)) {
    // "sim:0" is what listing calls the card that S4_DEVICE describes.
    const bool listed = name && wanted == "sim:0" && sim::names_sim(variable);
    return transport::open_sim(listed ? variable : wanted);
  }
  if (wanted.rfind("/", 0) == 0)
    return transport::open_drm(wanted);
  auto cards = visible_driver_cards();
  if (!cards)
    return std::move(cards).error();
  size_t chosen = 0;
  if (!wanted.empty()) {
    auto selected = select_named(*cards, wanted);
    if (!selected)
      return std::move(selected).error();
    chosen = *selected;
  }
  *index = static_cast<unsigned>(chosen);
  Found& card = (*cards)[chosen];
  if (!card.transport)
    return std::move(card.problem);
  return std::move(card.transport);
}

}  // namespace s4::core
