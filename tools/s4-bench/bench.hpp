// SPDX-License-Identifier: MIT
// What a benchmark is: a name, a line of text, and a function that measures and reports figures.
// Adding one is a file that defines a Bench and a line in registry.cpp.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/options.hpp"
#include "report.hpp"

namespace CLI {
class App;
}

namespace s4::bench {

struct Options {
  unsigned runs = 9;       // measurements a figure; the median counts
  unsigned threads = 0;    // of the card and of the peer; 0: one a processor
  std::string target;      // vector target for the engine ("AVX2"); empty: the best
  std::string device;      // "sim:" or a card, for benches that need a device; empty: the default
  int pid = 0;             // idle: a running emulator
  int peer_pid = 0;        // idle: one without a card
  ModelOptions model;
};

struct Bench {
  std::string_view name;
  std::string_view summary;
  // Measures and reports. A text when it cannot: what is missing and what to do.
  std::optional<std::string> (*run)(const Options& options, Report& report);
  // Arguments that only this one takes.
  void (*arguments)(CLI::App& app, Options& options) = nullptr;
};

std::span<const Bench* const> all_benches();

extern const Bench kConvBench;
extern const Bench kCopyBench;
extern const Bench kIdleBench;
extern const Bench kLatencyBench;
extern const Bench kModelBench;
extern const Bench kScalingBench;
extern const Bench kSpmmBench;

}  // namespace s4::bench
