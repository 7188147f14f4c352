# SPDX-License-Identifier: MIT
# 32-bit encodings that are not RV32IM_Zicsr_Zifencei; mtval shows each.
#include "test.inc"
main:
  expect_illegal 0xffffffff
  expect_illegal 0x0000007f        // 48 and 64 bit lengths
  expect_illegal 0x0000001f
  expect_illegal 0x00001067        // jalr with funct3 1
  expect_illegal 0x00002063        // branch with funct3 2, 3
  expect_illegal 0x00003063
  expect_illegal 0x00003003        // ld
  expect_illegal 0x00006003        // lwu
  expect_illegal 0x00007003
  expect_illegal 0x00003023        // sd
  expect_illegal 0x00004023
  expect_illegal 0x02051513        // slli a0, a0, 32
  expect_illegal 0x40051513        // slli with srai's funct7
  expect_illegal 0x02055513        // srli a0, a0, 32
  expect_illegal 0x80055513
  expect_illegal 0x40b51533        // sll with sub's funct7
  expect_illegal 0x40b57533
  expect_illegal 0x04b50533
  expect_illegal 0x0000001b        // addiw
  expect_illegal 0x0000003b        // addw
  expect_illegal 0x0005252f        // amoadd.w
  expect_illegal 0x1005252f        // lr.w
  expect_illegal 0x00052007        // flw
  expect_illegal 0x00a52027        // fsw
  expect_illegal 0x00000053        // fadd.s
  expect_illegal 0x00002057        // vector
  expect_illegal 0x0000200f        // misc-mem with funct3 2 (cbo)
  expect_illegal 0x00200073        // uret
  expect_illegal 0x10200073        // sret
  expect_illegal 0x7b200073        // dret
  expect_illegal 0x12000073        // sfence.vma
  expect_illegal 0x00000173        // ecall with rd
  expect_illegal 0x00008073        // ecall with rs1
  expect_illegal 0x30200173        // mret with rd
  expect_illegal 0x10500173        // wfi with rd
  expect_illegal 0x00004073        // system with funct3 4
  expect_illegal 0x0000000b        // custom
  j pass
