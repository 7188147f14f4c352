# SPDX-License-Identifier: MIT
# Every instruction of RV32C, with the ends of its immediates.
#include "test.inc"
  .data
  .balign 16
room: .space 512
  .text
main:
  .option rvc
  // Constants.
  c.li a0, -32
  check a0, -32
  c.li a0, 31
  check a0, 31
  c.lui a0, 1
  check a0, 0x1000
  c.lui a0, 31
  check a0, 0x1f000
  c.lui a0, 0xfffe0
  check a0, 0xfffe0000
  c.lui a0, 0xfffff
  check a0, 0xfffff000

  // Immediate arithmetic.
  li a0, 100
  c.addi a0, -32
  check a0, 68
  c.addi a0, 31
  check a0, 99
  li a5, 0xff
  c.andi a5, -32
  check a5, 0xe0
  c.andi a5, 31
  check a5, 0
  li a5, 0x80000001
  c.srli a5, 31
  check a5, 1
  li s0, 0x80000001
  c.srai s0, 1
  check s0, 0xc0000000
  c.srai s0, 31
  check s0, 0xffffffff
  li t0, 1
  c.slli t0, 31
  check t0, 0x80000000

  // The stack pointer.
  mv s1, sp
  c.addi16sp sp, -512
  sub a0, s1, sp
  check a0, 512
  c.addi16sp sp, 496
  sub a0, s1, sp
  check a0, 16
  c.addi16sp sp, 16
  sub a0, s1, sp
  check a0, 0
  c.addi4spn a0, sp, 4
  sub a0, a0, sp
  check a0, 4
  c.addi4spn a5, sp, 1020
  sub a5, a5, sp
  check a5, 1020

  // Registers.
  li a0, 12
  li a1, 10
  c.sub a0, a1
  check a0, 2
  li a0, 12
  c.xor a0, a1
  check a0, 6
  li a0, 12
  c.or a0, a1
  check a0, 14
  li a0, 12
  c.and a0, a1
  check a0, 8
  c.mv t3, a1
  check t3, 10
  c.add t3, a1
  check t3, 20
  c.add t3, t3
  check t3, 40

  // Loads and stores.
  la a0, room
  li a1, 0xcafe0001
  c.sw a1, 0(a0)
  c.lw a2, 0(a0)
  check a2, 0xcafe0001
  li a1, 0xcafe0002
  c.sw a1, 124(a0)
  lw a2, 124(a0)
  check a2, 0xcafe0002
  c.lw a3, 124(a0)
  check a3, 0xcafe0002
  c.sw a1, 64(a0)
  lw a2, 64(a0)
  check a2, 0xcafe0002
  mv s1, sp
  la sp, room
  li t3, 0xcafe0003
  c.swsp t3, 252(sp)
  lw a2, 252(sp)
  check a2, 0xcafe0003
  c.lwsp t4, 252(sp)
  check t4, 0xcafe0003
  li t3, 0xcafe0004
  c.swsp t3, 4(sp)
  c.lwsp t5, 4(sp)
  check t5, 0xcafe0004
  c.lwsp t5, 0(sp)
  check t5, 0xcafe0001
  mv sp, s1
  li a0, 0x80000001
  expect_trap 4, 0x80000005, c.lw a2, 4(a0)
  expect_trap 6, 0x80000009, c.sw a2, 8(a0)

  // Jumps and branches, near and at the ends of their reach.
  c.j 1f
  unreachable
1:
  c.jal 2f
jal_return:
  unreachable
2:
  check_address ra, jal_return
  la a0, 3f
  c.jr a0
  unreachable
3:
  la a0, 4f
  c.jalr a0
jalr_return:
  unreachable
4:
  check_address ra, jalr_return
  li a0, 0
  c.beqz a0, 5f
  unreachable
5:
  c.bnez a0, 6f
  c.j 7f
6:
  unreachable
7:
  li a5, 0x80000000
  c.beqz a5, 6b
  c.bnez a5, 8f
  unreachable
8:
  li a0, 0
  c.j forward
back:
  li a0, 1
  c.j done
  .balign 2
  .space 240
forward:
  c.beqz a0, back                  // -248 or so
  unreachable
done:
  check a0, 1
  li a1, 0
  c.j far_away
nearby:
  li a1, 1
  j arrived
  .space 2030
far_away:
  c.j nearby
arrived:
  check a1, 1

  // HINTs do nothing, and nothing else.
  li a0, 5
  .half 0x0001                     // c.nop
  .half 0x0005                     // c.nop 1
  .half 0x0501                     // c.addi a0, 0
  .half 0x4005                     // c.li x0, 1
  .half 0x6005                     // c.lui x0, 1
  .half 0x802a                     // c.mv x0, a0
  .half 0x902a                     // c.add x0, a0
  .half 0x0006                     // c.slli x0, 1
  .half 0x0502                     // c.slli a0, 0
  .half 0x8101                     // c.srli a0, 0
  .half 0x8501                     // c.srai a0, 0
  check a0, 5
  check x0, 0

  expect_trap_here 3, c.ebreak
  j pass
