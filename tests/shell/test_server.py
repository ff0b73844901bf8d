"""The server's life: it starts, numbers its terminals, and leaves nothing behind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.polling import until
from tofulab.shell.server import SshServer
from tofulab.shell.terminal import Login, Terminal

if TYPE_CHECKING:
    from .conftest import Lab

PROMPT = b"prime-pri/admin# "


async def run_idle(terminal: Terminal) -> int:
    """Do nothing."""
    return 0


async def test_terminals_are_numbered(lab: Lab) -> None:
    """Live terminals have the smallest numbers, which are given out again."""
    server = await lab.serve()
    shells = [await lab.open() for _ in range(3)]
    for shell in shells:
        await shell.expect(PROMPT)
    assert [0, 1, 2] == [terminal.login.number for terminal in server.terminals]
    shells[1].send(b"\x04")
    await shells[1].finish()
    again = await lab.open()
    await again.expect(PROMPT)
    assert [0, 2, 1] == [terminal.login.number for terminal in server.terminals]


async def test_login_tells_who_it_is(lab: Lab) -> None:
    """A session knows its user, address and command."""
    logins: list[Login] = []

    async def run(terminal: Terminal) -> int:
        logins.append(terminal.login)
        return 0

    await lab.serve(run)
    shell = await lab.open(command="show clock")
    await shell.finish()
    assert lab.connection is not None
    host, port = lab.connection.get_extra_info("sockname")[:2]
    wanted = Login(
        user="admin", peer_host=host, peer_port=port, number=0, command="show clock"
    )
    assert [wanted] == logins


@pytest.mark.parametrize(
    ("size", "seen"),
    [((132, 50), (132, 50)), ((0, 0), (80, 24)), ((100, 0), (100, 24))],
)
async def test_window_size(
    lab: Lab, size: tuple[int, int], seen: tuple[int, int]
) -> None:
    """A window without a size counts as 80 by 24."""
    server = await lab.serve()
    shell = await lab.open(size=size)
    await shell.expect(PROMPT)
    (terminal,) = server.terminals
    assert seen == (terminal.width, terminal.height)


async def test_close_ends_everything(lab: Lab) -> None:
    """Closing ends sessions and connections, and no task is left."""
    server = await lab.serve()
    shells = [await lab.open(), await lab.open(pty=False)]
    for shell in shells:
        await shell.expect(PROMPT)
    await server.close()
    for shell in shells:
        await shell.finish()
    assert () == server.terminals
    with pytest.raises(OSError, match=r"refused|failed"):
        await asyncio.open_connection("127.0.0.1", lab.port)


@pytest.mark.parametrize("deaf", ["channel", "socket"])
async def test_close_does_not_wait_for_deaf_clients(
    lab: Lab, deaf: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that does not read cannot keep the server from closing."""
    monkeypatch.setattr("tofulab.shell.server.CLOSE_TIME", 0.1)
    written = 0

    async def run(terminal: Terminal) -> int:
        nonlocal written
        while True:
            await terminal.write("x" * 30_000)
            written += 1

    server = await lab.serve(run)
    lab.connection = await lab.connect()
    shell = await lab.open(window=100_000_000)
    if deaf == "channel":
        shell.process.channel.pause_reading()
    else:
        transport = lab.connection._transport
        assert transport is not None
        transport.pause_reading()
    await until(lambda: written > 3)
    await asyncio.wait_for(server.close(), 5)
    if deaf == "socket":
        lab.connection.abort()


async def test_close_twice_and_unstarted(all_host_keys: list[str], lab: Lab) -> None:
    """A server that does not run may be closed."""
    server = await lab.serve()
    await server.close()
    await server.close()

    await SshServer(lab.accounts, run_idle, all_host_keys).close()


async def test_an_address_in_use(lab: Lab, all_host_keys: list[str]) -> None:
    """Two servers cannot have one port."""
    await lab.serve()
    other = SshServer(lab.accounts, run_idle, all_host_keys)
    with pytest.raises(OSError, match="in use"):
        await other.start("127.0.0.1", lab.port)


async def test_reading_twice_at_once(lab: Lab) -> None:
    """Two readers of one terminal are a fault of the session's."""
    faults: list[str] = []

    async def run(terminal: Terminal) -> int:
        first = asyncio.create_task(terminal.read_key())
        await asyncio.sleep(0)
        try:
            await terminal.read_key()
        except RuntimeError as fault:
            faults.append(str(fault))
        await first
        return 0

    await lab.serve(run)
    shell = await lab.open()
    shell.send(b"x")
    await shell.finish()
    assert ["the terminal is being read already"] == faults


async def test_a_read_can_time_out(lab: Lab) -> None:
    """A read that is given up leaves the terminal as it was."""

    async def run(terminal: Terminal) -> int:
        try:
            async with asyncio.timeout(0.01):
                await terminal.read_line("# ")
        except TimeoutError:
            await terminal.write("\ntoo late\n")
        await terminal.write(f"<{await terminal.read_line('again# ')}>\n")
        return 0

    await lab.serve(run)
    shell = await lab.open()
    await shell.expect(b"again# ")
    shell.send(b"ok\r")
    assert b"# \r\ntoo late\r\nagain# ok\r\n<ok>\r\n" == await shell.finish()
