# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The demo suites: one run, with a user's picture beside the shipped ones, and a look at its output.
source "$S4_TOP/tools/test.d/lib.sh"

demo_suite() { # demo_suite NAME BUS-ID [OPTION of tools/demo...]
  local name=$1 bus=$2 out images=$S4_TOP/libs4/examples/digits/images count row
  shift 2
  matches "$name" || return 0
  out=$(mktemp -d)
  cp "$images/4.png" "$out/my own.png"
  if "$S4_TOP/tools/demo" "$@" --no-setup --image "$out/my own.png" >"$out/text" 2>&1; then
    echo "ok $name/ends-well"
  else
    echo "not ok $name/ends-well: status $?"
  fi
  cat "$out/text"
  set -- "$images"/*.png
  count=$#
  check "$name/shows-the-card" grep -qF "| $bus " "$out/text"
  for row in base-1x base-8x base-16x base-32x small-1x wide-32x; do
    check "$name/$row-reads-all-$count-pictures" grep -qE "^$row .* $count of $count " "$out/text"
  done
  # Six networks read a 4.
  check "$name/reads-the-users-picture" grep -qE '^my own\.png( +4 +[0-9]+ %){6}$' "$out/text"
  check "$name/says-where-to-go-next" grep -qF docs/sdk.md "$out/text"
  rm -rf "$out"
}
