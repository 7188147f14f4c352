# suite: qtest
# quick: yes
# about: the PCIe device in an emulator without processors (tests/qtest)
# SPDX-License-Identifier: MIT
source "$S4_TOP/tools/test.d/lib.sh"
S4_QEMU=$(thing qemu)
S4_QEMU_SHARE=$(thing bios)
export S4_QEMU S4_QEMU_SHARE S4_FIRMWARE=$S4_BUILD/firmware/s4_fw.bin
export LD_LIBRARY_PATH=$S4_BUILD/lib
/usr/bin/python3 "$S4_TOP/tests/qtest/test_card.py"
