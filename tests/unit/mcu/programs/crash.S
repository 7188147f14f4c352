# SPDX-License-Identifier: MIT
# A trap whose handler is not memory.
#include "test.inc"
main:
  li a0, 0x1000
  csrw mtvec, a0
  .globl the_culprit
the_culprit:
  ecall
  j pass
