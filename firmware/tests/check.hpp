// SPDX-License-Identifier: MIT
// Checks of the bare test programs: the first that fails prints its line and ends the program.
#pragma once

#include <stdint.h>

extern "C" {
extern volatile uint64_t tohost;
[[noreturn]] void test_exit(int status);
// What the firmware's trap handler calls; a program that expects a trap brings its own.
[[noreturn]] void s4_fw_trap(uint32_t cause, uint32_t pc, uint32_t tval, uint32_t ra, uint32_t sp);
}

namespace s4::fw::test {

inline void put(char c) {
  tohost = uint64_t{0x0101} << 48 | static_cast<uint8_t>(c);
}
inline void print(const char* text) {
  while (*text)
    put(*text++);
}
inline void print_number(uint32_t n) {
  if (n > 9)
    print_number(n / 10);
  put(static_cast<char>('0' + n % 10));
}

[[noreturn]] inline void fail(const char* what, int line) {
  print("line ");
  print_number(static_cast<uint32_t>(line));
  print(": ");
  print(what);
  print("\n");
  test_exit(1);
}

}  // namespace s4::fw::test

#define CHECK(condition)                        \
  do {                                          \
    if (!(condition))                           \
      s4::fw::test::fail(#condition, __LINE__); \
  } while (0)

#define NO_TRAP_EXPECTED                                                                  \
  extern "C" void s4_fw_trap(uint32_t cause, uint32_t pc, uint32_t, uint32_t, uint32_t) { \
    s4::fw::test::print("trap, cause ");                                                  \
    s4::fw::test::print_number(cause);                                                    \
    s4::fw::test::print(" at ");                                                          \
    s4::fw::test::print_number(pc);                                                       \
    s4::fw::test::fail("unexpected trap", 0);                                             \
  }
