// SPDX-License-Identifier: MIT
// A stack that overflows leaves RAM and traps, instead of overwriting data.
#include "check.hpp"

extern "C" uint32_t test_stack_begin[];

extern "C" void s4_fw_trap(uint32_t cause, uint32_t, uint32_t tval, uint32_t, uint32_t sp) {
  const auto begin = reinterpret_cast<uint32_t>(test_stack_begin);
  CHECK(cause == 7);  // store access fault
  CHECK(tval < begin && begin - tval < 0x1000);
  CHECK(sp < begin);
  test_exit(0);
}

[[gnu::noinline]] uint32_t dig(uint32_t depth) {
  volatile uint32_t hole[16];
  hole[depth % 16] = depth;
  return dig(depth + 1) + hole[depth % 16];
}

int main() {
  volatile uint32_t depth = 0;
  return static_cast<int>(dig(depth)) | 1;
}
