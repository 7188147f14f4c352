# suite: demo
# quick: no
# about: tools/demo in the guest, and what it says
# SPDX-License-Identifier: MIT
source "$S4_TOP/tools/test.d/demo.sh"
demo_suite demo 0000:01:00.0
