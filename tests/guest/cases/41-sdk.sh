#!/bin/sh
# SPDX-License-Identifier: MIT
# libs4's public interface on the driver.
. "$GUEST_TESTS/lib.sh"
run_gtest sdk_test
