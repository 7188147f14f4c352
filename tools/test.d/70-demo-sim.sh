# suite: demo-sim
# quick: yes
# about: tools/demo --sim, and what it says
# SPDX-License-Identifier: MIT
source "$S4_TOP/tools/test.d/demo.sh"
demo_suite demo-sim sim:0 --sim
