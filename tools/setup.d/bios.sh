# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Step bios: the distribution's SeaBIOS source with one fault mended. Waking from S3 resets Q35,
# which switches its memory-mapped configuration window off; SeaBIOS then sets the chipset up again
# through that very window, so power management and the PCIe extended configuration space stay lost,
# and a guest that has slept once can neither read its cards' AER registers nor power off. The
# functions that run on waking must use the I/O ports. As it is built here anyway, what no guest of
# ours needs is left out, which makes the boot shorter.

bios_version_now() {
  private_apt apt-cache showsrc --only-source seabios |
    awk '/^Package:/ {p = $2} /^Version:/ && p == "seabios" {print $2}' | sort -V | tail -n 1
}
bios_dir() {
  printf '%s/bios/%s-%s\n' "$S4_CACHE" "$(settled seabios)" \
    "$(hash_of "$S4_TOP/tools/setup.d/bios.sh")"
}
bios_check() { settled seabios >/dev/null && [[ -e $(bios_dir)/bios-256k.bin ]]; }

bios_run() {
  if ! settled seabios >/dev/null || [[ -n ${S4_UPDATE:-} ]]; then
    private_apt_fresh bios
    settle seabios bios_version_now || die bios "no source package 'seabios' to be had" \
      "see that the machine's package sources name this release"
  fi
  bios_check && return 0
  private_apt_fresh bios
  logged bios "building SeaBIOS $(settled seabios)" "read the log" bios_build
}

bios_build() {
  local dir src function
  dir=$(bios_dir)
  rm -rf "$dir.new"
  mkdir -p "$dir.new" "$dir"
  (cd "$dir.new" && retry private_apt apt-get source --download-only "seabios=$(settled seabios)")
  dpkg-source -x "$dir.new"/seabios_*.dsc "$dir.new/src"
  src=$dir.new/src/src/fw/pciinit.c
  for function in mch_isa_lpc_setup ich9_smbus_enable mch_mmconfig_setup; do
    sed -i "/^static void $function(u16 bdf)\$/,/^}/s/pci_config_write/pci_ioconfig_write/" "$src"
  done
  # Eight writes in all: if there are fewer, the source has changed and wants looking at.
  [[ $(grep -c pci_ioconfig_write "$src") == 8 ]]
  printf '%s\n' CONFIG_QEMU=y CONFIG_ROM_SIZE=256 CONFIG_BOOTMENU=n CONFIG_BOOTSPLASH=n \
    CONFIG_TCGBIOS=n CONFIG_USB=n CONFIG_DEBUG_LEVEL=1 >"$dir.new/src/.config"
  make -C "$dir.new/src" PYTHON=/usr/bin/python3 olddefconfig
  make -C "$dir.new/src" PYTHON=/usr/bin/python3 EXTRAVERSION=-s4 -j"$S4_JOBS"
  cp "$dir.new/src/out/bios.bin" "$dir/bios-256k.bin"
  rm -rf "$dir.new"
}
bios_facts() { note_fact bios "$(bios_dir)"; }
