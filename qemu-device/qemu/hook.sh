#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Hooks the S4 card into a QEMU source tree: hook.sh QEMU-SOURCE. Run again after any change of the
# files here; what is the same is not touched, so that a build redoes only what it must.
#
# S4_CARD_INCLUDE, S4_ABI_INCLUDE, S4_CARD_LIBDIR: folders of s4/card/card.h, s4/abi and
# libs4card.so, by default this tree's own and build/lib.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
src=${1:?usage: hook.sh QEMU-SOURCE}
[[ -e $src/hw/pci/pcie_aer.c ]] || {
  echo "hook.sh: $src is not a QEMU source tree" >&2
  exit 1
}

put() { # put FILE: standard input becomes FILE if it differs
  local text
  text=$(cat)
  [[ -e $1 && $(<"$1") == "$text" ]] || printf '%s\n' "$text" >"$1"
}
after() { # after FILE PATTERN LINE: LINE goes behind the first line that matches PATTERN, once
  grep -qxF -- "$3" "$1" || sed -i "0,/$2/{/$2/a\\
$3
}" "$1"
  grep -qxF -- "$3" "$1" || {
    echo "hook.sh: no line like '$2' in $1" >&2
    exit 1
  }
}

mkdir -p "$src/hw/s4"
for file in Kconfig meson.build trace-events s4.c s4.h s4-compat.h s4-dma.c s4-error.c s4-faults.c; do
  put "$src/hw/s4/$file" <"$here/$file"
done
put "$src/hw/s4/trace.h" <<<'#include "trace/trace-hw_s4.h"'
put "$src/hw/s4/s4-paths.txt" <<EOF
CARD_INCLUDE=${S4_CARD_INCLUDE:-$top/qemu-device/card/include}
CARD_LIBDIR=${S4_CARD_LIBDIR:-$top/build/lib}
ABI_INCLUDE=${S4_ABI_INCLUDE:-$top/include}
EOF

after "$src/hw/Kconfig" "^source rtc\/Kconfig" "source s4/Kconfig"
after "$src/hw/meson.build" "^subdir('rtc')" "subdir('s4')"
after "$src/meson.build" "^    'hw\/rtc'," "    'hw/s4',"
# 8.0 made this function public; the card's error reports need it.
if grep -q '^static int pcie_aer_inject_error' "$src/hw/pci/pcie_aer.c"; then
  sed -i -e 's/^static int pcie_aer_inject_error(/int pcie_aer_inject_error(/' \
    -e '/^#include "hw\/pci\/pcie_regs.h"/a\
int pcie_aer_inject_error(PCIDevice *dev, const PCIEAERErr *err);' "$src/hw/pci/pcie_aer.c"
fi
