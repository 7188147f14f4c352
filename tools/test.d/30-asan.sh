# suite: asan
# quick: no
# about: the unit and SDK tests under AddressSanitizer and UndefinedBehaviorSanitizer
# SPDX-License-Identifier: MIT
source "$S4_TOP/tools/test.d/sanitize.sh"
sanitize_suite asan address,undefined all
