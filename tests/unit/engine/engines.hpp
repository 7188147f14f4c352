// SPDX-License-Identifier: MIT
// Engines on every Highway target that this machine runs, with 1, 2 and 4 threads.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/options.hpp"
#include "fake_memory.hpp"
#include "s4/abi/s4_check.h"

namespace s4::test {

struct NamedEngine {
  std::string name;
  std::unique_ptr<card::Engine> engine;
};

inline const std::vector<NamedEngine>& all_engines() {
  static const std::vector<NamedEngine> engines = [] {
    std::vector<NamedEngine> result;
    for (const card::EngineTarget& target : card::engine_targets()) {
      for (const unsigned threads : {1u, 2u, 4u}) {
        result.push_back({target.name + "/" + std::to_string(threads),
                          card::create_engine({.threads = threads, .targets = target.bit})});
      }
    }
    return result;
  }();
  return engines;
}

inline s4_dispatch dispatch_of(const s4_cmd& command) {
  s4_dispatch dispatch{};
  dispatch.sram_cores = 1;
  dispatch.command = command;
  return dispatch;
}

// The command whole, or split over `cores` along `axis`, one share after the other.
inline card::Fault run_split(card::Engine& engine, const s4_cmd& command, card::MemoryPort& port,
                             s4_slice axis, unsigned cores) {
  if (axis == S4_SLICE_ALL) {
    return engine.run(dispatch_of(command), port);
  }
  for (unsigned core = 0; core < cores; ++core) {
    s4_dispatch dispatch = dispatch_of(command);
    dispatch.slice_axis = axis;
    dispatch.sram_cores = S4_NUM_CORES;
    __u64 begin = 0;
    __u64 end = 0;
    if (!s4_cmd_slice(&command, axis, core, cores, &begin, &end)) {
      continue;
    }
    dispatch.slice_begin = begin;
    dispatch.slice_end = end;
    if (const card::Fault fault = engine.run(dispatch, port)) {
      return fault;
    }
  }
  return {};
}

}  // namespace s4::test
