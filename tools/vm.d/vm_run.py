# SPDX-License-Identifier: MIT
"""One run of the machine: start QEMU, carry its ports, wait for its end."""
import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import termios
import tty

import vm_control
import vm_machine

TIMED_OUT = 124
BROKEN = 125  # as docker and env use it: the tool failed, not the command
PR_SET_PDEATHSIG = 1


def die_with_parent():
    """QEMU must not outlive a killed tools/vm."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def write_all(fd, data):
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view):]


class Result:
    """How a run ended: the guest's status (None: it never said), or why there is none."""

    def __init__(self):
        self.status = None
        self.timed_out = False
        self.qemu_status = None


async def forward(reader, fd):
    while data := await reader.read(1 << 16):
        write_all(fd, data)


async def serve_console(reader, writer):
    """The interactive shell: this terminal, raw, is the guest's."""
    loop = asyncio.get_running_loop()
    old = termios.tcgetattr(0) if os.isatty(0) else None

    def typed():
        data = os.read(0, 4096)
        if data:
            writer.write(data)
        else:
            loop.remove_reader(0)

    if old:
        tty.setraw(0)
    loop.add_reader(0, typed)
    try:
        await forward(reader, 1)
    finally:
        loop.remove_reader(0)
        if old:
            termios.tcsetattr(0, termios.TCSADRAIN, old)


async def run(command_line, options, folder):
    result = Result()
    qmp = vm_control.Qmp()
    cards = {f"card{i}": vm_machine.card_device(options, i) for i in range(options.cards)}
    control = vm_control.Control(qmp, cards)
    streams = []

    def carrying(handle):
        # The tasks of the output streams are kept: they end after QEMU does, when all is written.
        async def serve(reader, writer):
            task = asyncio.current_task()
            streams.append(task)
            with contextlib.suppress(ConnectionError):
                await handle(reader, writer)
            writer.close()

        return serve

    handlers = {
        "stdout": lambda r, w: forward(r, 1),
        "stderr": lambda r, w: forward(r, 2),
        "control": control.serve,
        "qmp": qmp.serve,
        "console": serve_console,
    }
    servers = [
        await asyncio.start_unix_server(carrying(h), os.path.join(folder, name), limit=1 << 20)
        for name, h in handlers.items()
    ]
    with open(os.path.join(folder, "qemu.err"), "wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *command_line, stdin=asyncio.subprocess.DEVNULL, stdout=errors, stderr=errors,
            preexec_fn=die_with_parent,
        )
    try:
        await asyncio.wait_for(process.wait(), options.timeout or None)
    except asyncio.TimeoutError:
        result.timed_out = True
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if streams:
        await asyncio.wait(streams, timeout=10)
    for server in servers:
        server.close()
    result.status = control.status
    result.qemu_status = process.returncode
    return result


def run_to_end(command_line, options, folder):
    async def main():
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, task.cancel)
        return await run(command_line, options, folder)

    try:
        return asyncio.run(main())
    except asyncio.CancelledError:
        sys.exit(130)
