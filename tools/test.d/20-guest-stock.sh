# suite: guest-stock
# quick: yes
# about: the driver, libs4 and tools in a guest with the distribution's kernel
# SPDX-License-Identifier: MIT
source "$S4_TOP/tools/test.d/guest.sh"
guest_suite stock
