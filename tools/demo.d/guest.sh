#!/bin/sh
# SPDX-License-Identifier: MIT
# What tools/demo runs in the guest: guest.sh [OPTION of s4-digits...]
set -e
show() {
	printf '\nguest# %s\n' "$*"
	"$@"
}
show insmod /lib/modules/s4.ko
show s4-smi
show s4-digits --images /usr/share/s4/digits/images "$@"
show rmmod s4
