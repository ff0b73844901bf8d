"""The operator channel of a running lab: a Unix socket only its owner can use.

One connection carries one request and one answer, each a line of JSON.  Knows
nothing of what is asked: that is for the function it was given.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from .client import Message, NoAnswer, OperationError, ask
from .folder import LabFolder, Record

__all__ = ["ControlServer", "Message", "NoAnswer", "OperationError", "ask"]

Operate = Callable[[Message], Awaitable[Message]]

_REQUEST_LIMIT = 65536
_REQUEST_PATIENCE = 10.0
_FAREWELL = 1.0

_log = logging.getLogger("tofulab.tools.control")


class ControlServer:
    """Serves the requests of operators for one process of a lab.

    The process's name and nodes must be held (`LabFolder.hold_process`) for as
    long as the server lives.
    """

    def __init__(
        self, folder: LabFolder, name: str, nodes: tuple[str, ...], operate: Operate
    ) -> None:
        self._folder = folder
        self._name = name
        self._nodes = nodes
        self._operate = operate
        self._server: asyncio.Server | None = None
        self._answering: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen, then note the process in the lab directory; raises `OSError`."""
        self._folder.remove_record(self._name)
        path = self._folder.new_socket_path(self._name)
        record = Record(
            name=self._name, pid=os.getpid(), socket=path, nodes=self._nodes
        )
        self._server = await asyncio.start_unix_server(
            self._accept, sock=_bind(path), limit=_REQUEST_LIMIT
        )
        self._folder.add_record(record)

    async def close(self) -> None:
        """Stop listening, let answers under way go out, and forget the process."""
        if self._server is None:
            return
        self._server.close()
        if self._answering:
            _, late = await asyncio.wait(self._answering, timeout=_FAREWELL)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._folder.remove_record(self._name)

    def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            answer = await self._answer(reader)
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError):
            # The operator is gone or says nothing: nobody is left to be told.
            _log.debug("an operator left without an answer")
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader) -> Message:
        try:
            async with asyncio.timeout(_REQUEST_PATIENCE):
                line = await reader.readuntil(b"\n")
            request = json.loads(line)
        except (asyncio.LimitOverrunError, ValueError):
            return {"error": "the request is not one line of JSON"}
        if not isinstance(request, dict):
            return {"error": "the request is not a JSON object"}
        try:
            return await self._operate(request)
        except OperationError as error:
            return {"error": str(error)}
        except Exception:
            # A fault of one operation must not end the lab that others work in.
            _log.exception("operation %s failed", request.get("do"))
            return {"error": "the operation failed; the lab's log says why"}


def _bind(path: Path) -> socket.socket:
    """Bind a socket that nobody but the owner can connect to."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(str(path))
        # Nobody can connect before somebody listens, so this comes in time.
        path.chmod(0o600)
    except OSError:
        listener.close()
        raise
    return listener
