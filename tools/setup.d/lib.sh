# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What every step of tools/setup shares: messages, logs with a running clock, locks, content
# hashes, and the little notes ("facts") that tell other tools where a built thing lies.
#
# Layout of the cache (S4_CACHE):
#   apt/             private package lists and downloads
#   qemu/VERSION/    src, build, bin/HASH (the finished emulator), share (BIOS files)
#   kernel/VERSION/  the stock kernel's packages, unpacked
#   source/VERSION/  the kernel source; debug-kernel/VERSION-HASH/ the debug kernel built from it
#   peer/            ONNX Runtime as a package for node
#   versions/        which version of each package this cache has settled on
#   logs/            STEP.log, the full output of the last run of each step
# What belongs to one work tree (its module builds, and which of the cached things it uses) lies
# in BUILD/setup.

S4_CACHE=${S4_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/s4}
S4_BUILD=${S4_BUILD:-$S4_TOP/build}
S4_FACTS=$S4_BUILD/setup
S4_JOBS=${S4_JOBS:-$(nproc)}
S4_LOGS=$S4_CACHE/logs

say() { printf '%s\n' "setup: $*" >&2; }

# die STEP MESSAGE REMEDY
die() {
  say "error in step '$1': $2"
  say "remedy: $3"
  exit 1
}

# fact NAME            prints the noted path of a thing, fails if it is unknown or gone
# note_fact NAME PATH  notes it for this work tree
fact() {
  local path
  [[ -r $S4_FACTS/$1 ]] || return 1
  path=$(<"$S4_FACTS/$1")
  [[ $path != /* || -e $path ]] || return 1
  printf '%s\n' "$path"
}
note_fact() {
  mkdir -p "$S4_FACTS"
  printf '%s\n' "$2" >"$S4_FACTS/.$1.$$"
  mv "$S4_FACTS/.$1.$$" "$S4_FACTS/$1"
}

# hash_of FILE-OR-DIR...: one hash over the names below each argument and their contents. Names are
# taken relative to the argument, so two clones of the same commit give the same hash.
hash_of() {
  local item
  for item in "$@"; do
    if [[ -d $item ]]; then
      (cd "$item" && find . -type f ! -name '*.o' ! -name '*.pyc' -print0 | LC_ALL=C sort -z |
        xargs -0 -r sha256sum)
    elif [[ -e $item ]]; then
      sha256sum <"$item"
    else
      echo "absent"
    fi
  done | sha256sum | cut -c1-16
}

elapsed() { # elapsed SINCE, as 3m07s
  local s=$((SECONDS - $1))
  if ((s < 60)); then printf '%ds' "$s"; else printf '%dm%02ds' $((s / 60)) $((s % 60)); fi
}

# The running clock of one long action. It ends by itself when its parent is gone, so a killed
# setup leaves nothing behind.
ticker() {
  local what=$1 since=$2 parent=$3
  trap 'exit 0' TERM
  if [[ -t 2 ]]; then
    while kill -0 "$parent" 2>/dev/null; do
      printf '\rsetup: %s ... %s ' "$what" "$(elapsed "$since")" >&2
      sleep 1
    done
  else
    local n=0
    while kill -0 "$parent" 2>/dev/null; do
      sleep 1
      n=$((n + 1))
      ((n % 30)) || say "$what ... $(elapsed "$since")"
    done
  fi
}

# logged STEP WHAT REMEDY COMMAND...: runs COMMAND with its output appended to the step's log and
# a clock on the terminal. The command stays in the foreground, so that Ctrl-C reaches it.
logged() {
  local step=$1 what=$2 remedy=$3 log=$S4_LOGS/$1.log since=$SECONDS tick rc
  shift 3
  mkdir -p "$S4_LOGS"
  printf '\n== %s\n' "$what" >>"$log"
  say "$what"
  ticker "$what" "$since" "$$" 9>&- &
  tick=$!
  set +e
  (
    set -e
    "$@"
  ) >>"$log" 2>&1 </dev/null
  rc=$?
  set -e
  kill "$tick" 2>/dev/null || true
  wait "$tick" 2>/dev/null || true
  [[ -t 2 ]] && printf '\r\033[K' >&2
  if ((rc != 0)); then
    say "$what: failed after $(elapsed "$since"); the last lines of $log:"
    tail -n 20 "$log" | sed 's/^/  | /' >&2
    die "$step" "$what failed (status $rc), log: $log" "$remedy"
  fi
  say "$what: done in $(elapsed "$since")"
}

# retry COMMAND...: three tries with a pause, for anything that reaches over the network.
retry() {
  local try
  for try in 1 2 3; do
    "$@" && return 0
    echo "try $try of 3 failed: $*"
    ((try < 3)) && sleep $((try * 5))
  done
  return 1
}

# with_lock NAME COMMAND...: one run at a time for each part of the cache.
with_lock() {
  local name=$1
  shift
  mkdir -p "$S4_CACHE/locks"
  exec 9>"$S4_CACHE/locks/$name"
  if ! flock -n 9; then
    say "waiting for another tools/setup to finish step '$name'"
    flock 9
  fi
  "$@"
  exec 9>&-
}
