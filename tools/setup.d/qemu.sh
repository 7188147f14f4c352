# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Step qemu: the distribution's own QEMU source package with the card's glue hooked in, built to
# the one program we use. There is one source and build tree for each QEMU version, kept between
# runs, so that a change of the glue compiles one file and links. The finished emulator is copied
# to bin/HASH, keyed by what went into it, so that two work trees can use one cache.

qemu_flags=(--target-list=x86_64-softmmu --without-default-features --without-default-devices
  --with-devices-x86_64=s4 --enable-tcg --enable-kvm --enable-virtfs --enable-attr
  --enable-cap-ng --enable-trace-backends=log --disable-docs --disable-user --disable-tools
  --disable-werror --disable-debug-info --enable-pie --meson=/usr/bin/meson)

qemu_version_now() { # the newest that the release and its security suite have: 1:7.2+dfsg-7...
  private_apt apt-cache showsrc --only-source qemu |
    awk '/^Package:/ {p = $2} /^Version:/ && p == "qemu" {print $2}' | sort -V | tail -n 1
}

qemu_dir() { # the epoch is left out: no colons in paths
  local version
  version=$(settled qemu)
  printf '%s/qemu/%s\n' "$S4_CACHE" "${version#*:}"
}

# S4_PLAIN_QEMU=1 leaves the card out: for work on this folder, or to see whether QEMU itself is at fault.
qemu_has_glue() { [[ -z ${S4_PLAIN_QEMU:-} && -x $S4_TOP/qemu-device/qemu/hook.sh ]]; }

qemu_key() {
  local glue=()
  qemu_has_glue && glue=("$S4_TOP/qemu-device/qemu" "$S4_TOP/qemu-device/card/include" "$S4_TOP/include/s4/abi")
  echo "${qemu_flags[*]} $(hash_of "$S4_TOP/tools/setup.d/qemu.config" "${glue[@]}")" |
    sha256sum | cut -c1-16
}

qemu_check() {
  settled qemu >/dev/null && [[ -x $(qemu_dir)/bin/$(qemu_key)/qemu-system-x86_64 ]]
}

qemu_run() {
  if ! settled qemu >/dev/null || [[ -n ${S4_UPDATE:-} ]]; then
    private_apt_fresh qemu
    settle qemu qemu_version_now || die qemu "no source package 'qemu' to be had" \
      "see that the machine's package sources name this release"
  fi
  local dir
  dir=$(qemu_dir)
  # One build tree serves all work trees; the step's lock keeps them apart.
  if [[ ! -e $dir/src/.s4-done ]]; then
    private_apt_fresh qemu
    logged qemu "fetching and unpacking QEMU $(settled qemu)" \
      "check the network and the space in $S4_CACHE, then run tools/setup again" qemu_fetch
  fi
  if qemu_has_glue; then
    logged qemu "building the card library" "read the log; it is the compiler's" \
      project_build s4card
    logged qemu "hooking the card into QEMU" "see qemu-device/qemu/hook.sh" qemu_hook
  fi
  if [[ ! -e $dir/build/.s4-flags || $(<"$dir/build/.s4-flags") != "${qemu_flags[*]}" ]]; then
    logged qemu "configuring QEMU" "read the log; a missing package belongs in packages.txt" \
      qemu_configure
  fi
  logged qemu "building QEMU (about 4 minutes on 2 cores the first time)" \
    "read the log; if the build tree is broken, remove $dir/build and run tools/setup again" \
    qemu_build
}

qemu_fetch() {
  local dir
  dir=$(qemu_dir)
  rm -rf "$dir.download" "$dir"
  mkdir -p "$dir.download" "$dir"
  # dpkg-source's own unpacking, so that the distribution's patches are applied.
  (cd "$dir.download" && retry private_apt apt-get source --download-only "qemu=$(settled qemu)")
  dpkg-source -x "$dir.download"/qemu_*.dsc "$dir/src"
  rm -rf "$dir.download"
  touch "$dir/src/.s4-done"
}

qemu_hook() {
  # By way of links, so that another work tree's turn does not change QEMU's configuration, which
  # would be half a minute's work.
  local card
  card=$(qemu_dir)/card
  mkdir -p "$card"
  ln -sfn "$S4_TOP/qemu-device/card/include" "$card/include"
  ln -sfn "$S4_TOP/include" "$card/abi"
  ln -sfn "$S4_BUILD/lib" "$card/lib"
  S4_CARD_INCLUDE=$card/include S4_ABI_INCLUDE=$card/abi S4_CARD_LIBDIR=$card/lib \
    "$S4_TOP/qemu-device/qemu/hook.sh" "$(qemu_dir)/src"
}

qemu_configure() {
  local dir
  dir=$(qemu_dir)
  qemu_device_list
  rm -rf "$dir/build"
  mkdir -p "$dir/build"
  local cc=gcc
  command -v ccache >/dev/null && cc="ccache gcc"
  # The distribution's own python, whatever else stands earlier in PATH: its meson needs that one.
  (cd "$dir/build" && PATH=/usr/bin:/bin:$PATH ../src/configure --cc="$cc" "${qemu_flags[@]}")
  echo "${qemu_flags[*]}" >"$dir/build/.s4-flags"
}

qemu_device_list() {
  local list new
  list=$(qemu_dir)/src/configs/devices/x86_64-softmmu/s4.mak
  new=$(cat "$S4_TOP/tools/setup.d/qemu.config")
  # An unknown CONFIG_ name is an error, so the card is listed only when it is hooked in.
  qemu_has_glue && new+=$'\nCONFIG_S4=y'
  [[ -e $list && $(<"$list") == "$new" ]] || printf '%s\n' "$new" >"$list"
}

qemu_build() {
  local dir bin
  dir=$(qemu_dir)
  qemu_device_list
  ninja -C "$dir/build" -j"$S4_JOBS" qemu-system-x86_64
  qemu_option_roms
  mkdir -p "$dir/share"
  cp "$dir"/build/pc-bios/optionrom/*.bin "$dir/share/"
  bin=$dir/bin/$(qemu_key)
  mkdir -p "$bin"
  # By rename: the old file may be running.
  cp "$dir/build/qemu-system-x86_64" "$bin/.new.$$"
  mv "$bin/.new.$$" "$bin/qemu-system-x86_64"
  # Emulators of older states of the glue go; a few stay for other work trees.
  local old
  find "$dir/bin" -mindepth 1 -maxdepth 1 -printf '%T@ %p\n' | sort -rn | tail -n +7 | cut -d' ' -f2- |
    while read -r old; do rm -rf "$old"; done
}

# The few boot ROMs that QEMU's own source has: they boot -kernel. Configure writes this
# file only when it takes the compiler for an i386 one, which "ccache gcc" it does not.
qemu_option_roms() {
  local roms
  roms=$(qemu_dir)/build/pc-bios/optionrom
  printf '%s\n' "TOPSRC_DIR=$(qemu_dir)/src" CC=gcc OBJCOPY=objcopy PYTHON=/usr/bin/python3 \
    >"$roms/config.mak"
  make -C "$roms" all
}

qemu_facts() {
  local dir
  dir=$(qemu_dir)
  note_fact qemu "$dir/bin/$(qemu_key)/qemu-system-x86_64"
  note_fact qemu-source "$dir/src"
  note_fact qemu-build "$dir/build"
  note_fact roms "$dir/share"
}
