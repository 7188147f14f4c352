// SPDX-License-Identifier: MIT
// s4-bench model: whole networks of published shapes with random weights on the emulated card: what
// each layer costs the card, and how fast card and host are.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <thread>

#include "bench.hpp"
#include "measure.hpp"
#include "model/cost.hpp"
#include "model/onnx.hpp"
#include "model/peer.hpp"
#include "model/profile.hpp"
#include "model/roofline.hpp"
#include "model/runner.hpp"

namespace s4::bench {
namespace {

constexpr double kCyclesPerSecond = S4_CLOCK_TOP_KHZ * 1e3;

void arguments(CLI::App& app, Options& options) {
  ModelOptions& o = options.model;
  app.add_option("name", o.name, "resnet50, resnet101, resnet152, bert-base or bert-large")
      ->required();
  app.add_option("--degree", o.degree, "of pruned layers")
      ->check(CLI::IsMember({1, 2, 4, 8, 16, 32}))
      ->capture_default_str();
  app.add_option("--batch", o.batch, "inferences at a time")
      ->check(CLI::Range(1u, 256u))
      ->capture_default_str();
  app.add_option("--precision", o.precision, "int8 or bf16")
      ->check(CLI::IsMember({"int8", "bf16"}))
      ->capture_default_str();
  app.add_option("--sequence", o.sequence, "tokens of BERT; 0: 128, and 384 of bert-large");
  app.add_option("--on-chip", o.on_chip_mib, "MiB of on-chip memory for activations; 0: all");
  app.add_option("--plot", o.plot, "write a roofline picture of the layers to this file (SVG)");
  app.add_option("--export", o.export_file,
                 "write the network to this file as a dense ONNX model, and measure nothing");
  CLI::Option* profile = app.add_flag(
      "--profile", o.profile, "host time of each layer, and the share that goes into the firmware");
  app.add_flag(
         "--peer", o.peer,
         "host throughput beside the same network, dense, on ONNX Runtime (tools/setup --only "
         "peer)")
      ->excludes(profile);
}

Sample exact(double value) {
  return {.median = value, .spread = 0, .runs = 1};
}

class Measurement {
 public:
  Measurement(const Options& options, Report& report)
      : options_(options),
        report_(report),
        o_(options.model),
        network_(make_network(o_.name, o_.precision == "int8" ? S4_TYPE_INT8 : S4_TYPE_BF16,
                              o_.batch, o_.sequence)),
        weights_(plan_weights(network_, o_.degree)),
        placement_(place(lifetimes(network_), on_chip_bytes())),
        runner_(device(), network_, weights_, placement_),
        commands_(build(network_, placement_, weights_, runner_.bases())),
        costs_(layer_costs(network_.layers.size(), commands_)) {}

  std::optional<std::string> run() {
    runner_.load(commands_);
    const uint64_t card_cycles = runner_.infer().card_cycles;  // warms up
    std::vector<double> layer_seconds;
    if (o_.profile) {
      layer_seconds = runner_.layer_seconds(commands_, network_.layers.size());
    }
    if (o_.peer) {
      run_beside_peer(card_cycles);
      return plot();
    }
    const std::optional<double> firmware_before = thread_seconds(kFirmwareThread);
    std::vector<double> seconds;
    double host = 0;
    double processor = processor_seconds();
    for (unsigned i = 0; i < options_.runs; ++i) {
      seconds.push_back(runner_.infer().seconds);
      host += seconds.back();
    }
    processor = processor_seconds() - processor;
    const std::optional<double> firmware = thread_seconds(kFirmwareThread);
    report_layers(layer_seconds);
    report_total(card_cycles, seconds, std::nullopt);
    if (o_.profile && firmware && firmware_before) {
      const double used = *firmware - *firmware_before;
      add("total", "firmware thread of host time", exact(used / host * 100), "%");
      add("total", "firmware thread of processor time", exact(used / processor * 100), "%");
    }
    return plot();
  }

 private:
  void run_beside_peer(uint64_t card_cycles) {
    ModelPeer peer(network_,
                   options_.threads != 0 ? options_.threads : std::thread::hardware_concurrency());
    std::vector<double> card;
    std::vector<double> other;
    for (unsigned turn = 0; turn < options_.runs; ++turn) {
      let_others_sleep();
      runner_.infer();  // warms up, here and below
      card.push_back(runner_.infer().seconds);
      let_others_sleep();
      peer.infer();
      other.push_back(peer.infer());
    }
    report_layers({});
    report_total(card_cycles, card, Peer{peer.name(), summarise(rates(other)).median});
  }

  uint64_t on_chip_bytes() const {
    const uint64_t all = uint64_t{S4_SRAM_BYTES} * S4_NUM_CORES;
    return o_.on_chip_mib == 0 ? all : std::min(all, uint64_t{o_.on_chip_mib} << 20);
  }
  std::string device() const {
    if (!options_.device.empty()) {
      return options_.device;
    }
    return options_.threads == 0 ? "sim:" : fmt::format("sim:threads={}", options_.threads);
  }

  void add(std::string name, std::string metric, Sample value, std::string unit,
           std::string clock = "host", std::vector<Detail> details = {},
           std::optional<Peer> peer = std::nullopt) {
    report_.add({.bench = "model",
                 .name = std::move(name),
                 .metric = std::move(metric),
                 .value = value,
                 .unit = std::move(unit),
                 .clock = std::move(clock),
                 .peer = std::move(peer),
                 .details = std::move(details)});
  }

  static std::vector<Detail> details(const LayerCost& cost) {
    return {{"array", static_cast<double>(cost.parts.array)},
            {"vpu", static_cast<double>(cost.parts.vpu)},
            {"memory", static_cast<double>(cost.parts.memory)},
            {"fixed", static_cast<double>(cost.parts.fixed)},
            {"bound", std::string(cost.bound())}};
  }

  void report_layers(const std::vector<double>& seconds) {
    for (const std::vector<size_t>& layers : network_.layers_by_name()) {
      const Layer& layer = network_.layers[layers.front()];
      const LayerCost cost = sum(costs_, layers);
      std::vector<Detail> more = details(cost);
      const Spot& spot = placement_.spots[static_cast<size_t>(layer.y)];
      more.push_back({"result", std::string(spot.on_chip ? "on chip" : "DRAM")});
      if (layer.has_weights()) {
        more.push_back({"degree", static_cast<double>(weights_.layers[layers.front()].degree)});
      }
      add(layer.name, "cycles", exact(static_cast<double>(cost.cycles)), "cycles", "card",
          std::move(more));
      if (!seconds.empty()) {
        double time = 0;
        for (const size_t i : layers) {
          time += seconds[i];
        }
        add(layer.name, "time", exact(time), "s");
      }
    }
  }

  // Inferences a second.
  std::vector<double> rates(const std::vector<double>& seconds) const {
    std::vector<double> rates;
    for (const double s : seconds) {
      rates.push_back(network_.batch / s);
    }
    return rates;
  }

  void report_total(uint64_t card_cycles, const std::vector<double>& seconds,
                    std::optional<Peer> peer) {
    const double inferences = network_.batch;
    add("total", "cycles", exact(static_cast<double>(card_cycles)), "cycles", "card",
        details(sum(costs_)));
    add("total", "throughput",
        exact(inferences * kCyclesPerSecond / static_cast<double>(card_cycles)), "inferences/s",
        "card");
    add("total", "throughput", summarise(rates(seconds)), "inferences/s", "host", {},
        std::move(peer));
    add("total", "on-chip memory", exact(static_cast<double>(placement_.chip_bytes)), "B", "card");
    uint64_t spilled = 0;
    for (size_t i = 0; i < network_.tensors.size(); ++i) {
      const Tensor& tensor = network_.tensors[i];
      spilled += tensor.outside || placement_.spots[i].on_chip ? 0 : tensor.bytes();
    }
    add("total", "activations in DRAM", exact(static_cast<double>(spilled)), "B", "card");
    add("total", "weights", exact(static_cast<double>(weights_.bytes)), "B", "card");
  }

  std::optional<std::string> plot() const {
    if (o_.plot.empty()) {
      return std::nullopt;
    }
    std::ofstream file(o_.plot);
    write_svg(file, roofline(network_, o_.degree, costs_));
    file.close();
    return file ? std::nullopt : std::optional(fmt::format("cannot write {}", o_.plot));
  }

  const Options& options_;
  Report& report_;
  const ModelOptions& o_;
  Network network_;
  WeightPlan weights_;
  Placement placement_;
  Runner runner_;
  std::vector<BuiltCommand> commands_;
  std::vector<LayerCost> costs_;
};

std::optional<std::string> run_model(const Options& options, Report& report) {
  const ModelOptions& o = options.model;
  if (!o.export_file.empty()) {
    // The precision is the card's alone.
    write_onnx(make_onnx(make_network(o.name, S4_TYPE_BF16, o.batch, o.sequence), Values::kRandom),
               o.export_file);
    return std::nullopt;
  }
  return Measurement(options, report).run();
}

}  // namespace

const Bench kModelBench{"model", "a network of published shapes: card time by layer, throughput",
                        run_model, arguments};

}  // namespace s4::bench
