// SPDX-License-Identifier: MIT
#include "engine_contender.hpp"

#include <fmt/core.h>

#include <future>
#include <stdexcept>

namespace s4::bench {

std::unique_ptr<card::Engine> bench_engine(const Options& options, std::string* problem) {
  int64_t targets = ~int64_t{0};
  if (!options.target.empty()) {
    targets = 0;
    for (const card::EngineTarget& target : card::engine_targets()) {
      targets |= target.name == options.target ? target.bit : 0;
    }
  }
  std::unique_ptr<card::Engine> engine =
      card::create_engine({.threads = options.threads, .targets = targets});
  if (!engine) {
    std::string known;
    for (const card::EngineTarget& target : card::engine_targets()) {
      known += " " + target.name;
    }
    *problem = options.target.empty()
               ? "this processor has no fused multiply-add, which the engine needs (x86: AVX2)"
               : fmt::format("no target {} here; there are:{}", options.target, known);
  }
  return engine;
}

Contender engine_contender(card::Engine& engine, FlatMemory& memory, const s4_dispatch& dispatch) {
  return {.run = [&engine, &memory, dispatch](unsigned iterations) {
    std::promise<card::Fault> done;
    engine.spawn([&] {
      card::Fault fault;
      for (unsigned i = 0; i < iterations && !fault; ++i) {
        fault = engine.run(dispatch, memory);
      }
      done.set_value(fault);
    });
    if (const card::Fault fault = done.get_future().get()) {
      throw std::runtime_error(fmt::format("the command failed with status {}",
                                           static_cast<int>(fault.status)));
    }
  }};
}

std::vector<double> rates(const std::vector<double>& seconds, double operations) {
  std::vector<double> result;
  for (const double s : seconds) {
    result.push_back(operations / s / 1e9);
  }
  return result;
}

}  // namespace s4::bench
