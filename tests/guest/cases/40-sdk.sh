#!/bin/sh
# SPDX-License-Identifier: MIT
# The tests of the SDK, on a card of the machine.
. "$GUEST_TESTS/lib.sh"
run_gtest sdk_test
