#!/bin/sh
# SPDX-License-Identifier: MIT
# Resets, a dropped link, unplugging, sleep and errors of the link, under load.
# The kernel's own NVMe driver trips lockdep when it goes to sleep, and would end its watch.
for device in /sys/bus/pci/drivers/nvme/0*; do
	[ -e "$device" ] && echo "${device##*/}" >/sys/bus/pci/drivers/nvme/unbind
done
s4-driver-test reset lost unplug suspend aer
