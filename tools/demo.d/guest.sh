#!/bin/sh
# SPDX-License-Identifier: MIT
# What tools/demo runs in the guest: guest.sh [OPTION of s4-digits...]
set -e
show() {
	printf '\nguest# %s\n' "$*"
	"$@"
}
# The kernel frees the fences of the last jobs a moment after the program has ended, and they hold
# the module until then.
unload() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		rmmod s4 2>/dev/null && return
		sleep 0.3
	done
	rmmod s4
}
show insmod /lib/modules/s4.ko
show s4-smi
show s4-digits --images /usr/share/s4/digits/images "$@"
printf '\nguest# rmmod s4\n'
unload
