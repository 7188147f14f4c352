# SPDX-License-Identifier: MIT
# mcycle and minstret: what counts, writes, carries between the halves, inhibition.
#include "test.inc"
main:
  // Straight code: one each.
  csrr a0, minstret
  csrr a1, minstret
  sub a1, a1, a0
  check a1, 1
  csrr a0, mcycle
  nop
  nop
  csrr a1, mcycle
  sub a1, a1, a0
  check a1, 3

  // A write is what the next instruction reads.
  li a0, 1000
  csrw minstret, a0
  csrr a1, minstret
  check a1, 1000
  csrw mcycle, a0
  csrr a1, mcycle
  check a1, 1000
  csrwi minstreth, 7
  csrr a1, minstreth
  check a1, 7
  csrwi mcycleh, 9
  csrr a1, mcycleh
  check a1, 9
  csrr a1, minstreth
  check a1, 7

  // The low half carries into the high one.
  csrwi mcycleh, 0
  li a0, -2
  csrw mcycle, a0
  nop
  csrr a1, mcycle
  csrr a2, mcycle
  csrr a3, mcycleh
  check a1, -1
  check a2, 0
  check a3, 1

  // ecall does not retire but takes its cycle: from the one read to the other there are ecall, the
  // six instructions of the handler and this csrr.
  la s11, 1f
  csrr a0, minstret
  ecall
1:
  csrr a1, minstret
  sub a1, a1, a0
  check a1, 7
  la s11, 2f
  csrr a0, mcycle
  ecall
2:
  csrr a1, mcycle
  sub a1, a1, a0
  check a1, 8
  // Neither does an instruction that faults.
  la s11, 3f
  csrr a0, minstret
  lw a1, 0(zero)
3:
  csrr a1, minstret
  sub a1, a1, a0
  check a1, 7

  // Inhibited, both stand still and can be written.
  csrwi mcountinhibit, 5
  csrr a0, minstret
  csrr a2, mcycle
  nop
  nop
  csrr a1, minstret
  csrr a3, mcycle
  sub a1, a1, a0
  check a1, 0
  sub a3, a3, a2
  check a3, 0
  csrwi minstret, 3
  nop
  csrr a1, minstret
  check a1, 3
  csrwi mcountinhibit, 1
  csrr a1, minstret
  csrr a2, minstret
  sub a2, a2, a1
  check a2, 1
  csrwi mcountinhibit, 4
  csrr a1, mcycle
  csrr a2, mcycle
  sub a2, a2, a1
  check a2, 1
  j pass
