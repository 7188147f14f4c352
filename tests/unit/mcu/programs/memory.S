# SPDX-License-Identifier: MIT
# Loads and stores of every width, their extension, misalignment and addresses with nothing there.
#include "test.inc"
  .set kNothing, 0x00001000
  .data
  .balign 16
words: .4byte 0x80f17f01, 0x89abcdef, 0, 0
  .text
main:
  la a0, words
  lb a1, 0(a0)
  check a1, 1
  lb a1, 3(a0)
  check a1, 0xffffff80
  lbu a1, 3(a0)
  check a1, 0x80
  lh a1, 0(a0)
  check a1, 0x7f01
  lh a1, 2(a0)
  check a1, 0xffff80f1
  lhu a1, 2(a0)
  check a1, 0x80f1
  lw a1, 4(a0)
  check a1, 0x89abcdef
  addi a2, a0, 8
  lw a1, -8(a2)
  check a1, 0x80f17f01
  addi a2, a0, -2047
  lw a1, 2047(a2)
  check a1, 0x80f17f01

  // A store touches its bytes and no others.
  li a1, 0xa5a5a5a5
  sw a1, 8(a0)
  sb zero, 9(a0)
  lw a2, 8(a0)
  check a2, 0xa5a500a5
  li a1, 0x12345678
  sh a1, 10(a0)
  lw a2, 8(a0)
  check a2, 0x567800a5
  sh a1, 8(a0)
  lw a2, 8(a0)
  check a2, 0x56785678
  sb a1, 11(a0)
  lw a2, 8(a0)
  check a2, 0x78785678
  lw a2, 12(a0)
  check a2, 0

  // Misaligned accesses trap, change nothing, and leave the destination alone.
  li a1, 0x5555
  la a0, words
  .macro misaligned cause, offset, instruction
  la s11, 1f
  li s10, 0
  .balign 4
2:
  \instruction a1, \offset(a0)
1:
  check s10, 1
  check s9, \cause
  addi a3, a0, \offset
  sub a3, a3, s7
  check a3, 0
  la a3, 2b
  sub a3, a3, s8
  check a3, 0
  check a1, 0x5555
  .endm
  misaligned 4, 1, lw
  misaligned 4, 2, lw
  misaligned 4, 3, lw
  misaligned 4, 1, lh
  misaligned 4, 3, lhu
  misaligned 6, 9, sw
  misaligned 6, 10, sw
  misaligned 6, 11, sw
  misaligned 6, 9, sh
  lw a2, 8(a0)
  check a2, 0x78785678
  // Misaligned comes before the access fault.
  li a0, kNothing + 1
  expect_trap 4, kNothing + 1, lw a1, 0(a0)
  expect_trap 6, kNothing + 1, sw a1, 0(a0)

  // Nothing at the address.
  li a0, kNothing
  expect_trap 5, kNothing, lb a1, 0(a0)
  expect_trap 5, kNothing, lbu a1, 0(a0)
  expect_trap 5, kNothing, lh a1, 0(a0)
  expect_trap 5, kNothing, lhu a1, 0(a0)
  expect_trap 5, kNothing, lw a1, 0(a0)
  expect_trap 7, kNothing, sb a1, 0(a0)
  expect_trap 7, kNothing, sh a1, 0(a0)
  expect_trap 7, kNothing, sw a1, 0(a0)
  check a1, 0x5555
  // Addresses wrap.
  li a0, 0xfffffff0
  expect_trap 5, 0x20, lw a1, 0x30(a0)
  // A load into x0 still happens, and so traps.
  expect_trap 5, 0xfffffff0, lw x0, 0(a0)

  // Registers of the timer take words only, and know their addresses.
  li a0, 0x02004000
  expect_trap 5, 0x02004000, lb a1, 0(a0)
  expect_trap 7, 0x02004008, sw a1, 8(a0)
  j pass
