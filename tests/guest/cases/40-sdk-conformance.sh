#!/bin/sh
# SPDX-License-Identifier: MIT
# The driver's results against the table that the simulated card is held to as well.
. "$GUEST_TESTS/lib.sh"
run_gtest sdk_conformance --transport drm --gtest_filter=-Reset.*
# Resets need a card that fails on demand (tools/vm --device-option x-fault-injection=on).
card=$(ls /sys/kernel/debug/accel | head -n 1)
if echo "ecc-corrected 0" >"/sys/kernel/debug/accel/$card/inject" 2>/dev/null; then
	run_gtest sdk_conformance --transport drm --gtest_filter=Reset.*
else
	echo "ok Reset # SKIP this machine's cards do not fail on demand"
fi
