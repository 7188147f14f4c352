# SPDX-License-Identifier: MIT
# tohost and fromhost as neighbouring words, which some programs have: fromhost stays memory.
  .section .tohost, "aw"
  .globl tohost, fromhost
tohost: .4byte 0
fromhost: .4byte 0
  .section .text.init, "ax"
  .globl _start
_start:
  la a0, fromhost
  li a1, 0x55
  sw a1, 0(a0)
  lw a2, 0(a0)
  li a3, (33 << 1) | 1
  beq a1, a2, 1f
  li a3, (1 << 1) | 1
1:
  la a0, tohost
  sw a3, 0(a0)
2:
  j 2b
