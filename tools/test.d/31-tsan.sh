# suite: tsan
# quick: no
# about: the tests of what threads do (label "threads") under ThreadSanitizer
# SPDX-License-Identifier: MIT
source "$S4_TOP/tools/test.d/sanitize.sh"
# A quarter of the random cases: races come from threads meeting, not from shapes and values.
export S4_TEST_CASES_PERCENT=${S4_TEST_CASES_PERCENT:-25}
sanitize_suite tsan thread s4_thread_tests -L threads
