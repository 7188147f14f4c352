// SPDX-License-Identifier: MIT
// Every benchmark: one line each.
#include <array>

#include "bench.hpp"

namespace s4::bench {
namespace {

constexpr std::array kBenches = {
    &kConvBench,
    &kCopyBench,
    &kIdleBench,
    &kLatencyBench,
    &kModelBench,
    &kScalingBench,
    &kSpmmBench,
};

}  // namespace

std::span<const Bench* const> all_benches() { return kBenches; }

}  // namespace s4::bench
