# SPDX-License-Identifier: MIT
"""The machine's command line: Q35, a root port for each card, ports for output and control."""
import os

from vm_common import Failure

# Port names in the guest (/dev/virtio-ports/NAME) and their host sockets.
PORTS = {"stdout": "org.s4.stdout", "stderr": "org.s4.stderr", "control": "org.s4.control"}


def parse_size(text):
    """Bytes from 64M, 2G, 1048576."""
    units = {"K": 10, "M": 20, "G": 30, "T": 40}
    number, unit = (text[:-1], text[-1:].upper()) if text[-1:].isalpha() else (text, "")
    if not number.isdigit() or (unit and unit not in units):
        raise Failure(f"'{text}' is not a size", "write for example 512M or 2G")
    return int(number) << units.get(unit, 0)


def card_device(options, index):
    """The properties of card INDEX, as -device and device_add take them."""
    # Distinct serials, so that a test can name a card by its own.
    device = {"driver": "s4", "id": f"card{index}", "bus": f"port{index}", "serial": f"S4VM{index:04d}"}
    if options.card_memory:
        device["memory"] = str(parse_size(options.card_memory))
    for item in options.device_option:
        name, equals, value = item.partition("=")
        if not equals:
            raise Failure(f"--device-option {item}: no '='", "write NAME=VALUE")
        # "cardN:name=value" is for one card, such as its serial.
        card, colon, rest = name.partition(":")
        if colon:
            if card == f"card{index}":
                device[rest] = value
            elif not (card.startswith("card") and card[4:].isdigit()):
                raise Failure(f"--device-option {item}: '{card}' is no card", "write card0:NAME=VALUE")
        else:
            device[name] = value
    return device


def as_device(properties):
    """-device's form of a dictionary; commas in values are doubled, as QEMU wants them."""
    driver = properties["driver"]
    rest = [f"{k}={str(v).replace(',', ',,')}" for k, v in properties.items() if k != "driver"]
    return ",".join([driver, *rest])


def accel_arguments(accel):
    if accel == "kvm":
        return ["-accel", "kvm", "-cpu", "host"]
    # la57 would give the guest a fifth level of page tables, and TCG a longer walk for nothing.
    # One host thread for all processors: with a thread each, a kernel that patches its own code
    # (static keys) dies of a stale breakpoint now and then, on a busy host.
    return ["-accel", "tcg,thread=single,tb-size=512", "-cpu", "max,la57=off"]


def kernel_arguments(options):
    words = [
        "console=ttyS0", "panic=-1", "rdinit=/init", "random.trust_cpu=on",
        # Addresses in reports that can be looked up, and no workarounds for the host's silicon.
        "nokaslr", "mitigations=off",
        # A loaded host makes a guest look stuck; a real hang ends in the time-out of tools/vm.
        "watchdog_thresh=60", "rcupdate.rcu_cpu_stall_timeout=180", "tsc=reliable",
        "workqueue.watchdog_thresh=180",
        # The boot-time look whether the timer ticks counts loops, which a busy host upsets: behind an
        # IOMMU the kernel then panics.
        "no_timer_check",
    ]
    if options.iommu:
        words += ["intel_iommu=on", "iommu.strict=1", "iommu.passthrough=0"]
    else:
        words.append("intel_iommu=off")
    if options.debug_kernel:
        # Hundreds of megabytes of quarantine would not fit a lean guest.
        words += ["kmemleak=on", "dma_debug_entries=65536"]
    return " ".join(words + options.append)


def command_line(options, things, accel, folder):
    """things: qemu, bios, kernel, initrd. folder: where the sockets and the log are."""
    args = [
        things["qemu"], "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
        "-name", "s4-guest", "-L", things["bios"], "-L", things["roms"],
        "-machine", "q35,hpet=on" + (",kernel-irqchip=split" if options.iommu else ""),
        *accel_arguments(accel),
        "-smp", str(options.smp), "-m", str(parse_size(options.memory) >> 20),
        # As on real hardware, a slot's own hot-plug logic and not ACPI's announces a card.
        "-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off",
        "-global", f"ICH9-LPC.disable_s3={0 if options.suspend else 1}",
        "-kernel", things["kernel"], "-initrd", things["initrd"],
        "-append", kernel_arguments(options),
        "-chardev", f"file,id=log,path={folder}/kernel.log", "-serial", "chardev:log",
        "-chardev", f"socket,id=qmp,path={folder}/qmp", "-mon", "chardev=qmp,mode=control",
        "-D", f"{folder}/qemu.log", "-d", "guest_errors",
    ]
    if options.monitor:
        args += ["-qmp", f"unix:{options.monitor},server=on,wait=off"]
    if options.iommu:
        args += ["-device", "intel-iommu,intremap=on,aw-bits=48"]
    # max_ports counts port 0, which is kept for a console.
    args += ["-device", "virtio-serial-pci,id=serial,max_ports=8,addr=0x1e"]
    for number, (port, name) in enumerate(PORTS.items(), 1):
        args += ["-chardev", f"socket,id={port},path={folder}/{port}"]
        args += ["-device", f"virtserialport,bus=serial.0,nr={number},chardev={port},name={name}"]
    if options.shell:
        args += ["-chardev", f"socket,id=console,path={folder}/console"]
        args += ["-device", "virtconsole,bus=serial.0,nr=0,chardev=console"]
    # Each card has its own root port: only so can it be unplugged.
    for index in range(options.cards):
        port = (f"pcie-root-port,id=port{index},bus=pcie.0,chassis={index + 1},"
                f"slot={index + 1},addr={hex(4 + index)}")
        args += ["-device", port, "-device", as_device(card_device(options, index))]
    if options.nvme:
        image = os.path.join(folder, "nvme.raw")
        with open(image, "wb") as f:
            f.truncate(64 << 20)
        args += ["-drive", f"file={image},if=none,id=nvme,format=raw",
                 "-device", "nvme,drive=nvme,serial=s4bench"]
    if options.share:
        shared = os.path.abspath(options.share).replace(",", ",,")
        args += ["-virtfs", f"local,path={shared},mount_tag=share,security_model=none"]
    return args + options.qemu_option
