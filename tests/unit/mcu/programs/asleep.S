# SPDX-License-Identifier: MIT
# WFI that nothing ends.
#include "test.inc"
main:
  csrwi mie, 8
  wfi
  j pass
