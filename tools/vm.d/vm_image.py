# SPDX-License-Identifier: MIT
"""What the guest finds in its memory file system.

Three archives, concatenated for each boot: the base (busybox, the kernel's modules), the
project (programs, their libraries, firmware), and the run (configuration, added files). The
first two are cached, keyed by the files they are made of.
"""
import hashlib
import io
import lzma
import os
import re
import shlex
import subprocess
import tempfile

import vm_cpio
from vm_common import Failure, TOP, cache_dir, guest_dir

# What guests may use apart from the driver's own needs; the driver's come from its modinfo.
EXTRA_MODULES = ["vgem", "nvme", "9pnet_virtio", "9p", "virtio_blk"]
LIBRARY = re.compile(r"^\s*(?:\S+ => )?(/\S+) \(0x[0-9a-f]+\)$")


def run_tool(*args):
    return subprocess.run(args, check=True, stdout=subprocess.PIPE, text=True).stdout


def cached(kind, inputs, make):
    """The path of the archive of this kind made from these inputs, making it if need be."""
    key = hashlib.sha256(repr(inputs).encode()).hexdigest()[:16]
    folder = os.path.join(cache_dir(), "initramfs")
    path = os.path.join(folder, f"{kind}-{key}.cpio")
    if os.path.exists(path):
        os.utime(path)
        return path
    os.makedirs(folder, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as f:
        archive = vm_cpio.Archive(f)
        make(archive)
        archive.close()
    os.rename(f.name, path)
    # A few old ones stay for other work trees; each is tens of megabytes.
    old = sorted(
        (e for e in os.scandir(folder) if e.name.startswith(kind + "-")),
        key=lambda e: e.stat().st_mtime,
    )
    for entry in old[:-8]:
        os.unlink(entry.path)
    return path


def stamp(path):
    status = os.stat(path)
    return (path, status.st_mtime_ns, status.st_size)


class ModuleTree:
    """The modules of an unpacked kernel package: who needs whom, and their contents."""

    def __init__(self, folder):
        self._folder = folder
        self._path = {}
        self._needs = {}
        with open(os.path.join(folder, "modules.dep"), encoding="ascii") as f:
            for line in f:
                path, _, needs = line.partition(":")
                self._path[self._name(path)] = path
                self._needs[self._name(path)] = [self._name(n) for n in needs.split()]

    @staticmethod
    def _name(path):
        return os.path.basename(path).split(".ko")[0].replace("-", "_")

    def order(self, wanted):
        """Wanted modules after all that they need; those built into the kernel are left out."""
        out = []

        def visit(name):
            name = name.replace("-", "_")
            if name not in self._path or name in out:
                return
            for need in self._needs[name]:
                visit(need)
            out.append(name)

        for name in wanted:
            visit(name)
        return out

    def read(self, name):
        with open(os.path.join(self._folder, self._path[name]), "rb") as f:
            data = f.read()
        return lzma.decompress(data) if self._path[name].endswith(".xz") else data


def driver_needs(module):
    return [n for n in run_tool("/sbin/modinfo", "-F", "depends", module).strip().split(",") if n]


def base(modules_folder, release, driver):
    """(archive, modules to load before the driver in order, optional modules by name).

    A kernel without a modules folder (the debug kernel) has them all built in.
    """
    busybox = "/bin/busybox"
    if not os.path.exists(busybox):
        raise Failure("no /bin/busybox", "install busybox-static (tools/setup does)")
    tree = ModuleTree(modules_folder) if modules_folder else None
    needed, optional = [], {}
    if tree:
        needed = tree.order(driver_needs(driver) if driver else [])
        optional = {name: tree.order([name]) for name in EXTRA_MODULES}
    everything = list(dict.fromkeys(needed + [m for order in optional.values() for m in order]))

    def make(archive):
        for folder in ("dev", "proc", "sys", "tmp", "run", "root", "etc", "lib/firmware/s4"):
            archive.directory(folder)
        archive.device("dev/console", 5, 1)
        archive.device("dev/null", 1, 3)
        archive.copy("bin/busybox", busybox)
        for applet in run_tool(busybox, "--list").split():
            if applet != "busybox":
                archive.symlink(f"bin/{applet}", "/bin/busybox")
        archive.file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/tmp:/bin/sh\n")
        archive.file("etc/group", b"root:x:0:\nuser:x:1000:\n")
        archive.file("etc/profile", b"PS1='s4-guest# '\n")
        folder = f"lib/modules/{release}"
        lines = []
        for name in everything:
            archive.file(f"{folder}/{name}.ko", tree.read(name))
            needs = [f"{n}.ko" for n in reversed(tree.order([name])[:-1])]
            lines.append(f"{name}.ko: {' '.join(needs)}\n")
        archive.file(f"{folder}/modules.dep", "".join(lines).encode())
        builtin = [] if tree else [f"kernel/{name}.ko\n" for name in EXTRA_MODULES]
        archive.file(f"{folder}/modules.builtin", "".join(builtin).encode())
        for name in ("init", "vmctl"):
            where = "init" if name == "init" else "usr/bin/vmctl"
            archive.copy(where, os.path.join(guest_dir(), name))

    inputs = [stamp(busybox), modules_folder, release, everything]
    inputs += [stamp(os.path.join(guest_dir(), n)) for n in ("init", "vmctl")]
    inputs.append(stamp(__file__))
    return cached("base", inputs, make), needed, optional


def is_elf(path):
    try:
        with open(path, "rb") as f:
            head = f.read(20)
    except OSError:
        return False
    # x86-64 only: the firmware and the MCU's tests are ELF files as well.
    return head[:4] == b"\x7fELF" and head[18:20] == b"\x3e\x00"


def libraries_of(paths, build):
    """Every shared library the given ELF files need, by the name they ask for."""
    found = {}
    env = dict(os.environ, LD_LIBRARY_PATH=os.path.join(build, "lib"))
    for path in paths:
        result = subprocess.run(["ldd", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                text=True, env=env, check=False)
        for line in result.stdout.splitlines():
            match = LIBRARY.match(line)
            if match:
                found[match[1]] = None
    return list(found)


def stripped(path):
    """The contents without debug information; what was stripped once is kept."""
    key = hashlib.sha256(repr(stamp(path)).encode()).hexdigest()[:16]
    folder = os.path.join(cache_dir(), "stripped")
    out = os.path.join(folder, key)
    if not os.path.exists(out):
        os.makedirs(folder, exist_ok=True)
        part = f"{out}.{os.getpid()}"
        subprocess.run(["strip", "--strip-debug", "-o", part, path], check=True)
        os.rename(part, out)
    else:
        os.utime(out)
    return out


def prune_stripped(limit=400):
    folder = os.path.join(cache_dir(), "stripped")
    if not os.path.isdir(folder):
        return
    entries = sorted(os.scandir(folder), key=lambda e: e.stat().st_mtime)
    for entry in entries[:-limit]:
        os.unlink(entry.path)


def place_libraries(archive, libraries, build):
    for path in libraries:
        # The project's own go beside the programs; the system's keep their path, which the
        # programs' interpreter and the loader's built-in search both know.
        own = os.path.realpath(path).startswith(os.path.realpath(build) + os.sep)
        where = "usr/lib/" + os.path.basename(path) if own else path
        with open(stripped(os.path.realpath(path)), "rb") as f:
            archive.file(where, f.read(), 0o755)


def project(build):
    bin_folder = os.path.join(build, "bin")
    programs = []
    if os.path.isdir(bin_folder):
        programs = sorted(e.path for e in os.scandir(bin_folder) if e.is_file())
    programs = [p for p in programs if os.access(p, os.X_OK)]
    elves = [p for p in programs if is_elf(p)]
    libraries = libraries_of(elves, build) if elves else []
    firmware = os.path.join(build, "firmware", "s4_fw.bin")
    files = programs + libraries + ([firmware] if os.path.exists(firmware) else [])

    def make(archive):
        for path in programs:
            source = stripped(path) if path in elves else path
            with open(source, "rb") as f:
                archive.file("usr/bin/" + os.path.basename(path), f.read(), 0o755)
        place_libraries(archive, libraries, build)
        if os.path.exists(firmware):
            archive.copy("lib/firmware/s4/s4_fw.bin", firmware)
        prune_stripped()

    return cached("project", [stamp(f) for f in files] + [stamp(__file__)], make)


def add_path(archive, source, where, elves):
    if os.path.isdir(source):
        archive.directory(where)
        for entry in sorted(os.scandir(source), key=lambda e: e.name):
            add_path(archive, entry.path, os.path.join(where, entry.name), elves)
        return
    if is_elf(source) and os.access(source, os.X_OK):
        elves.append(source)
    archive.copy(where, source)


def run(options, config, driver, build):
    """The archive of this one boot, as bytes."""
    stream = io.BytesIO()
    archive = vm_cpio.Archive(stream)
    lines = [f"{name}={shlex.quote(str(value))}\n" for name, value in config.items()]
    archive.file("etc/vm/config", "".join(lines).encode())
    if options.command:
        archive.file("etc/vm/command", f"exec {shlex.join(options.command)}\n".encode())
    if driver:
        archive.copy("lib/modules/s4.ko", driver)
    elves = []
    for item in options.add:
        source, _, where = item.partition(":")
        if not os.path.exists(source):
            raise Failure(f"--add: no file '{source}'", "check the path")
        where = where or "/root/" + os.path.basename(os.path.abspath(source))
        add_path(archive, source, where, elves)
    if elves:
        place_libraries(archive, libraries_of(elves, build), build)
    archive.close()
    return stream.getvalue()


def assemble(path, archives, last):
    with open(path, "wb") as out:
        for name in archives:
            with open(name, "rb") as f:
                while chunk := f.read(1 << 20):
                    out.write(chunk)
        out.write(last)
    return path


def default_build():
    return os.environ.get("S4_BUILD", os.path.join(TOP, "build"))
