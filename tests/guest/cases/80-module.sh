#!/bin/sh
# SPDX-License-Identifier: MIT
# The module comes and goes: with clients, after them, with firmware that is no good.
s4-driver-test module
status=$?
# A test that failed half way may have left none, or one without its cards.
if [ $status != 0 ]; then
	rmmod s4 2>/dev/null
	[ -d /sys/module/s4 ] || insmod /lib/modules/s4.ko
fi
exit $status
