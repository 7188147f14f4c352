# SPDX-License-Identifier: MIT
"""Which accelerator to use. /dev/kvm may open, create a machine and then never run it, so only a
short boot that reaches user space counts as proof; its answer holds until the host reboots."""
import os
import subprocess

import vm_cpio
import vm_machine
from vm_common import Failure, cache_dir

PROOF = "s4-kvm-probe-reached-user-space"
SECONDS = 20
INIT = f"#!/bin/busybox sh\n/bin/busybox echo {PROOF}\n/bin/busybox poweroff -f\n"


def kvm_boots(things, folder):
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    initrd = os.path.join(folder, "probe.cpio")
    with open(initrd, "wb") as f:
        archive = vm_cpio.Archive(f)
        archive.copy("bin/busybox", "/bin/busybox")
        archive.directory("dev")
        archive.device("dev/console", 5, 1)
        archive.file("init", INIT.encode(), 0o755)
        archive.close()
    command = [
        things["qemu"], "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
        "-L", things["bios"], "-L", things["roms"], "-machine", "q35", *vm_machine.accel_arguments("kvm"), "-m", "512",
        "-kernel", things["kernel"], "-initrd", initrd, "-serial", "stdio",
        "-append", "console=ttyS0 quiet panic=-1 rdinit=/init",
    ]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    return PROOF.encode() in done.stdout


def choose(wanted, things, folder):
    if wanted == "tcg":
        return "tcg"
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as f:
        boot = f.read().strip()
    note = os.path.join(cache_dir(), "kvm-probe")
    try:
        with open(note, encoding="ascii") as f:
            noted_boot, answer = f.read().split()
    except (OSError, ValueError):
        noted_boot, answer = "", ""
    if noted_boot != boot:
        answer = "kvm" if kvm_boots(things, folder) else "tcg"
        with open(f"{note}.{os.getpid()}", "w", encoding="ascii") as f:
            f.write(f"{boot} {answer}\n")
        os.rename(f"{note}.{os.getpid()}", note)
    if wanted == "kvm" and answer != "kvm":
        raise Failure("a short boot with KVM did not reach user space", "use --accel tcg or auto")
    return answer
