# SPDX-License-Identifier: MIT
# WFI: wakes by what mie enables, whether or not MIE lets the interrupt in.
#include "test.inc"
  .set kMsip, 0x02000000
  .set kCompare, 0x02004000
  .set kTime, 0x0200bff8

  // Puts mtimecmp out of reach and goes on where it was told to.
  .balign 4
timer_handler:
  li t6, -1
  sw t6, 4(s1)
  j trap_handler

main:
  // Something is pending already: goes on.
  li s0, kMsip
  li a5, 1
  csrwi mie, 8
  sw a5, 0(s0)
  wfi
  check s10, 0
  sw zero, 0(s0)

  // Sleeps until the timer, with interrupts off: no trap, the timer is pending.
  li s1, kCompare
  li a0, kTime
  lw a1, 0(a0)
  li a2, 1000000
  add a1, a1, a2
  csrr a3, mcycle
  sw zero, 4(s1)
  sw a1, 0(s1)
  li a2, 0x80
  csrw mie, a2
  wfi
  csrr a4, mcycle
  check s10, 0
  csrr a2, mip
  check a2, 0x80
  lw a2, 0(a0)
  sltu a2, a2, a1
  check a2, 0
  // Cycles stood still meanwhile.
  sub a4, a4, a3
  sltiu a4, a4, 100
  check a4, 1

  // With interrupts on: the trap comes after the WFI.
  lw a1, 0(a0)
  addi a1, a1, 500
  sw a1, 0(s1)
  la s11, handled
  la t0, timer_handler
  csrw mtvec, t0
  csrsi mstatus, 8
  .balign 4
  wfi
woken:
  unreachable
handled:
  check s10, 1
  check s9, 0x80000007
  check_address s8, woken
  j pass
