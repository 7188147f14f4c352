// SPDX-License-Identifier: MIT
// The bare engine as something that competes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench.hpp"
#include "engine/options.hpp"
#include "flat_memory.hpp"
#include "measure.hpp"

namespace s4::bench {

// The engine that the options ask for; nullptr with *problem why there is none.
std::unique_ptr<card::Engine> bench_engine(const Options& options, std::string* problem);

Contender engine_contender(card::Engine& engine, FlatMemory& memory, const s4_dispatch& dispatch);

std::vector<double> rates(const std::vector<double>& seconds, double operations);

}  // namespace s4::bench
