# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the suites share. A suite prints "ok NAME", "not ok NAME" or "ok NAME # SKIP why" for each
# test, and anything else as it likes.
set -uo pipefail
: "${S4_TOP:?run by tools/test}" "${S4_BUILD:?run by tools/test}"
S4_JOBS=${S4_JOBS:-$(nproc)}
thing() { "$S4_TOP/tools/setup" --print "$1"; }

# matches NAME: whether the user's filter lets this test run.
matches() { [[ -z ${S4_TEST_FILTER:-} || $1 =~ $S4_TEST_FILTER ]]; }

# check NAME COMMAND...: one test, which is that COMMAND succeeds.
check() {
  local name=$1 output
  shift
  matches "$name" || return 0
  if output=$("$@" 2>&1); then
    echo "ok $name"
  else
    printf '%s\n' "$output"
    echo "not ok $name"
  fi
}

# run_ctest BUILD-FOLDER PREFIX [CTEST-OPTION...]: every test that CMake knows of.
run_ctest() {
  local build=$1 prefix=$2 report
  shift 2
  report=$build/ctest.xml
  rm -f "$report"
  ctest --test-dir "$build" -j"$S4_JOBS" --timeout 600 --output-on-failure --no-tests=ignore \
    --output-junit "$report" ${S4_TEST_FILTER:+-R "$S4_TEST_FILTER"} "$@"
  if [[ -e $report ]]; then
    /usr/bin/python3 "$S4_TOP/tools/test.d/junit_to_tap.py" "$report" "$prefix"
  fi
}
