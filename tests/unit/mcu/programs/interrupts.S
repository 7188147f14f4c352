# SPDX-License-Identifier: MIT
# Software and timer interrupts: enabling, priority, vectors, return.
#include "test.inc"
  .set kMsip, 0x02000000
  .set kCompare, 0x02004000
  .set kTime, 0x0200bff8

  .text
  // Clears msip and returns to what was interrupted, counting in s10.
  .balign 4
software_handler:
  csrr s9, mcause
  csrr s8, mepc
  addi s10, s10, 1
  li t6, kMsip
  sw zero, 0(t6)
  mret

  // Puts mtimecmp out of reach.
  .balign 4
timer_handler:
  csrr s9, mcause
  csrr s8, mepc
  csrr s7, mstatus
  addi s10, s10, 1
  li t6, kCompare
  li t5, -1
  sw t5, 4(t6)
  mret

  .balign 4
vectors:
  j on_exception
  .balign 4
  j fail
  .balign 4
  j fail
  .balign 4
  j software_handler
  .balign 4
  j fail
  .balign 4
  j fail
  .balign 4
  j fail
  .balign 4
  j timer_handler
on_exception:
  j trap_handler

main:
  li s0, kMsip
  li s1, kCompare
  li a5, 1

  // Pending shows in mip; nothing happens while mie or MIE is off.
  sw a5, 0(s0)
  csrr a0, mip
  check a0, 8
  csrsi mstatus, 8
  check s10, 0
  csrci mstatus, 8
  csrsi mie, 8
  check s10, 0

  // MIE on: taken before the next instruction, which mepc names.
  la t0, software_handler
  csrw mtvec, t0
  .balign 4
  csrsi mstatus, 8
after_enable:
  check s10, 1
  check s9, 0x80000003
  check_address s8, after_enable
  csrr a0, mip
  check a0, 0

  // By the store that raises it.
  .balign 4
  sw a5, 0(s0)
after_store:
  check s10, 2
  check_address s8, after_store

  // By mie.
  csrci mie, 8
  sw a5, 0(s0)
  check s10, 2
  .balign 4
  csrsi mie, 8
after_mie:
  check s10, 3
  check_address s8, after_mie

  // By MRET, which gives MPIE back.
  csrci mstatus, 8
  sw a5, 0(s0)
  li a0, 0x80
  csrw mstatus, a0
  la a0, after_mret
  csrw mepc, a0
  mret
  unreachable
after_mret:
  check s10, 4
  check_address s8, after_mret
  csrr a0, mstatus
  check a0, 0x1888

  // The timer: far off, then past. In its handler MIE is off and MPIE on.
  csrci mstatus, 8
  la t0, timer_handler
  csrw mtvec, t0
  li a0, 0x80
  csrw mie, a0
  li a0, kTime
  lw a1, 0(a0)
  addi a1, a1, 200
  sw zero, 4(s1)
  sw a1, 0(s1)
  csrr a0, mip
  check a0, 0
  csrsi mstatus, 8
  li a2, 0
  li a3, 1000
1:
  addi a2, a2, 1
  bne s10, a5, 2f
2:
  li t4, 5
  beq s10, t4, 3f
  bltu a2, a3, 1b
  unreachable
3:
  check s9, 0x80000007
  check s7, 0x1880
  csrr a0, mip
  check a0, 0
  csrci mstatus, 8

  // Both at once: software first.
  li a0, 0x88
  csrw mie, a0
  la t0, vectors + 1
  csrw mtvec, t0
  sw zero, 0(s1)
  sw zero, 4(s1)
  sw a5, 0(s0)
  csrr a0, mip
  check a0, 0x88
  li s10, 0
  .balign 4
  csrsi mstatus, 8
both:
  csrci mstatus, 8
  check s10, 2
  check s9, 0x80000007               // the second one, after the first had returned
  check_address s8, both

  // Exceptions in vectored mode go to the base.
  expect_trap 11, 0, ecall
  j pass
