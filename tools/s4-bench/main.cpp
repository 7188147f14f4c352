// SPDX-License-Identifier: MIT
// s4-bench NAME: measures one thing and prints figures.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <exception>

#include "bench.hpp"

int main(int argc, char** argv) {
  using namespace s4::bench;
  CLI::App app{"Measures S4: ratios to a peer in one run, medians with their spread."};
  app.require_subcommand(1);
  app.fallthrough();
  Options options;
  bool json = false;
  app.add_flag("--json", json, "print a JSON object a figure, one a line");
  app.add_option("--runs", options.runs, "measurements a figure; the median counts")
      ->check(CLI::Range(1u, 1000u))
      ->capture_default_str();
  app.add_option("--threads", options.threads, "threads of the card and of the peer; 0: all");
  app.add_option("--target", options.target, "vector instructions of the engine, such as AVX2");
  app.add_option("--device", options.device, "card to measure, or sim:");
  app.add_option("--pid", options.pid, "idle: measure this running emulator");
  app.add_option("--peer-pid", options.peer_pid, "idle: beyond this one, without a card");
  const Bench* chosen = nullptr;
  for (const Bench* bench : all_benches()) {
    app.add_subcommand(std::string(bench->name), std::string(bench->summary))
        ->callback([&chosen, bench] { chosen = bench; });
  }
  CLI11_PARSE(app, argc, argv);

  Report report(json);
  try {
    if (const std::optional<std::string> problem = chosen->run(options, report)) {
      fmt::print(stderr, "s4-bench {}: {}\n", chosen->name, *problem);
      return 1;
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "s4-bench {}: {}\n", chosen->name, error.what());
    return 1;
  }
  report.finish();
  return 0;
}
