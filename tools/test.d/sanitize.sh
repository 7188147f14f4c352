# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The sanitizer suites: what their tests need of user space built again, instrumented, in a folder of
# its own.
source "$S4_TOP/tools/test.d/lib.sh"

sanitize_suite() { # sanitize_suite NAME SANITIZERS TARGET [CTEST-OPTION...]
  local name=$1 sanitizers=$2 target=$3 build=$S4_BUILD-$1 launcher=()
  shift 3
  command -v ccache >/dev/null &&
    launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  # Less optimised and with line numbers alone: it is the building that takes the time here. Without
  # NDEBUG, so that assertions count too.
  cmake -S "$S4_TOP" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DCMAKE_C_FLAGS_RELWITHDEBINFO="-O1 -g1" -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -g1" \
    -DS4_SANITIZE="$sanitizers" "${launcher[@]}" && ninja -C "$build" -j"$S4_JOBS" "$target" || return 1
  export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
  export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
  export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=$S4_TOP/tests/tsan.supp
  # Tests that say so themselves (label "plain") have nothing to show here: figures, packaging.
  # Nor has the accuracy over ten thousand images, which takes minutes: fewer run the same code.
  run_ctest "$build" "$name/" -LE plain -E 'IsAsAccurateOnTheTestImages' "$@"
}
