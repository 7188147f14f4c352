# suite: unit
# quick: yes
# about: unit, ABI, firmware and SDK tests on the sim transport, through ctest
# SPDX-License-Identifier: MIT
source "$S4_TOP/tools/test.d/lib.sh"
run_ctest "$S4_BUILD" ""
