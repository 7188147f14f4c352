# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Steps module and debug-module: s4.ko for the stock and for the debug kernel. The sources are
# copied to a build folder for each kernel first, since an out-of-tree build puts its objects
# beside the sources, and two kernels' objects in one place would be built again every time.

module_key() { hash_of "$S4_TOP/Kbuild" "$S4_TOP/driver" "$S4_TOP/include/s4"; }

module_current() { # module_current NAME HEADERS-FACT
  local headers dir=$S4_BUILD/setup/$1.build
  headers=$(fact "$2") || return 1
  [[ -e $dir/s4.ko && -e $dir/.key && $(<"$dir/.key") == "$(module_key) $headers" ]]
}

module_make() { # module_make DIRECTORY HEADERS
  local dir=$1 headers=$2 key
  key=$(module_key)
  mkdir -p "$dir/include"
  local keep=(--exclude='*.o' --exclude='*.ko' --exclude='*.cmd' --exclude='*.mod' --exclude='*.mod.c'
    --exclude='modules.order' --exclude='Module.symvers')
  rsync -a --delete "${keep[@]}" "$S4_TOP/driver" "$dir/"
  rsync -a --delete "$S4_TOP/include/s4" "$dir/include/"
  rsync -a "$S4_TOP/Kbuild" "$dir/"
  make -C "$headers" M="$dir" -j"$S4_JOBS" modules
  printf '%s %s\n' "$key" "$headers" >"$dir/.key"
}

module_build() { # module_build STEP FACT HEADERS-FACT WHAT
  [[ -e $S4_TOP/Kbuild ]] || die "$1" "this tree has no Kbuild, so no driver to build" \
    "choose the other steps with --only"
  fact "$3" >/dev/null || die "$1" "no kernel headers yet" "run tools/setup --only ${4#*:}"
  logged "$1" "building s4.ko for the ${4%:*} kernel" "read the log; it is the compiler's" \
    module_make "$S4_BUILD/setup/$2.build" "$(fact "$3")"
}

module_check() { module_current module headers; }
module_run() { module_build module module headers stock:kernel; }
module_facts() { note_fact module "$S4_BUILD/setup/module.build/s4.ko"; }

debug_module_check() { module_current debug-module debug-headers; }
debug_module_run() {
  module_build debug-module debug-module debug-headers debug:source,debug-kernel
}
debug_module_facts() { note_fact debug-module "$S4_BUILD/setup/debug-module.build/s4.ko"; }
