# SPDX-License-Identifier: MIT
# The M extension with all its edge cases.
#include "test.inc"
main:
  check_op mul, 0xffffffff, 0xffffffff, 1
  check_op mul, 0x80000000, 0x80000000, 0
  check_op mul, 0x00010001, 0x00010001, 0x00020001
  check_op mul, 0x7fffffff, 2, 0xfffffffe
  check_op mulh, 0x80000000, 0x80000000, 0x40000000
  check_op mulh, 0xffffffff, 0xffffffff, 0
  check_op mulh, 0xffffffff, 1, 0xffffffff
  check_op mulh, 0x7fffffff, 0x7fffffff, 0x3fffffff
  check_op mulh, 0x80000000, 0x7fffffff, 0xc0000000
  check_op mulhu, 0xffffffff, 0xffffffff, 0xfffffffe
  check_op mulhu, 0x80000000, 2, 1
  check_op mulhu, 0x80000000, 0x80000000, 0x40000000
  check_op mulhsu, 0xffffffff, 0xffffffff, 0xffffffff
  check_op mulhsu, 0x80000000, 0xffffffff, 0x80000000
  check_op mulhsu, 0x7fffffff, 0xffffffff, 0x7ffffffe
  check_op mulhsu, 1, 0x80000000, 0

  check_op div, 20, 6, 3
  check_op div, -20, 6, -3
  check_op div, 20, -6, -3
  check_op div, -20, -6, 3
  check_op div, 0x80000000, 1, 0x80000000
  check_op div, 0x80000000, -1, 0x80000000     // overflow
  check_op div, 0x80000000, 0, -1              // by zero
  check_op div, 1, 0, -1
  check_op div, 0, 0, -1
  check_op divu, 0x80000000, 0xffffffff, 0
  check_op divu, 0xffffffec, 6, 715827879
  check_op divu, 5, 0, 0xffffffff
  check_op divu, 0, 0, 0xffffffff
  check_op rem, 20, 6, 2
  check_op rem, -20, 6, -2
  check_op rem, 20, -6, 2
  check_op rem, -20, -6, -2
  check_op rem, 0x80000000, -1, 0              // overflow
  check_op rem, 0x80000000, 0, 0x80000000      // by zero
  check_op rem, -7, 0, -7
  check_op rem, 0, 0, 0
  check_op remu, 0x80000000, 0xffffffff, 0x80000000
  check_op remu, 0xffffffec, 6, 2
  check_op remu, 7, 0, 7
  check_op remu, 0, 0, 0
  // None of them traps, even into x0 or over their own sources.
  check s10, 0
  li a0, 9
  div x0, a0, x0
  div a0, a0, a0
  check a0, 1
  rem a0, a0, x0
  check a0, 1
  check s10, 0
  j pass
