// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace s4::digits {
namespace {

// 1234567 as "1,234,567".
std::string grouped(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}

uint32_t errors_of(const Measured& m) {
  return m.mnist_right ? m.mnist_images - *m.mnist_right : m.net.test_images - m.net.test_correct;
}

double accuracy_of(const Measured& m) {
  const double right = m.mnist_right ? *m.mnist_right : m.net.test_correct;
  const double all = m.mnist_right ? m.mnist_images : m.net.test_images;
  return all > 0 ? right / all : 0;
}

std::string network_row(const Measured& m, const Experiment& experiment) {
  const Score marks = score(m, experiment.pictures);
  const std::string right =
      marks.known ? fmt::format("{} of {}", marks.right, marks.known) : std::string("-");
  return fmt::format("{:<10} {:>9} {:>10} {:>10} {:>10} {:>8.2f} %{} {:>9.2f} {:>9.3f} {:>9.2f}\n",
                     m.net.name, m.degrees(), grouped(m.weight_bytes),
                     grouped(m.multiply_accumulates()), right, 100 * accuracy_of(m),
                     m.mnist_right ? ' ' : '*', static_cast<double>(m.card_alone.count()) / 1e3,
                     m.card_ns / 1e3, m.host_ns / 1e3);
}

std::string network_table(const Experiment& experiment, std::span<const Measured> networks) {
  std::string text = fmt::format(
      "{:<10} {:>9} {:>10} {:>10} {:>10} {:>11} {:>9} {:>9} {:>9}\n"
      "{:<10} {:>9} {:>10} {:>10} {:>10} {:>11} {:>9} {:>9} {:>9}\n",
      "network", "degree", "bytes of", "multiplies", "pictures", "MNIST", "card us", "card us",
      "host us", "", "a layer", "weights", "a digit", "right", "accuracy", "alone", "in batch",
      "in batch");
  for (const Measured& m : networks)
    text += network_row(m, experiment);
  if (std::ranges::any_of(networks, [](const Measured& m) { return !m.mnist_right; })) {
    text +=
        "* of the 10,000 test images, as the file of the network says; "
        "--mnist FOLDER counts it on the card\n";
  }
  return text;
}

std::string readings_table(const Experiment& experiment, std::span<const Measured> networks) {
  size_t width = 7;
  for (const Picture& picture : experiment.pictures)
    width = std::max(width, picture.name.size());
  std::string text = fmt::format("{:<{}}", "picture", width);
  for (const Measured& m : networks)
    text += fmt::format(" {:>11}", m.net.name);
  text += "\n";
  for (size_t i = 0; i < experiment.pictures.size(); ++i) {
    const Picture& picture = experiment.pictures[i];
    text += fmt::format("{:<{}}", picture.name, width);
    for (const Measured& m : networks) {
      const Reading& reading = m.readings[i];
      const bool bad = picture.shows && *picture.shows != reading.digit;
      text += fmt::format("  {} {} {:>4.0f} %", bad ? '!' : ' ', reading.digit,
                          100 * reading.probability);
    }
    text += "\n";
  }
  return text;
}

const Measured* find(std::span<const Measured> networks, const char* name) {
  const auto found =
      std::ranges::find_if(networks, [&](const Measured& m) { return m.net.name == name; });
  return found == networks.end() ? nullptr : &*found;
}

// What sparsity bought.
std::string comparison(std::span<const Measured> networks) {
  std::string text;
  const Measured* dense = find(networks, "base-1x");
  const Measured* sparse = find(networks, "base-32x");
  if (dense && sparse) {
    text += fmt::format(
        "The same network, pruned: base-32x keeps 1 weight in 32 of its large layers, needs {:.1f} "
        "times\nfewer bytes and {:.1f} times less card time in a batch than base-1x, and errs on "
        "{} instead of {} test images.\n",
        static_cast<double>(dense->weight_bytes) / static_cast<double>(sparse->weight_bytes),
        dense->card_ns / sparse->card_ns, errors_of(*sparse), errors_of(*dense));
  }
  const Measured* small = find(networks, "small-1x");
  const Measured* wide = find(networks, "wide-32x");
  if (small && wide) {
    text += fmt::format(
        "The same work, spent better: wide-32x (sparse) multiplies {} times a digit, small-1x "
        "(dense) {};\nthe wide sparse one errs on {} test images, the small dense one on {}.\n",
        grouped(wide->multiply_accumulates()), grouped(small->multiply_accumulates()),
        errors_of(*wide), errors_of(*small));
  }
  return text;
}

std::string check_text(std::span<const Measured> networks) {
  size_t sum = 0;
  for (const Measured& m : networks)
    sum += m.mismatches.value_or(0);
  return sum == 0 ? "Every logit is the same as the host's, bit for bit.\n"
                  : fmt::format("{} results differ from the host's.\n", sum);
}

const char* mode_name(s4_core_mode mode) {
  return mode == S4_CORE_MODE_SPLIT       ? "four cores, batch split"
         : mode == S4_CORE_MODE_BROADCAST ? "four cores, input broadcast"
                                          : "one core";
}

}  // namespace

std::string report_text(const DeviceInfo& device, const Experiment& experiment,
                        std::span<const Measured> networks) {
  std::string text = fmt::format(
      "{} at {} (serial {}), {}, batches of {}\n\n", device.name, device.bus_id, device.serial,
      mode_name(experiment.classifier.core_mode), grouped(experiment.classifier.batch));
  text += readings_table(experiment, networks) + "\n" + network_table(experiment, networks);
  if (const std::string found = comparison(networks); !found.empty())
    text += "\n" + found;
  if (experiment.check)
    text += "\n" + check_text(networks);
  return text;
}

std::string report_json(const DeviceInfo& device, const Experiment& experiment,
                        std::span<const Measured> networks) {
  using Json = nlohmann::ordered_json;
  Json all = {
      {"device", {{"name", device.name}, {"bus_id", device.bus_id}, {"serial", device.serial}}},
      {"core_mode", static_cast<int>(experiment.classifier.core_mode)},
      {"batch", experiment.classifier.batch},
      {"networks", Json::array()}};
  for (const Measured& m : networks) {
    const Score marks = score(m, experiment.pictures);
    Json pictures = Json::array();
    for (size_t i = 0; i < experiment.pictures.size(); ++i) {
      const Picture& picture = experiment.pictures[i];
      pictures.push_back({{"name", picture.name},
                          {"shows", picture.shows ? Json(*picture.shows) : Json(nullptr)},
                          {"read", m.readings[i].digit},
                          {"probability", m.readings[i].probability}});
    }
    all["networks"].push_back(
        {{"name", m.net.name},
         {"degree", m.degree()},
         {"multiply_accumulates", m.multiply_accumulates()},
         {"weight_bytes", m.weight_bytes},
         {"pictures_right", marks.right},
         {"pictures_known", marks.known},
         {"accuracy", accuracy_of(m)},
         {"accuracy_measured", m.mnist_right.has_value()},
         {"mnist_right", m.mnist_right ? Json(*m.mnist_right) : Json(nullptr)},
         {"mnist_right_in_file", m.net.test_correct},
         {"card_ns_alone", m.card_alone.count()},
         {"card_ns_per_digit", m.card_ns},
         {"host_ns_per_digit", m.host_ns},
         {"mismatches", m.mismatches ? Json(*m.mismatches) : Json(nullptr)},
         {"pictures", std::move(pictures)}});
  }
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace s4::digits
