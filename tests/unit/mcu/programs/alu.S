# SPDX-License-Identifier: MIT
# RV32I register and immediate arithmetic.
#include "test.inc"
main:
  check_op add, 0x7fffffff, 1, 0x80000000
  check_op add, 0xffffffff, 1, 0
  check_op sub, 0, 1, 0xffffffff
  check_op sub, 0x80000000, 1, 0x7fffffff
  check_op sll, 1, 31, 0x80000000
  check_op sll, 1, 33, 2            // only five bits of the count
  check_op srl, 0x80000000, 31, 1
  check_op srl, 0x80000000, 0xffffffe1, 0x40000000
  check_op sra, 0x80000000, 31, 0xffffffff
  check_op sra, 0x7fffffff, 30, 1
  check_op sra, 0x80000000, 32, 0x80000000
  check_op slt, 0x80000000, 0x7fffffff, 1
  check_op slt, 0x7fffffff, 0x80000000, 0
  check_op slt, 5, 5, 0
  check_op sltu, 0x80000000, 0x7fffffff, 0
  check_op sltu, 0, 0xffffffff, 1
  check_op xor, 0xff00ff00, 0x0f0f0f0f, 0xf00ff00f
  check_op or, 0xff00ff00, 0x0f0f0f0f, 0xff0fff0f
  check_op and, 0xff00ff00, 0x0f0f0f0f, 0x0f000f00

  check_op_imm addi, 0, -2048, 0xfffff800
  check_op_imm addi, 0x7fffffff, 2047, 0x800007fe
  check_op_imm slti, 0xffffffff, 0, 1
  check_op_imm slti, 0, -1, 0
  check_op_imm sltiu, 0, -1, 1       // the immediate is extended with its sign, then unsigned
  check_op_imm sltiu, 0xffffffff, -1, 0
  check_op_imm sltiu, 0, 1, 1
  check_op_imm xori, 0x00ff00ff, -1, 0xff00ff00
  check_op_imm ori, 0x00ff00ff, -2048, 0xfffff8ff
  check_op_imm andi, 0xffffffff, -2048, 0xfffff800
  check_op_imm andi, 0xffffffff, 2047, 0x7ff
  check_op_imm slli, 0x80000001, 31, 0x80000000
  check_op_imm slli, 0x80000001, 0, 0x80000001
  check_op_imm srli, 0x80000001, 31, 1
  check_op_imm srai, 0x80000001, 31, 0xffffffff
  check_op_imm srai, 0x80000001, 1, 0xc0000000

  // Sources and destination may be one register.
  li a0, 21
  add a0, a0, a0
  check a0, 42
  sub a0, a0, a0
  check a0, 0

  // Writes to x0 are lost, reads of it are zero.
  li a0, 77
  add x0, a0, a0
  addi x0, a0, 1
  lui x0, 0xfffff
  auipc x0, 1
  check x0, 0
  add a1, x0, x0
  check a1, 0

  lui a0, 0xfffff
  check a0, 0xfffff000
  lui a0, 0
  check a0, 0
  .balign 4
here:
  auipc a0, 0
  check_address a0, here
  .balign 4
there:
  auipc a0, 0x80000
  lui a1, 0x80000
  sub a0, a0, a1
  check_address a0, there
  j pass
