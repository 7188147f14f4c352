# SPDX-License-Identifier: MIT
# Fills a signature as the conformance suites do.
#include "test.inc"
  .data
  .balign 16
  .globl begin_signature, end_signature
begin_signature:
  .4byte 0xdeadbeef, 0xdeadbeef, 0xdeadbeef, 0x01020304, 0x0000cafe
end_signature:
  .text
main:
  la a0, begin_signature
  li a1, 0x12345678
  sw a1, 0(a0)
  li a1, 1
  sw a1, 4(a0)
  j pass
