# suite: kernel-style
# quick: no
# about: the driver by the kernel's own rules: checkpatch, sparse, W=1, kernel-doc
# SPDX-License-Identifier: MIT
source "$S4_TOP/tools/test.d/lib.sh"
source "$S4_TOP/tools/setup.d/lib.sh"
source "$S4_TOP/tools/setup.d/module.sh"

tree=$(thing kernel-source) || exit 1
headers=$(thing headers) || exit 1
uapi=$S4_TOP/include/s4/abi/s4_accel.h
mapfile -t sources < <(find "$S4_TOP/driver" -name '*.[ch]' | sort)

checkpatch() {
  # The tree is not a kernel tree, so what concerns MAINTAINERS and patches does not apply; SPDX
  # lines are checked for the kernel's directories only, and the headers are shared with C++.
  "$tree/scripts/checkpatch.pl" --no-tree --strict --terse --no-summary --max-line-length=100 \
    --ignore FILE_PATH_CHANGES,SPDX_LICENSE_TAG,LINUX_VERSION_CODE -f "$1"
}
for file in "${sources[@]}" "$uapi"; do
  check "checkpatch/${file##*/}" checkpatch "$file"
done

kernel_doc() {
  local out
  out=$("$tree/scripts/kernel-doc" -none -Werror "$1" 2>&1) || {
    echo "$out"
    return 1
  }
}
for file in "${sources[@]}" "$uapi"; do
  check "kernel-doc/${file##*/}" kernel_doc "$file"
done

# In its own folder: C=2 checks files even when they need no compiling.
no_warnings() { # no_warnings MAKE-ARGUMENT...
  local log dir=$S4_BUILD/test/module.build
  mkdir -p "$dir/include"
  rsync -a --delete --exclude='*.o' "$S4_TOP/driver" "$dir/" &&
    rsync -a --delete "$S4_TOP/include/s4" "$dir/include/" && rsync -a "$S4_TOP/Kbuild" "$dir/" || return 1
  log=$(make -C "$headers" M="$dir" -j"$S4_JOBS" "$@" clean modules 2>&1)
  local status=$?
  echo "$log"
  ((status == 0)) && ! grep -E 'warning:|error:' <<<"$log"
}
check "compiles-without-warnings-at-W=1" no_warnings W=1 KCFLAGS=-Werror
check "sparse-is-silent" no_warnings C=2 CF=-D__CHECK_ENDIAN__
