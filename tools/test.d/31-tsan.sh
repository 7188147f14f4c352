# suite: tsan
# quick: no
# default: no
# about: the unit and SDK tests under ThreadSanitizer
# SPDX-License-Identifier: MIT
source "$S4_TOP/tools/test.d/sanitize.sh"
sanitize_suite tsan thread
