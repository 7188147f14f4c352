# SPDX-License-Identifier: MIT
# 16-bit encodings that RV32C reserves, or that belong to F, D, RV64 or custom use.
#include "test.inc"
main:
  expect_illegal_half 0x0000       // defined to be illegal
  expect_illegal_half 0x0004       // c.addi4spn a1, sp, 0
  expect_illegal_half 0x001c       // c.addi4spn a5, sp, 0
  expect_illegal_half 0x2000       // c.fld
  expect_illegal_half 0x6000       // c.flw
  expect_illegal_half 0x8000       // reserved
  expect_illegal_half 0x9c00
  expect_illegal_half 0xa000       // c.fsd
  expect_illegal_half 0xe000       // c.fsw
  expect_illegal_half 0x6101       // c.addi16sp sp, 0
  expect_illegal_half 0x6501       // c.lui a0, 0
  expect_illegal_half 0x6001       // c.lui x0, 0
  expect_illegal_half 0x9001       // c.srli with shamt[5]
  expect_illegal_half 0x9401       // c.srai with shamt[5]
  expect_illegal_half 0x1002       // c.slli x0 with shamt[5]
  expect_illegal_half 0x1502       // c.slli a0 with shamt[5]
  expect_illegal_half 0x9c01       // c.subw
  expect_illegal_half 0x9c21       // c.addw
  expect_illegal_half 0x9c41       // reserved
  expect_illegal_half 0x9c61
  expect_illegal_half 0x2002       // c.fldsp
  expect_illegal_half 0x4002       // c.lwsp x0
  expect_illegal_half 0x6002       // c.flwsp
  expect_illegal_half 0x8002       // c.jr x0
  expect_illegal_half 0xa002       // c.fsdsp
  expect_illegal_half 0xe002       // c.fswsp
  j pass
