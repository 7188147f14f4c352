# SPDX-License-Identifier: MIT
# Ends with 42 by writing the low half of tohost alone, as old programs do.
#include "test.inc"
main:
  li a0, 85
  la t0, tohost
  sw a0, 0(t0)
1:
  j 1b
