#!/bin/sh
# SPDX-License-Identifier: MIT
# The kernel interface as it stands, without libs4.
s4-driver-test
