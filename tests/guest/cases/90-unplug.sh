#!/bin/sh
# SPDX-License-Identifier: MIT
# Unplugging under load. The last case: the kernel's own pciehp trips lockdep (tools/vm.d/vm_log.py
# knows that report), which ends its watch.
s4-driver-test unplug
