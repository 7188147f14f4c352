// SPDX-License-Identifier: MIT
// A random command with memory to run it on, and what cases of all commands are drawn with. Each
// family of commands draws its own in FAMILY_case.cpp.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "fake_memory.hpp"
#include "s4/abi/s4_check.h"
#include "seed.hpp"

namespace s4::test {

struct Case {
  s4_cmd command{};
  void (*reference)(const s4_cmd& command, FakeMemory& memory) = nullptr;
  FakeMemory memory;
  uint64_t y_va = 0;  // what the command may write, with guard bytes before and after
  uint64_t y_bytes = 0;
  std::string text;  // for messages

  std::vector<uint8_t> output() const { return memory.bytes(y_va, y_bytes); }
  void restore(const std::vector<uint8_t>& bytes) { memory.put(y_va, bytes); }
};

// What output() is after the command, by the reference; the case is left as it was.
std::vector<uint8_t> expected(Case& c);

// How floating-point values are drawn.
enum class Values {
  kOrdinary,   // about one in size, zeros of both signs
  kFullRange,  // any finite number
  kTiny,       // subnormals and products that vanish
  kAnything,   // any bits: NaN and infinities too
};

uint16_t random_bf16(Random& random, Values values);
uint32_t random_float(Random& random, Values values);  // bits

Values random_values(Random& random);

// Hands out addresses with unmapped pages between.
class Places {
 public:
  // scattered: pages in any order and some in host memory; else one writable piece.
  Places(Case& c, Random& random, bool scattered)
      : case_(c), random_(random), scattered_(scattered) {}

  // `bytes` mapped bytes at a multiple of `align`, with guards mapped around them.
  uint64_t take(uint64_t bytes, uint64_t align);
  // The same for the result, filled with noise.
  uint64_t take_output(uint64_t bytes, uint64_t align);

 private:
  Case& case_;
  Random& random_;
  bool scattered_;
  uint64_t next_ = 0x7f0000200000;
};

// Fills `bytes` bytes with elements of a type.
void put_elements(Case& c, Random& random, uint64_t va, uint64_t bytes, uint32_t type,
                  Values values);

// Bytes from the first to the last of `count` runs.
inline uint64_t extent(uint64_t count, uint64_t pitch, uint64_t run) {
  return (count - 1) * pitch + run;
}

}  // namespace s4::test
