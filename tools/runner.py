"""Run a lab, or one node of it, in this process until it is told to end.

Knows nothing of nodes: the launcher starts and ends them.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from ..state.store import StoreError
from .client import Message, OperationError
from .control import ControlServer
from .folder import WHOLE_LAB, Busy, LabFolder
from .lab import Lab
from .launcher import PortInUse, RunningLab
from .login import note_host_keys
from .operate import running

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

_PATIENCE = 0.1
"""Seconds after which people are told where to log in though the lab still starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to run: a whole lab, or `only` one node of it.

    `text` is the lab file's, `file` its name as the user knows it.  `announce`
    is called when it is settled where to log in, `ready` when people can.
    """

    lab: Lab
    text: str
    file: str
    folder: LabFolder
    only: str | None
    announce: Callable[[], None]
    ready: Callable[[], None]

    @property
    def process_name(self) -> str:
        """The name of the process in the lab directory."""
        return self.only or WHOLE_LAB

    @property
    def nodes(self) -> tuple[str, ...]:
        """The names of the nodes that the process runs."""
        if self.only:
            return (self.only,)
        return tuple(node.seed.name for node in self.lab.nodes)


def run(job: Job) -> None:
    """Run until SIGINT, SIGTERM or `tofulab down`.

    Raises `OperationError` when another process runs a node already, when the
    directory is another running lab's, or when the lab cannot start.
    """
    job.folder.prepare()
    try:
        with job.folder.hold_process(job.process_name, job.nodes):
            _adopt(job)
            asyncio.run(_Process(job).run())
    except Busy as busy:
        what = "the lab" if busy.name == WHOLE_LAB else busy.name
        raise OperationError(
            f"{what} runs already in {job.folder.path};"
            f" end it with: tofulab down --dir {shlex.quote(str(job.folder.path))}"
        ) from None


def _adopt(job: Job) -> None:
    """Keep the lab file in the lab directory, for the commands that follow."""
    file = job.folder.lab_file
    with suppress(FileNotFoundError):
        if file.read_text(encoding="utf-8") == job.text:
            return
        for record in running(job.folder):
            raise OperationError(
                f"process {record.pid} runs another lab in {job.folder.path};"
                " choose another --dir, or end that with: tofulab down"
            )
    job.folder.write(file, job.text)


class _Process:
    def __init__(self, job: Job) -> None:
        self._job = job
        self._running = RunningLab(job.lab, job.folder.path, job.only)
        self._started = asyncio.Event()
        self._stop = asyncio.Event()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._end, number)
        job = self._job
        server = ControlServer(job.folder, job.process_name, job.nodes, self._operate)
        await server.start()
        try:
            await self._run_nodes()
        finally:
            await server.close()

    def _end(self, number: signal.Signals) -> None:
        self._stop.set()
        # Should the end hang, the next signal gets through.
        asyncio.get_running_loop().remove_signal_handler(number)

    async def _operate(self, request: Message) -> Message:
        if request.get("do") == "stop":
            self._stop.set()
            return {"pid": os.getpid()}
        await self._started.wait()
        if self._stop.is_set():
            raise OperationError("the lab is ending")
        with self._explained():
            return await self._running.operate(request)

    async def _run_nodes(self) -> None:
        try:
            await self._start()
            if not self._stop.is_set():
                await self._note_host_keys()
                self._started.set()
                self._job.ready()
                await self._stop.wait()
        finally:
            # Those who waited for the start hear that it ends instead.
            self._stop.set()
            self._started.set()
            await self._running.stop()

    async def _start(self) -> None:
        """Start the nodes, or be told to end meanwhile."""
        start = asyncio.create_task(self._running.start())
        stop = asyncio.create_task(self._stop.wait())
        first = asyncio.FIRST_COMPLETED
        await asyncio.wait({start, stop}, timeout=_PATIENCE, return_when=first)
        if not start.done() or start.exception() is None:
            self._job.announce()
        await asyncio.wait({start, stop}, return_when=first)
        for task in (start, stop):
            task.cancel()
        with suppress(asyncio.CancelledError), self._explained():
            await start

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say in the operator's words why a node does not come up."""
        listen = f"change listen in {self._job.file}"
        try:
            yield
        except PortInUse as error:
            raise OperationError(
                f"{error.node}: {error.host} port {error.port} ({error.service}) is in"
                f" use; {listen}, or end the other lab"
            ) from None
        except StoreError as error:
            raise OperationError(
                f"a node's disk cannot be used: {error};"
                " `tofulab reset NODE` takes the node back to its first boot"
            ) from None
        except OSError as error:
            reason = error.strerror or error
            raise OperationError(
                f"a node cannot start: {reason}; if that is an address, {listen}"
            ) from None

    async def _note_host_keys(self) -> None:
        answer: Message = await self._running.operate({"do": "status"})
        note_host_keys(self._job.folder, answer["nodes"])
