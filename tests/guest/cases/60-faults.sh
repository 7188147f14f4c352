#!/bin/sh
# SPDX-License-Identifier: MIT
# Faults on demand: hangs, slow jobs, DMA and ECC errors, crashes of the firmware.
s4-driver-test inject
