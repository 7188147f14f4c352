// SPDX-License-Identifier: MIT
// The seed of a property test: from S4_TEST_SEED, or new each time, and always printed.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>

namespace s4::test {

class Random {
 public:
  Random() : seed_(choose()), engine_(seed_) {
    ::testing::Test::RecordProperty("seed", std::to_string(seed_));
  }
  uint64_t seed() const { return seed_; }
  std::string text() const { return "S4_TEST_SEED=" + std::to_string(seed_); }

  uint64_t bits() { return engine_(); }
  // In [low, high].
  uint64_t number(uint64_t low, uint64_t high) { return low + engine_() % (high - low + 1); }
  bool chance(unsigned percent) { return engine_() % 100 < percent; }
  template <class T>
  T one_of(std::initializer_list<T> choices) {
    return *(choices.begin() + engine_() % choices.size());
  }

 private:
  static uint64_t choose() {
    if (const char* given = std::getenv("S4_TEST_SEED")) {
      return std::strtoull(given, nullptr, 0);
    }
    return std::random_device{}();
  }
  uint64_t seed_;
  std::mt19937_64 engine_;
};

}  // namespace s4::test
