# SPDX-License-Identifier: MIT
"""A QEMU machine without processors, driven by the qtest protocol: a Q35 with S4 cards."""
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import tempfile
import time

MMCONFIG = 0xB0000000
TIMEOUT = 120  # s; generous, for a busy machine


class Died(Exception):
    """The emulator ended by itself."""


class Line:
    """A line-based connection that the emulator makes to us."""

    def __init__(self, path):
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        self.server.listen(1)
        self.server.settimeout(TIMEOUT)
        self.file = None

    def accept(self, process):
        self.server.settimeout(1)
        for _ in range(TIMEOUT):
            try:
                connection, _ = self.server.accept()
                break
            except socket.timeout:
                if process.poll() is not None:
                    raise Died() from None
        connection.settimeout(TIMEOUT)
        self.file = connection.makefile("rw", newline="\n")
        self.server.close()

    def write(self, text):
        try:
            self.file.write(text + "\n")
            self.file.flush()
        except OSError:
            raise Died() from None

    def read(self):
        try:
            line = self.file.readline()
        except ConnectionError:
            line = ""
        if not line:
            raise Died()
        return line.strip()


class Machine:
    """`cards`: a list of property strings, one a card, each behind a root port of its own."""

    def __init__(self, *cards, extra=()):
        self.folder = tempfile.mkdtemp(prefix="s4-qtest-")
        qtest, qmp = Line(f"{self.folder}/qtest"), Line(f"{self.folder}/qmp")
        self.log = pathlib.Path(self.folder, "log")
        command = [os.environ["S4_QEMU"], "-M", "q35", "-m", "256M", "-accel", "qtest",
                   "-nodefaults", "-display", "none",
                   # Unplugging by the slot's own registers, not by ACPI.
                   "-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off", "-L", os.environ["S4_QEMU_SHARE"],
                   "-d", "guest_errors", "-D", str(self.log),
                   "-qtest", f"unix:{self.folder}/qtest", "-qtest-log", "none",
                   "-qmp", f"unix:{self.folder}/qmp"]
        for i, properties in enumerate(cards):
            command += ["-device", f"pcie-root-port,id=port{i},chassis={i + 1},slot={i + 1},"
                        f"addr={i + 2:#x},x-speed=8,x-width=16",
                        "-device", f"s4,bus=port{i},id=card{i}" + (f",{properties}" if properties else "")]
        self.stderr = open(f"{self.folder}/stderr", "w+", encoding="utf-8")
        self.process = subprocess.Popen([*command, *extra], stdin=subprocess.DEVNULL,
                                        stdout=self.stderr, stderr=self.stderr)
        self.qtest, self.qmp_line, self.events = qtest, qmp, []
        try:
            qtest.accept(self.process)
            qmp.accept(self.process)
            qmp.read()
            self.qmp("qmp_capabilities")
        except Died:
            self.process.wait()

    # The emulator.

    def errors(self):
        """What it said on its standard error."""
        self.stderr.flush()
        return pathlib.Path(self.stderr.name).read_text(encoding="utf-8")

    def guest_errors(self):
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""

    def close(self):
        """Ends the machine; its exit status, 0 when it left in order."""
        if self.process.poll() is None:
            try:
                self.qmp("quit")
            except (Died, OSError):
                pass
            try:
                self.process.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.stderr.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        return self.process.returncode

    def qmp(self, execute, **arguments):
        self.qmp_line.write(json.dumps({"execute": execute, "arguments": arguments}))
        while True:
            answer = json.loads(self.qmp_line.read())
            if "event" in answer:
                self.events.append(answer["event"])
                continue
            return answer

    def wait_event(self, name):
        while name not in self.events:
            self.events.append(json.loads(self.qmp_line.read()).get("event"))
        self.events.remove(name)

    # The guest's view.

    def call(self, *words):
        self.qtest.write(" ".join(str(w) for w in words))
        while True:
            answer = self.qtest.read()
            if not answer.startswith("IRQ"):
                assert answer.startswith("OK"), answer
                return answer.split()[1:]

    def read(self, addr, size):
        return bytes.fromhex(self.call("read", hex(addr), hex(size))[0][2:])

    def write(self, addr, data):
        self.call("write", hex(addr), hex(len(data)), "0x" + data.hex())

    def read32(self, addr):
        return int(self.call("readl", hex(addr))[0], 16) & 0xFFFFFFFF

    def write32(self, addr, value):
        self.call("writel", hex(addr), hex(value))

    def start_mmconfig(self):
        self.call("outl", "0xcf8", hex(0x80000060))
        self.call("outl", "0xcfc", hex(MMCONFIG | 1))
        self.call("outl", "0xcf8", hex(0x80000064))
        self.call("outl", "0xcfc", "0x0")


class Function:
    """Configuration space of one PCI function."""

    def __init__(self, machine, bus, device):
        self.machine, self.base = machine, MMCONFIG + (bus << 20) + (device << 15)

    def get(self, offset, size=4):
        return int.from_bytes(self.machine.read(self.base + offset, size), "little")

    def put(self, offset, value, size=4):
        self.machine.call({1: "writeb", 2: "writew", 4: "writel"}[size],
                          hex(self.base + offset), hex(value))

    def capability(self, wanted):
        at = self.get(0x34, 1)
        while at not in (0, 0xFF):  # ones: nobody is there
            if self.get(at, 1) == wanted:
                return at
            at = self.get(at + 1, 1)
        return None

    def extended(self, wanted):
        at = 0x100
        while at:
            header = self.get(at)
            if header & 0xFFFF == wanted:
                return at
            at = header >> 20
        return None


class Card(Function):
    """A card with its root port, numbered and placed as firmware of a PC would."""

    def __init__(self, machine, number=0):
        machine.start_mmconfig()
        self.port = Function(machine, 0, number + 2)
        self.number = number
        super().__init__(machine, number + 1, 0)
        self.regs = 0xC0000000 + number * 0x1000000
        self.msix = self.regs + 0x100000
        self.dram = (number + 1) << 40
        self.place(bus_master=False)

    def place(self, bus_master=True):
        bus = self.number + 1
        self.port.put(0x18, bus << 16 | bus << 8)
        self.port.put(0x20, (self.regs + 0xF00000) & 0xFFF00000 | self.regs >> 16)
        last = self.dram + (1 << 39) - 1
        self.port.put(0x24, ((last >> 16) & 0xFFF0) << 16 | (self.dram >> 16) & 0xFFF0)
        self.port.put(0x28, self.dram >> 32)
        self.port.put(0x2C, last >> 32)
        self.port.put(0x04, 0x7, 2)
        self.put(0x10, self.regs)
        self.put(0x18, self.dram & 0xFFFFFFFF)
        self.put(0x1C, self.dram >> 32)
        self.put(0x20, self.msix)
        self.put(0x04, 0x6 if bus_master else 0x2, 2)

    def reg(self, offset):
        return self.machine.read32(self.regs + offset)

    def set(self, offset, value):
        self.machine.write32(self.regs + offset, value)

    def set64(self, offset, value):
        self.set(offset, value & 0xFFFFFFFF)
        self.set(offset + 4, value >> 32)

    def wait(self, what, condition):
        """Waits for what the card's threads do; guest time goes on meanwhile."""
        end = time.monotonic() + TIMEOUT
        while not condition():
            assert time.monotonic() < end, f"card{self.number}: waited too long for {what}"
            self.machine.call("clock_step", 1000000)
            time.sleep(0.002)


def u64(value):
    return struct.pack("<Q", value)
