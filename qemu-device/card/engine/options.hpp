// SPDX-License-Identifier: MIT
// What tests and benchmarks may set beyond Engine::create().
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.hpp"

namespace s4::card {

struct EngineOptions {
  unsigned threads = 0;  // as Engine::create()
  ThreadHooks hooks{};
  int64_t targets = ~int64_t{0};  // Highway targets that kernels may use; the best is taken
};

// nullptr when this processor supports none of the targets.
std::unique_ptr<Engine> create_engine(EngineOptions options);

// Targets that kernels were built for and that this processor runs, best first.
struct EngineTarget {
  int64_t bit;
  std::string name;
};
std::vector<EngineTarget> engine_targets();

}  // namespace s4::card
