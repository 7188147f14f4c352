// SPDX-License-Identifier: MIT
// The firmware's trap entry: it hands over cause, place and value, on a stack of its own, whatever
// state the stack pointer is in.
#include "check.hpp"

extern "C" {
extern uint32_t test_stack_begin[], s4_fw_crash_stack_top[];
void trap_place();  // an illegal instruction
}

asm(".text\n.globl trap_place\n.balign 4\ntrap_place: .word 0xffffffff\nret\n");

extern "C" void s4_fw_trap(uint32_t cause, uint32_t pc, uint32_t tval, uint32_t ra, uint32_t sp) {
  uint32_t here;
  asm("mv %0, sp" : "=r"(here));
  const auto crash_top = reinterpret_cast<uint32_t>(s4_fw_crash_stack_top);
  CHECK(here < crash_top && here > crash_top - 0x1000);
  CHECK(cause == 2);
  CHECK(pc == reinterpret_cast<uint32_t>(trap_place));
  CHECK(tval == 0xffffffff);
  CHECK(ra != 0);
  CHECK(sp == 0x30000000);  // no memory at all there
  test_exit(0);
}

int main() {
  asm volatile("li sp, 0x30000000\n call trap_place" ::: "ra", "memory");
  return 1;
}
