// SPDX-License-Identifier: MIT
// Random commands with memory to run them on.
#pragma once

#include <string>
#include <vector>

#include "fake_memory.hpp"
#include "s4/abi/s4_cmd.h"
#include "seed.hpp"

namespace s4::test {

struct Case {
  s4_cmd command{};
  FakeMemory memory;
  uint64_t y_va = 0;  // what the command may write, with guard bytes before and after
  uint64_t y_bytes = 0;
  std::string text;  // for messages

  std::vector<uint8_t> output() const { return memory.bytes(y_va, y_bytes); }
  void restore(const std::vector<uint8_t>& bytes) { memory.put(y_va, bytes); }
};

// How floating-point values are drawn.
enum class Values {
  kOrdinary,   // about one in size, zeros of both signs
  kFullRange,  // any finite number
  kTiny,       // subnormals and products that vanish
  kAnything,   // any bits: NaN and infinities too
};

uint16_t random_bf16(Random& random, Values values);
uint32_t random_float(Random& random, Values values);  // bits

// Valid index plane for [rows][k] at a degree above 1.
std::vector<uint8_t> random_indices(Random& random, uint32_t rows, uint32_t k, uint32_t degree);

struct SpmmLimits {
  uint32_t rows = 90;
  uint32_t k = 700;
  uint32_t columns = 140;
  bool scattered = true;  // false: all of memory contiguous and writable in place
};
Case random_spmm(Random& random, SpmmLimits limits = {});
Case random_eltwise(Random& random);
Case random_copy(Random& random);
Case random_fill(Random& random);

// What output() is after the command, by the reference; the case is left as it was.
std::vector<uint8_t> expected(Case& c);

}  // namespace s4::test
