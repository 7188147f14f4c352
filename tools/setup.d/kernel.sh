# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Step kernel: the distribution's Linux 6.12 (backports suite; the release's own 6.1 has no accel
# class), downloaded and unpacked, never installed. Gives the guest its kernel and modules, and the
# module build its headers.

kernel_version_now() { # the version of the metapackage: 6.12.95-1~bpo12+1
  private_apt apt-cache show linux-image-amd64 | awk '/^Version:/ {print $2}' |
    sort -V | grep '^6\.12\.' | tail -n 1
}
kernel_release_now() { # what it depends on: 6.12.95+deb12-amd64
  private_apt apt-cache show "linux-image-amd64=$1" |
    sed -n 's/^Depends: linux-image-\([^ ]*\) .*/\1/p' | head -n 1
}

kernel_dir() { printf '%s/kernel/%s\n' "$S4_CACHE" "$(settled kernel)"; }

kernel_check() { settled kernel >/dev/null && [[ -e $(kernel_dir)/done ]]; }

kernel_run() {
  if ! settled kernel >/dev/null || [[ -n ${S4_UPDATE:-} ]]; then
    private_apt_fresh kernel
    settle kernel kernel_version_now || die kernel "no Linux 6.12 in the backports suite" \
      "see that the machine's package sources name the release '$(. /etc/os-release && echo "$VERSION_CODENAME")'"
    settle kernel-release kernel_release_now "$(settled kernel)"
  fi
  if ! kernel_check; then
    private_apt_fresh kernel
    logged kernel "fetching and unpacking Linux $(settled kernel-release)" \
      "check the network and the space in $S4_CACHE, then run tools/setup again" kernel_fetch
  fi
}

kernel_fetch() {
  local version release dir root common
  version=$(settled kernel)
  release=$(settled kernel-release)
  dir=$(kernel_dir)
  rm -rf "$dir.new"
  mkdir -p "$dir.new/root"
  # linux-headers-*-common and linux-kbuild-* are named after the release without its flavour.
  common=${release%-amd64}
  download_debs "$dir.new/debs" "linux-image-$release=$version" \
    "linux-headers-$release=$version" "linux-headers-$common-common=$version" \
    "linux-kbuild-$common=$version"
  root=$dir.new/root
  local deb
  for deb in "$dir.new"/debs/*.deb; do
    dpkg-deb -x "$deb" "$root"
  done
  rm -rf "$dir.new/debs"
  # The headers' Makefile includes the common one by its installed path, and scripts/ and tools/
  # are absolute links as well; point them into the unpacked tree (relative, the cache may move).
  local headers=$root/usr/src/linux-headers-$release
  sed -i "s|^include /usr/src/|include \$(dir \$(lastword \$(MAKEFILE_LIST)))../|" "$headers/Makefile"
  local link
  find "$headers" "$root/usr/src/linux-headers-$common-common" -type l | while read -r link; do
    local target
    target=$(readlink "$link")
    if [[ $target == /usr/* ]]; then ln -sfnr "$root$target" "$link"; fi
  done
  # modinfo and our module list read modules.dep, which the package's postinst would have made.
  local modules=$root/lib/modules
  [[ -d $modules ]] || modules=$root/usr/lib/modules
  /sbin/depmod -b "${modules%/lib/modules}" "$release"
  kernel_unpack_image "$root/boot/vmlinuz-$release" "$dir.new/vmlinux"
  touch "$dir.new/done"
  rm -rf "$dir"
  mv "$dir.new" "$dir"
}

# The image without its self-extractor: QEMU starts it through its PVH entry, which saves the two
# seconds that an emulated processor takes to decompress it, at every boot. (Not for a guest that
# sleeps: waking resets the machine, and that loads such an image again over the sleeping kernel.)
kernel_unpack_image() {
  local offset
  offset=$(LC_ALL=C grep -obUaP '\x28\xb5\x2f\xfd' "$1" | head -n 1 | cut -d: -f1)
  [[ -n $offset ]]
  # zstd reports the bytes that follow its frame as an error, so the result is what we check.
  tail -c +$((offset + 1)) "$1" | zstd -dcf 2>/dev/null >"$2" || true
  LC_ALL=C head -c 4 "$2" | grep -q ELF
}

kernel_facts() {
  local root release
  root=$(kernel_dir)/root
  release=$(settled kernel-release)
  note_fact kernel "$(kernel_dir)/vmlinux"
  note_fact kernel-packed "$root/boot/vmlinuz-$release"
  note_fact kernel-release "$release"
  note_fact modules "$root/lib/modules/$release"
  note_fact headers "$root/usr/src/linux-headers-$release"
}
