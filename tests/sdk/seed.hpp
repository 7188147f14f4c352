// SPDX-License-Identifier: MIT
// Random tests that can be run again: S4_TEST_SEED overrides the seed that a failure printed.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace s4::test {

class Random {
 public:
  Random() {
    const char* given = std::getenv("S4_TEST_SEED");
    seed_ = given ? std::strtoull(given, nullptr, 0) : std::random_device{}();
    engine_.seed(seed_);
    testing::Test::RecordProperty("seed", std::to_string(seed_));
  }
  uint64_t seed() const { return seed_; }
  uint64_t below(uint64_t end) {
    return std::uniform_int_distribution<uint64_t>(0, end - 1)(engine_);
  }
  float normal() { return std::normal_distribution<float>(0, 1)(engine_); }
  bool chance(double p) { return std::bernoulli_distribution(p)(engine_); }

 private:
  uint64_t seed_ = 0;
  std::mt19937_64 engine_;
};

}  // namespace s4::test
