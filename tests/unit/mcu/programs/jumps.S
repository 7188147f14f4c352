# SPDX-License-Identifier: MIT
# Branches, jumps and links, across pages and to odd halfwords.
#include "test.inc"
  .macro taken instruction, left, right
  li a0, \left
  li a1, \right
  li a2, 1
  \instruction a0, a1, 1f
  li a2, 0
1:
  check a2, 1
  // Backwards too.
  li a2, 0
  j 3f
2:
  addi a2, a2, 1
  j 4f
3:
  \instruction a0, a1, 2b
4:
  check a2, 1
  .endm
  .macro not_taken instruction, left, right
  li a0, \left
  li a1, \right
  li a2, 0
  \instruction a0, a1, 1f
  li a2, 1
1:
  check a2, 1
  .endm

main:
  taken beq, 7, 7
  not_taken beq, 7, 0x80000007
  taken bne, 7, 8
  not_taken bne, 0xffffffff, 0xffffffff
  taken blt, 0x80000000, 0x7fffffff
  not_taken blt, 0x7fffffff, 0x80000000
  not_taken blt, 3, 3
  taken bge, 3, 3
  taken bge, 0x7fffffff, 0x80000000
  not_taken bge, 0xffffffff, 0
  taken bltu, 0x7fffffff, 0x80000000
  not_taken bltu, 0x80000000, 0x7fffffff
  not_taken bltu, 3, 3
  taken bgeu, 3, 3
  taken bgeu, 0xffffffff, 0
  not_taken bgeu, 0, 1

  .option push
  .option norvc
  .balign 4
jal_at:
  jal a0, jal_to
  unreachable
jal_to:
  check_address a0, jal_at + 4

  // jalr clears bit 0 of the sum, and may link into its own base register.
  la a1, jalr_to
  addi a1, a1, 9
jalr_at:
  jalr a1, -8(a1)
  unreachable
  .balign 4
jalr_to:
  check_address a1, jalr_at + 4
  la a0, jalr_max
  addi a0, a0, -2047
  jalr x0, 2047(a0)
  unreachable
jalr_max:
  .option pop

  // To another page and back: jal, call (auipc, jalr), ret and a branch.
  jal ra, far_function
  check a0, 0x123
  call far_function
  check a0, 0x123
  la t0, far_function
  jalr t0
  check a0, 0x123
  j straddle_test

  .balign 4096
far_function:
  li a0, 0x123
  ret

  // A 32-bit instruction with half of it in the next page, reached from before and by a jump.
  .option norvc
  .balign 4096
  .space 4096 - 10
  .globl straddle_test
straddle_test:
  li a0, 1
  .option rvc
  c.nop
  c.nop
  .option norvc
straddle:
  addi a0, a0, 0x7f                // at 0x...ffe
  .option rvc
  li a1, 0x80
  beq a0, a1, 1f
  li a1, 0x180
  beq a0, a1, 2f
  unreachable
1:
  li a0, 0x101
  la t0, straddle
  andi t1, t0, 0xf
  check t1, 0xe
  jr t0
2:
  // Back over the page boundary by a branch.
  li a2, 0
  .balign 4096
  j 4f
  .space 4088
3:
  addi a2, a2, 1
  .balign 4
4:
  li a3, 3
  blt a2, a3, 5f
  j 6f
5:
  j 3b
6:
  check a2, 3
  j pass
