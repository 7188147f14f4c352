#!/bin/sh
# SPDX-License-Identifier: MIT
# Every call of the transport: the driver gives what the simulated kernel gives.
. "$GUEST_TESTS/lib.sh"
run_gtest sdk_conformance --transport drm
