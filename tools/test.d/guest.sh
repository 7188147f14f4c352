# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The guest suites: one boot, all cases of tests/guest/cases in it, on the machine that the suite
# names. Two cards, so that cases about several cards can run anywhere.
source "$S4_TOP/tools/test.d/lib.sh"

guest_suite() { # guest_suite BOOT [OPTION of tools/vm...]
  local boot=$1 logs=$S4_BUILD/test/guest-$1 case status any=''
  shift
  for case in "$S4_TOP"/tests/guest/cases/*; do
    case=${case##*/}
    matches "${case%.sh}" && any=1
  done
  [[ -n $any ]] || return 0
  rm -rf "$logs"
  "$S4_TOP/tools/vm" run --cards 2 --timeout 1500 --nvme --suspend --device-option x-fault-injection=on "$@" --log "$logs" \
    --add "$S4_TOP/tests/guest:/tests" \
    -- env GUEST_BOOT="$boot" GUEST_CASE_SECONDS="${GUEST_CASE_SECONDS:-300}" \
    /tests/run /tests/cases ${S4_TEST_FILTER:+"$S4_TEST_FILTER"} |
    sed -uE "s/^((not )?ok) /\\1 guest-$boot\//"
  status=${PIPESTATUS[0]}
  # Status 1 is the runner's when a case failed, which has its own line, or the log's, which is
  # looked at here; anything above is a guest that did not come to its end.
  if ((status > 1)); then
    echo "not ok guest-$boot/came-to-its-end: tools/vm ended with status $status"
  fi
  if /usr/bin/python3 "$S4_TOP/tools/vm.d/vm_log.py" "$logs/kernel.log"; then
    echo "ok guest-$boot/kernel-log-is-clean"
  else
    echo "not ok guest-$boot/kernel-log-is-clean: see $logs/kernel.log"
  fi
}
