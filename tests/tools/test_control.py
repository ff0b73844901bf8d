"""The operator channel: what is asked arrives, what is answered comes back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tofulab.tools.client import is_served
from tofulab.tools.control import (
    ControlServer,
    Message,
    NoAnswer,
    OperationError,
    ask,
)
from tofulab.tools.folder import LabFolder, Record

Serve = Callable[..., AbstractAsyncContextManager[Record]]


@pytest.fixture
def folder(tmp_path: Path) -> LabFolder:
    """A lab directory."""
    folder = LabFolder(tmp_path / "lab")
    folder.prepare()
    return folder


async def answer(request: Message) -> Message:
    """Answer as the tests below ask for."""
    match request["do"]:
        case "echo":
            return {"echo": request["what"]}
        case "refuse":
            raise OperationError("not today")
        case "break":
            raise RuntimeError("a fault")
        case "leave":
            return {"big": "x" * 3_000_000}
        case _:
            await asyncio.Event().wait()
            return {}


@pytest.fixture
def serve(folder: LabFolder) -> Serve:
    """Serve requests as one process of the lab."""

    @contextlib.asynccontextmanager
    async def serving(where: LabFolder = folder) -> AsyncIterator[Record]:
        with where.hold_process("one", ["one"]):
            server = ControlServer(where, "one", ("one",), answer)
            await server.start()
            try:
                (record,) = where.records()
                yield record
            finally:
                await server.close()

    return serving


async def ask_aside(record: Record, request: Message, patience: float = 5) -> Message:
    """Ask from a thread, as the client blocks."""
    return await asyncio.to_thread(ask, record.socket, request, patience)


async def test_a_request_is_answered(serve: Serve) -> None:
    """What is asked reaches the function, and its answer the asker."""
    async with serve() as record:
        request = {"do": "echo", "what": "한 줄\n"}
        assert {"echo": "한 줄\n"} == await ask_aside(record, request)


async def test_a_large_answer_arrives_whole(serve: Serve) -> None:
    """Answers may be longer than any buffer."""
    async with serve() as record:
        told = await ask_aside(record, {"do": "leave"})
        assert 3_000_000 == len(told["big"])


async def test_a_refused_operation_raises_its_message(serve: Serve) -> None:
    """The server's OperationError is raised at the client, and no other ends it."""
    async with serve() as record:
        with pytest.raises(OperationError, match=r"^not today$"):
            await ask_aside(record, {"do": "refuse"})
        assert {"echo": 1} == await ask_aside(record, {"do": "echo", "what": 1})


async def test_a_fault_is_logged_and_does_not_end_the_lab(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """An operation that breaks tells the operator where to look, and others go on."""
    async with serve() as record:
        with (
            caplog.at_level(logging.ERROR),
            pytest.raises(OperationError, match="the lab's log says why"),
        ):
            await ask_aside(record, {"do": "break"})
        assert ["operation break failed"] == [r.getMessage() for r in caplog.records]
        assert {"echo": 1} == await ask_aside(record, {"do": "echo", "what": 1})


@pytest.mark.parametrize(
    "line", [b"nonsense\n", b"\xff\n", b"x" * 200_000 + b"\n", b"[]\n", b"3\n"]
)
async def test_nonsense_is_answered_with_an_error(serve: Serve, line: bytes) -> None:
    """Whatever is written to the socket, the answer says what is wrong with it."""
    async with serve() as record:
        reader, writer = await asyncio.open_unix_connection(record.socket)
        with contextlib.suppress(ConnectionError):
            writer.write(line)
            await writer.drain()
        assert "error" in json.loads(await reader.readline())
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def test_askers_that_leave_do_no_harm(serve: Serve) -> None:
    """A connection that ends early, before or after its request, is forgotten."""
    async with serve() as record:
        for request in (b"", b'{"do"', b'{"do": "leave"}\n'):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(record.socket))
                connection.sendall(request)
        assert {"echo": 1} == await ask_aside(record, {"do": "echo", "what": 1})


async def test_closing_ends_operations_under_way(serve: Serve) -> None:
    """An operation that does not end does not keep the lab from ending."""
    async with serve() as record:
        asking = asyncio.create_task(ask_aside(record, {"do": "hang"}))
        await ask_aside(record, {"do": "echo", "what": 1})
    with pytest.raises(NoAnswer):
        await asking


async def test_no_answer_in_time(serve: Serve) -> None:
    """An asker's patience ends."""
    async with serve() as record:
        with pytest.raises(NoAnswer, match="timed out"):
            await ask_aside(record, {"do": "hang"}, 0.1)


async def test_only_the_owner_can_ask(serve: Serve) -> None:
    """The socket, the record and their folder are for the owner alone."""
    async with serve() as record:
        modes = {
            path.suffix: stat.S_IMODE(path.stat().st_mode)
            for path in record.socket.parent.iterdir()
        }
        assert {".sock": 0o600, ".json": 0o600, ".lock": 0o600} == modes
        assert 0o700 == stat.S_IMODE(record.socket.parent.stat().st_mode)


async def test_nothing_is_left_behind(serve: Serve, folder: LabFolder) -> None:
    """A server that ends takes its socket and its record along."""
    async with serve() as record:
        assert is_served(record.socket)
    assert not is_served(record.socket)
    assert [] == folder.records()
    assert ["one.lock"] == [path.name for path in folder.run.iterdir()]
    with pytest.raises(NoAnswer):
        ask(record.socket, {"do": "echo"})


async def test_a_long_directory_path(serve: Serve, tmp_path: Path) -> None:
    """Where the path is too long for a socket, a private directory serves."""
    deep = LabFolder(tmp_path.joinpath(*["d" * 50] * 3))
    deep.prepare()
    async with serve(deep) as record:
        assert deep.run != record.socket.parent
        assert 0o700 == stat.S_IMODE(record.socket.parent.stat().st_mode)
        assert {"echo": 1} == await ask_aside(record, {"do": "echo", "what": 1})
    assert not record.socket.parent.exists()


async def test_what_a_killed_server_left_is_taken_over(
    serve: Serve, folder: LabFolder
) -> None:
    """A socket and a record that nobody serves any more are in nobody's way."""
    private = folder.path / "private"
    private.mkdir()
    left = Record(
        name="one", pid=999_999, socket=private / "lab.sock", nodes=("one", "two")
    )
    with socket.socket(socket.AF_UNIX) as connection:
        connection.bind(str(left.socket))
    folder.add_record(left)
    assert not is_served(left.socket)
    async with serve() as record:
        assert [record] == folder.records()
        assert {"echo": 1} == await ask_aside(record, {"do": "echo", "what": 1})
    assert not private.exists()
