// SPDX-License-Identifier: MIT
// What a card that has nothing to do costs its host: processor time and memory. Measures a
// simulated card of full size in this process, or, with --pid, an emulator that runs; with
// --peer-pid, one without a card beside it.
#include <fmt/core.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <s4/s4.hpp>
#include <thread>

#include "bench.hpp"

namespace s4::bench {
namespace {

constexpr std::chrono::seconds kTurn{1};

// Seconds of processor time that the process has used.
double processor_seconds(int pid) {
  clockid_t clock{};
  timespec used{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0) {
    throw std::runtime_error(fmt::format("there is no process {}", pid));
  }
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

double resident_bytes(int pid) {
  std::ifstream statm(fmt::format("/proc/{}/statm", pid));
  double size = 0, resident = 0;
  statm >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

// Share of one core that `pid` uses, turn by turn; beyond what `peer_pid` does, if that is given.
std::vector<double> shares(int pid, int peer_pid, unsigned turns) {
  std::vector<double> result;
  const auto used = [&] {
    return processor_seconds(pid) - (peer_pid != 0 ? processor_seconds(peer_pid) : 0);
  };
  for (unsigned turn = 0; turn < turns; ++turn) {
    const double before = used();
    const auto begin = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(kTurn);
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
    result.push_back((used() - before) / wall.count());
  }
  return result;
}

std::optional<std::string> run(const Options& options, Report& report) {
  const int self = getpid();
  const double before = resident_bytes(self);
  std::optional<Device> card;
  if (options.pid == 0) {
    auto device = Device::open(options.device.empty() ? "sim:" : options.device);
    if (!device) {
      return device.error().text();
    }
    card = std::move(*device);
  }
  const int pid = options.pid != 0 ? options.pid : self;
  const std::string name = options.pid == 0        ? "card in process, 20 GiB"
                           : options.peer_pid == 0 ? "emulator"
                                                   : "emulator, beyond one without a card";
  report.add({.bench = "idle",
              .name = name,
              .metric = "processor",
              .value = summarise(shares(pid, options.peer_pid, options.runs)),
              .unit = "cores",
              .better = Better::kLower});
  const double base = options.peer_pid != 0 ? resident_bytes(options.peer_pid)
                      : options.pid == 0    ? before
                                            : 0;
  report.add({.bench = "idle",
              .name = name,
              .metric = "resident",
              .value = {resident_bytes(pid) - base, 0, 1},
              .unit = "B",
              .better = Better::kLower});
  return std::nullopt;
}

}  // namespace

const Bench kIdleBench{"idle", "processor time and memory of a card with nothing to do", run};

}  // namespace s4::bench
