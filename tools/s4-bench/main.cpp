// SPDX-License-Identifier: MIT
// s4-bench NAME: measures one thing and prints figures.
#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>

#include "bench.hpp"

namespace {

// The peer's OpenMP threads would spin between its turns, on the cores that the engine's turn needs,
// and the engine's on theirs. The OpenMP library reads this when it is loaded: start again with it set.
void let_openmp_wait_passively(char** argv) {
  if (getenv("OMP_WAIT_POLICY") == nullptr) {
    setenv("OMP_WAIT_POLICY", "passive", 1);
    setenv("GOMP_SPINCOUNT", "0", 1);
    execv("/proc/self/exe", argv);  // on failure things go on as they are
  }
}

}  // namespace

int main(int argc, char** argv) {
  using namespace s4::bench;
  let_openmp_wait_passively(argv);
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
    CLI::App* command = app.add_subcommand(std::string(bench->name), std::string(bench->summary));
    command->callback([&chosen, bench] { chosen = bench; });
    if (bench->arguments != nullptr) {
      bench->arguments(*command, options);
    }
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
