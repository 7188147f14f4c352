# suite: guest-debug
# quick: no
# about: the same under KASAN, lockdep, kmemleak and the DMA checker
# SPDX-License-Identifier: MIT
source "$S4_TOP/tools/test.d/guest.sh"
GUEST_CASE_SECONDS=900 guest_suite debug --debug-kernel
