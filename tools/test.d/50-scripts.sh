# suite: scripts
# quick: yes
# about: the scripts themselves: shellcheck, syntax, licences, no address or machine path in the tree
# SPDX-License-Identifier: MIT
source "$S4_TOP/tools/test.d/lib.sh"
cd "$S4_TOP" || exit 1

tracked() { git ls-files "$@" 2>/dev/null; }
mapfile -t shell < <(tracked tools .ci | while read -r f; do
  [[ -f $f ]] && head -n 2 "$f" | grep -qE '^#!.*bash|shellcheck shell=bash|^# suite' && echo "$f"
done)
mapfile -t guest_shell < <(tracked tests/guest tools/vm.d/guest | while read -r f; do
  [[ -f $f ]] && head -n 1 "$f" | grep -qE '^#!/bin/sh' && echo "$f"
done)
mapfile -t python < <(tracked tools | while read -r f; do
  [[ -f $f ]] && { [[ $f == *.py ]] || head -n 1 "$f" | grep -q python3; } && echo "$f"
done)

lint() { shellcheck -s bash -x -P "$S4_TOP" -e SC1090,SC1091,SC2034,SC2154 "$1"; }
for file in "${shell[@]}"; do check "shellcheck/$file" lint "$file"; done
for file in "${guest_shell[@]}"; do check "guest-shell/$file" busybox sh -n "$file"; done
for file in "${python[@]}"; do
  check "python/$file" /usr/bin/python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' "$file"
done

no_address() { # packages come from where the machine's own configuration says
  ! git grep -nE '(deb|security|ftp)\.debian\.org|/root/\.|/home/[a-z]+/' -- \
    ':!tools/test.d/50-scripts.sh' || return 1
  # Where this tree lies, unless that is a word that means something else too, such as /build.
  [[ $S4_TOP != /*/* ]] || ! git grep -nF "$S4_TOP/"
}
check "no-package-server-or-machine-path-in-the-tree" no_address

licensed() {
  local bad=0 f
  while read -r f; do
    head -n 4 "$f" | grep -q 'SPDX-License-Identifier' || { echo "no SPDX line: $f" && bad=1; }
  done < <(tracked '*.c' '*.h' '*.cpp' '*.hpp' '*.py' '*.sh' '*.S' '*.lds' '*.cmake' '*CMakeLists.txt')
  return $bad
}
check "every-source-names-its-licence" licensed

sorted() { LC_ALL=C sort -c tools/setup.d/packages.txt && ! grep -vE '^[a-z0-9.+-]+ # .+' tools/setup.d/packages.txt; }
check "package-list-is-sorted-and-says-why" sorted
check "private-sources-from-deb822-and-one-line" /usr/bin/python3 tests/scripts/apt_sources_test.py
