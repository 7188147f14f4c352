# suite: vm
# quick: no
# about: tools/vm itself: statuses, output, time-out, what it says of a sick guest
# SPDX-License-Identifier: MIT
source "$S4_TOP/tools/test.d/lib.sh"
vm=$S4_TOP/tools/vm
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

status_of() { # status_of WANTED COMMAND...
  local wanted=$1 got
  shift
  "$@" >"$scratch/out" 2>"$scratch/err"
  got=$?
  cat "$scratch/err"
  [[ $got == "$wanted" ]] || { echo "status $got, not $wanted" && return 1; }
}
status_and_streams() {
  status_of 7 "$vm" run --cards 0 -- sh -c 'echo out; echo err >&2; exit 7' &&
    [[ $(<"$scratch/out") == out && $(<"$scratch/err") == err ]]
}
binary_both_ways() {
  head -c 2000000 /dev/urandom >"$scratch/in"
  status_of 0 "$vm" run --cards 0 --add "$scratch/in:/in" -- cat /in && cmp "$scratch/in" "$scratch/out"
}
shared_folder() {
  mkdir "$scratch/share"
  status_of 0 "$vm" run --cards 0 --share "$scratch/share" -- sh -c 'echo hello >/share/file' &&
    [[ $(<"$scratch/share/file") == hello ]]
}
says() { grep -q -- "$1" "$scratch/err"; }
time_out() { status_of 124 "$vm" run --cards 0 --timeout 15 -- sleep 100 && says 'no end after 15 s'; }
dead_kernel() {
  status_of 125 "$vm" run --cards 0 -- sh -c 'echo c >/proc/sysrq-trigger' && says 'sysrq triggered crash'
}
warning() {
  status_of 1 "$vm" run --cards 0 -- sh -c 'echo "WARNING: CPU: 0 PID: 1 at a.c:1" >/dev/kmsg; true' &&
    says 'the kernel complained'
}
machine_by_request() {
  status_of 0 "$vm" run --cards 0 -- sh -c 'vmctl query-status && ! vmctl nonsense' &&
    grep -q '"status": "running"' "$scratch/out" && grep -q CommandNotFound "$scratch/out"
}
killed_with_its_parent() {
  "$vm" run --cards 0 --timeout 60 -- sleep 50 >/dev/null 2>&1 &
  local pid=$! child=''
  for _ in $(seq 50); do
    child=$(pgrep -P "$pid" -f qemu-system) && break
    sleep 0.2
  done
  [[ -n $child ]] || return 1
  kill -KILL "$pid"
  for _ in $(seq 50); do
    kill -0 "$child" 2>/dev/null || return 0
    sleep 0.1
  done
  echo "QEMU $child outlived tools/vm"
  kill -KILL "$child"
  return 1
}
check "vm/status-and-separate-streams" status_and_streams
check "vm/binary-output" binary_both_ways
check "vm/shared-folder" shared_folder
check "vm/time-out" time_out
check "vm/panic-is-an-error" dead_kernel
check "vm/kernel-warning-fails-the-run" warning
check "vm/guest-asks-the-machine" machine_by_request
check "vm/qemu-dies-with-its-parent" killed_with_its_parent
