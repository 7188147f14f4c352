# SPDX-License-Identifier: MIT
"""QMP, and the guest's own way to it: one line asks, one line of JSON answers."""
import asyncio
import json

HELP = """exit STATUS            end the run with this status
device_del ID          ask the guest to let go of a device (card0); see wait
device_add ID          plug card ID in again, with the properties it had
wait EVENT [SECONDS]   wait for a QMP event not yet waited for, such as DEVICE_DELETED
stop MILLISECONDS      stop the machine's processors for so long
wake MILLISECONDS      the next time the guest suspends, wake it after so long
qom-get PATH NAME      a property; PATH may be an id (card0)
qom-set PATH NAME JSON set it
COMMAND [JSON]         any other QMP command, with its arguments as an object"""


class QmpError(Exception):
    """The error member of a QMP answer."""


class Qmp:
    """One QMP connection."""

    def __init__(self):
        self._writer = None
        self._waiting = {}
        self._next = 0
        self._events = []
        self._event_came = asyncio.Condition()
        self.ready = asyncio.Event()
        self.on_event = None

    async def serve(self, reader, writer):
        self._writer = writer
        await reader.readline()  # the greeting
        writer.write(b'{"execute": "qmp_capabilities", "id": "hello"}\n')
        while line := await reader.readline():
            message = json.loads(line)
            if "event" in message:
                async with self._event_came:
                    self._events.append(message)
                    self._event_came.notify_all()
                if self.on_event:
                    self.on_event(message)
            elif message.get("id") == "hello":
                self.ready.set()
            else:
                future = self._waiting.pop(message.get("id"), None)
                if future and not future.done():
                    future.set_result(message)
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(QmpError({"class": "Gone", "desc": "QEMU is gone"}))

    async def run(self, command, arguments=None):
        await self.ready.wait()
        self._next += 1
        request = {"execute": command, "id": self._next}
        if arguments:
            request["arguments"] = arguments
        future = asyncio.get_running_loop().create_future()
        self._waiting[self._next] = future
        self._writer.write(json.dumps(request).encode() + b"\n")
        answer = await future
        if "error" in answer:
            raise QmpError(answer["error"])
        return answer["return"]

    async def wait_event(self, name, seconds):
        """The oldest event of this name that nobody has waited for yet."""

        async def look():
            async with self._event_came:
                while True:
                    for number, event in enumerate(self._events):
                        if event["event"] == name:
                            return self._events.pop(number)
                    await self._event_came.wait()

        try:
            return await asyncio.wait_for(look(), seconds)
        except asyncio.TimeoutError:
            raise QmpError({"class": "Timeout", "desc": f"no {name} in {seconds} s"}) from None


class Control:
    """Executes the guest's lines."""

    def __init__(self, qmp, cards):
        self._qmp = qmp
        self._cards = cards
        self._wake_tasks = set()
        self.status = None  # what the guest's "exit" said

    async def serve(self, reader, writer):
        while line := await reader.readline():
            try:
                answer = {"return": await self._execute(line.decode(errors="replace").split())}
            except QmpError as error:
                answer = {"error": error.args[0]}
            except (ValueError, IndexError, TypeError) as error:
                answer = {"error": {"class": "Usage", "desc": f"{error}; try vmctl help"}}
            writer.write(json.dumps(answer).encode() + b"\n")

    async def _execute(self, words):
        name, arguments = words[0], words[1:]
        method = getattr(self, "_do_" + name.replace("-", "_"), None)
        if method:
            return await method(*arguments)
        text = " ".join(arguments)
        return await self._qmp.run(name, json.loads(text) if text else None)

    async def _do_help(self):
        return HELP.splitlines()

    async def _do_exit(self, status):
        self.status = int(status)
        return {}

    async def _do_device_del(self, device):
        return await self._qmp.run("device_del", {"id": device})

    async def _do_device_add(self, device):
        if device not in self._cards:
            raise ValueError(f"no card '{device}'")
        return await self._qmp.run("device_add", self._cards[device])

    async def _do_wait(self, event, seconds="60"):
        return await self._qmp.wait_event(event, float(seconds))

    async def _do_stop(self, milliseconds):
        await self._qmp.run("stop")
        await asyncio.sleep(int(milliseconds) / 1000)
        return await self._qmp.run("cont")

    async def _do_wake(self, milliseconds):
        async def wake():
            await self._qmp.wait_event("SUSPEND", None)
            await asyncio.sleep(int(milliseconds) / 1000)
            await self._qmp.run("system_wakeup")

        task = asyncio.ensure_future(wake())
        self._wake_tasks.add(task)
        task.add_done_callback(self._wake_tasks.discard)
        return {}

    @staticmethod
    def _path(name):
        return name if name.startswith("/") else f"/machine/peripheral/{name}"

    async def _do_qom_get(self, path, name):
        return await self._qmp.run("qom-get", {"path": self._path(path), "property": name})

    async def _do_qom_set(self, path, name, *value):
        arguments = {"path": self._path(path), "property": name, "value": json.loads(" ".join(value))}
        return await self._qmp.run("qom-set", arguments)
