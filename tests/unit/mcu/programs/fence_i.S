# SPDX-License-Identifier: MIT
# Self-modifying code: what FENCE.I makes visible, in this page and in another.
#include "test.inc"
  .data
  .balign 4096
elsewhere: .space 64
  .text
  .option norvc
main:
  li s0, 0
again:
patch:
  addi a0, zero, 1
  bnez s0, 1f
  check a0, 1
  // Write addi a0, zero, 2 over it.
  la t0, patch
  li t1, 0x00200513
  sw t1, 0(t0)
  fence.i
  li s0, 1
  j again
1:
  check a0, 2

  // Two 16-bit instructions in the place of one of 32 bits, entered in the middle as well.
  la t0, patch2
  li t1, 0x05050505                // c.addi a0, 1 twice
  sw t1, 0(t0)
  fence.i
  li a0, 0
patch2:
  addi a0, zero, 9
  check a0, 2
  li a0, 0
  la t0, patch2 + 2
  la ra, 2f
  la s1, patch2 + 4
  lw s2, 0(s1)                     // let it return here: c.jr ra, c.nop
  li t1, 0x00018082
  sw t1, 0(s1)
  fence.i
  jr t0
2:
  check a0, 1
  sw s2, 0(s1)
  fence.i

  // A function made at run time, many times over.
  la s1, elsewhere
  li s2, 0
  li s3, 50
3:
  slli t1, s2, 20
  ori t1, t1, 0x513                // addi a0, zero, s2
  sw t1, 0(s1)
  li t1, 0x00008067                // ret
  sw t1, 4(s1)
  fence.i
  jalr s1
  bne a0, s2, 4f
  addi s2, s2, 1
  bne s2, s3, 3b
  li s2, 777
4:
  check s2, 777
  // FENCE in its forms is harmless.
  fence
  fence r, r
  fence w, w
  fence.tso
  .4byte 0x0100000f                // pause
  check s10, 0
  j pass
