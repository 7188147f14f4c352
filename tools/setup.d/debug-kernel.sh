# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Steps source and debug-kernel: the kernel's source from the distribution, and a small kernel
# built from it with every checker the driver's tests want. All it needs is built in, so that a
# guest of it loads one module: s4.ko.

source_dir() { printf '%s/source/%s\n' "$S4_CACHE" "$(settled kernel)"; }

source_check() { settled kernel >/dev/null && [[ -e $(source_dir)/done ]]; }
source_run() {
  kernel_run
  source_check && return 0
  private_apt_fresh source
  logged source "fetching and unpacking the kernel source" \
    "check the network and the space in $S4_CACHE (2 GB), then run tools/setup again" source_fetch
}
source_fetch() {
  local version dir
  version=$(settled kernel)
  dir=$(source_dir)
  rm -rf "$dir.new"
  mkdir -p "$dir.new/tree"
  download_debs "$dir.new/debs" "linux-source-6.12=$version"
  dpkg-deb --fsys-tarfile "$dir.new"/debs/linux-source-*.deb |
    tar -xf - -O --wildcards '*/linux-source-6.12.tar.xz' | xz -dc |
    tar -xf - -C "$dir.new/tree" --strip-components=1 \
      --exclude='*/drivers/gpu/drm/amd/include/*' --exclude='*/tools/testing/*' \
      --exclude='*/Documentation/devicetree/*' --exclude='*/arch/*/boot/dts/*'
  rm -rf "$dir.new/debs"
  touch "$dir.new/done"
  rm -rf "$dir"
  mv "$dir.new" "$dir"
}
source_facts() { note_fact kernel-source "$(source_dir)/tree"; }

# Keyed by what it is built from: the source's version, the configuration and the way of building.
debug_kernel_dir() {
  printf '%s/debug-kernel/%s-%s\n' "$S4_CACHE" "$(settled kernel)" \
    "$(hash_of "$S4_TOP/tools/setup.d/debug-kernel.config" "$S4_TOP/tools/setup.d/debug-kernel.kconfig")"
}
debug_kernel_check() { settled kernel >/dev/null && [[ -e $(debug_kernel_dir)/done ]]; }
debug_kernel_run() {
  source_run
  debug_kernel_check && return 0
  logged debug-kernel "configuring the debug kernel" \
    "see which option of tools/setup.d/debug-kernel.config the log complains about" \
    debug_kernel_configure
  logged debug-kernel "building the debug kernel (about 10 minutes on 2 cores)" \
    "read the log; if the machine ran out of memory, try again with S4_JOBS=1" debug_kernel_build
}

# DRM_SCHED and its like are hidden symbols that only a driver can select. This is the driver's
# place in the tree, as an in-tree copy would have it, without the driver itself.
debug_kernel_add_stub() {
  local accel=$1/drivers/accel
  mkdir -p "$accel/s4"
  cmp -s "$S4_TOP/tools/setup.d/debug-kernel.kconfig" "$accel/s4/Kconfig" ||
    cp "$S4_TOP/tools/setup.d/debug-kernel.kconfig" "$accel/s4/Kconfig"
  grep -q 'accel/s4/Kconfig' "$accel/Kconfig" ||
    sed -i 's|^source "drivers/accel/qaic/Kconfig"|&\nsource "drivers/accel/s4/Kconfig"|' \
      "$accel/Kconfig"
  grep -q 'accel/s4/Kconfig' "$accel/Kconfig"
}

debug_kernel_configure() {
  local tree dir fragment=$S4_TOP/tools/setup.d/debug-kernel.config line bad=0
  tree=$(source_dir)/tree
  dir=$(debug_kernel_dir)
  debug_kernel_add_stub "$tree"
  # What an interrupted run left here was made from the same inputs: go on with it.
  mkdir -p "$dir/build"
  make -C "$tree" O="$dir/build" ARCH=x86_64 KCONFIG_ALLCONFIG="$fragment" allnoconfig
  # An option that Kconfig quietly dropped is a checker that would quietly not check.
  while read -r line; do
    case $line in
      CONFIG_*=n)
        if grep -q "^${line%=n}=" "$dir/build/.config"; then
          echo "not honoured: $line"
          bad=1
        fi
        ;;
      CONFIG_*=*)
        if ! grep -qxF "$line" "$dir/build/.config"; then
          echo "not honoured: $line"
          bad=1
        fi
        ;;
    esac
  done <"$fragment"
  return "$bad"
}

debug_kernel_build() {
  local dir
  dir=$(debug_kernel_dir)
  make -C "$dir/build" -j"$S4_JOBS" bzImage modules
  make -s -C "$dir/build" kernelrelease >"$dir/release"
  # The objects are not needed to build modules: headers, scripts, symvers and the image stay.
  find "$dir/build" -name '*.o' ! -path '*/scripts/*' ! -path '*/tools/*' -delete
  find "$dir/build" \( -name '*.a' -o -name '.*.cmd' \) ! -path '*/scripts/*' \
    ! -path '*/tools/*' -delete
  strip -g "$dir/build/vmlinux" -o "$dir/vmlinux"
  touch "$dir/done"
}
debug_kernel_facts() {
  local dir
  dir=$(debug_kernel_dir)
  note_fact debug-kernel "$dir/vmlinux"
  note_fact debug-kernel-packed "$dir/build/arch/x86/boot/bzImage"
  note_fact debug-headers "$dir/build"
  note_fact debug-release "$(<"$dir/release")"
}
