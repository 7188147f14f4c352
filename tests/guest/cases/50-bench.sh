#!/bin/sh
# SPDX-License-Identifier: MIT
# The benchmarks that run in a guest come to their end; no figure is judged.
. "$GUEST_TESTS/lib.sh"
s4-bench latency --runs 3 --json || fail "s4-bench latency: status $?"
s4-bench copy --device 0 --runs 3 --json || fail "s4-bench copy: status $?"
