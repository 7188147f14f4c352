#!/bin/sh
# SPDX-License-Identifier: MIT
# Resets, a dropped link, unplugging and sleep, under load.
s4-driver-test reset lost unplug suspend
