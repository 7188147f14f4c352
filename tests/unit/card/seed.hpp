// SPDX-License-Identifier: MIT
// The seed of a property test: S4_TEST_SEED, or a new one; always printed.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

namespace s4::test {

inline uint64_t test_seed() {
  const char* given = std::getenv("S4_TEST_SEED");
  const uint64_t seed = given ? std::strtoull(given, nullptr, 0) : std::random_device{}();
  std::printf("S4_TEST_SEED=%lu\n", static_cast<unsigned long>(seed));
  ::testing::Test::RecordProperty("seed", std::to_string(seed));
  return seed;
}

}  // namespace s4::test
