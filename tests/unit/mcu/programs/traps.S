# SPDX-License-Identifier: MIT
# Exceptions: cause, value, return address, and what they do to mstatus.
#include "test.inc"
main:
  expect_trap 11, 0, ecall
  .option push
  .option norvc
  expect_trap_here 3, ebreak
  .option pop

  // The trap saves MIE in MPIE and clears it; MRET puts it back and sets MPIE.
  .macro status_round before, inside, after
  li a0, \before
  csrw mstatus, a0
  la t0, 1f
  csrrw s0, mtvec, t0
  ecall
  .balign 4
1:
  csrr a1, mstatus
  la t0, 2f
  csrw mepc, t0
  mret
2:
  csrw mtvec, s0
  csrr a2, mstatus
  check a1, \inside
  check a2, \after
  .endm
  status_round 0x0000, 0x1800, 0x1880
  status_round 0x0008, 0x1880, 0x1888
  status_round 0x0080, 0x1800, 0x1880
  status_round 0x0088, 0x1880, 0x1888
  csrw mstatus, zero

  // In vectored mode exceptions still go to the base.
  la t0, trap_handler
  addi t0, t0, 1
  csrw mtvec, t0
  expect_trap 11, 0, ecall
  la t0, trap_handler
  csrw mtvec, t0

  // Fetches from where no memory is: mepc and mtval are the target, the link is written.
  la s11, 3f
  li s10, 0
  li a0, 0x00001000
link:
  c.jalr a0
link_after:
3:
  check s10, 1
  check s9, 1
  check s8, 0x1000
  check s7, 0x1000
  check_address ra, link_after
  // jalr drops bit 0 before it gets there.
  la s11, 4f
  li a0, 0x00001003
  jr a0
4:
  check s9, 1
  check s8, 0x1002
  check s7, 0x1002
  // By mret.
  la s11, 5f
  li a0, 0x00003000
  csrw mepc, a0
  mret
5:
  check s9, 1
  check s8, 0x3000

  // A faulting instruction has done nothing.
  la s11, 6f
  li a0, 0x1000
  li a1, 0x1234
  lw a1, 0(a0)
6:
  check a1, 0x1234
  check s10, 4

  // A trap within the handler: mepc is the inner one's.
  la t0, nesting
  csrrw s0, mtvec, t0
  la s11, 8f
  ecall
  .balign 4
nesting:
  la t0, trap_handler
  csrw mtvec, t0
  csrr a0, mepc
inner:
  ebreak
8:
  check s9, 3
  check_address s8, inner
  la a1, nesting
  sub a1, a1, a0
  sltiu a1, a1, 8
  check a1, 1
  j pass
