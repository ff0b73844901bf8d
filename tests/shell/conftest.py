"""A real SSH server in this process, a small session to run on it, and clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import asyncssh
import pytest
import pytest_asyncio

from tofulab.shell.history import LineHistory
from tofulab.shell.output import OutputStopped, OutputStream
from tofulab.shell.server import (
    Accounts,
    Limits,
    LoginEvent,
    Profile,
    SshServer,
    new_host_keys,
)
from tofulab.shell.terminal import InputEnded, Interrupted, Terminal

PROMPT = "prime-pri/admin# "
WORDS = ("ping", "show", "shutdown", "terminal")

RunSession = Callable[[Terminal], Awaitable[int]]


@dataclass
class LabAccounts:
    """One user, `admin` with the password `Public123`, and whatever was reported."""

    keys: list[str] = field(default_factory=list)
    events: list[LoginEvent] = field(default_factory=list)

    async def check_password(self, user: str, password: str) -> bool:
        """Know one user."""
        return (user, password) == ("admin", "Public123")

    def public_keys(self, user: str) -> Sequence[str]:
        """Give the keys of the one user."""
        return self.keys if user == "admin" else ()

    def report(self, event: LoginEvent) -> None:
        """Keep the event."""
        self.events.append(event)


class WordAssist:
    """Help and completion over a handful of words, as the grammar's are over many."""

    def explain(self, before_cursor: str) -> str:
        """List the words that may stand here."""
        return "".join(f"  {word}\n" for word in self.complete(before_cursor))

    def complete(self, before_cursor: str) -> Sequence[str]:
        """Find the words that begin with the last one typed, in any case."""
        part = before_cursor.rpartition(" ")[2].lower()
        return [word for word in WORDS if word.startswith(part)]


class LabSession:
    """A shell of six commands, each for one thing that terminals do."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.history = LineHistory()

    async def run(self) -> int:
        """Read and run lines until the input ends."""
        if self.terminal.login.command is not None:
            await self.command(self.terminal.login.command)
            return 3
        while True:
            try:
                line = await self.terminal.read_line(
                    PROMPT, history=self.history, assist=WordAssist()
                )
                await self.command(line)
            except Interrupted:
                continue
            except InputEnded:
                await self.terminal.write("bye\n")
                return 0

    async def command(self, line: str) -> None:
        """Run one line; what is no command is echoed between angle brackets."""
        match line.split():
            case ["ask"]:
                answer = await self.terminal.read_line("Continue? (yes/no) [yes] ? ")
                await self.terminal.write(f"<{answer}>\n")
            case ["secret"]:
                answer = await self.terminal.read_secret("Password: ")
                await self.terminal.write(f"<{answer}>\n")
            case ["key"]:
                await self.terminal.write(f"{await self.terminal.read_key()!r}\n")
            case ["lines", count]:
                await self.lines(int(count))
            case ["wait"]:
                await self.wait()
            case ["fail"]:
                raise ZeroDivisionError("a fault in a command")
            case []:
                pass
            case _:
                await self.terminal.write(f"<{line}>\n")

    async def lines(self, count: int) -> None:
        """Write numbered lines, paged to the window."""
        stream = OutputStream(self.terminal, [], self.terminal.height)
        try:
            for number in range(count):
                await stream.write(f"line {number}\n")
            await stream.close()
        except OutputStopped:
            pass

    async def wait(self) -> None:
        """Run until interrupted."""
        stop = asyncio.Event()
        self.terminal.on_interrupt = stop.set
        await self.terminal.write("waiting\n")
        try:
            await stop.wait()
        finally:
            self.terminal.on_interrupt = None
        await self.terminal.write("interrupted\n")


async def run_lab_session(terminal: Terminal) -> int:
    """Run a `LabSession`."""
    return await LabSession(terminal).run()


class Shell:
    """A client's session: what it sends, and all that it has received."""

    def __init__(self, process: asyncssh.SSHClientProcess[bytes]) -> None:
        self.process = process
        self.received = b""

    def send(self, data: bytes) -> None:
        """Send in one packet."""
        self.process.stdin.write(data)

    async def expect(self, wanted: bytes) -> bytes:
        """Receive until `wanted` is there, once more than before; return all new."""
        new = b""
        while wanted not in new:
            piece = await asyncio.wait_for(self.process.stdout.read(65536), 5)
            assert piece, f"{wanted!r} never came: {new!r}"
            new += piece
        self.received += new
        return new

    async def finish(self) -> bytes:
        """Receive all the rest; return everything that was ever received."""
        self.received += await asyncio.wait_for(self.process.stdout.read(), 10)
        return self.received


class Lab:
    """Servers and clients that end with the test."""

    def __init__(self, stack: AsyncExitStack, host_keys: Sequence[str]) -> None:
        self._stack = stack
        self._host_keys = host_keys
        self.accounts = LabAccounts()
        self.server: SshServer | None = None
        self.port = 0
        self.connection: asyncssh.SSHClientConnection | None = None

    async def serve(
        self,
        run: RunSession = run_lab_session,
        limits: Limits = Limits(delay=0.0),  # noqa: B008 - frozen
        profile: Profile = Profile.SECURE,
    ) -> SshServer:
        """Start the server."""
        accounts: Accounts = self.accounts
        self.server = SshServer(accounts, run, self._host_keys, limits, profile)
        self.port = await self.server.start("127.0.0.1", 0)
        self._stack.push_async_callback(self.server.close)
        return self.server

    async def connect(
        self, user: str = "admin", password: str | None = "Public123", **options: object
    ) -> asyncssh.SSHClientConnection:
        """Log in."""
        settings: dict[str, object] = {
            "known_hosts": None,
            "client_keys": None,
            "agent_path": None,
            "config": None,
            "username": user,
            "password": password,
        }
        connection = await asyncssh.connect(
            "127.0.0.1", self.port, **(settings | options)
        )
        self._stack.push_async_callback(connection.wait_closed)
        self._stack.callback(connection.close)
        return connection

    async def open(
        self,
        *,
        pty: bool = True,
        term: str | None = "xterm",
        size: tuple[int, int] = (80, 24),
        command: str | None = None,
        window: int = 2_097_152,
    ) -> Shell:
        """Open a session, all on one connection."""
        if self.server is None:
            await self.serve()
        if self.connection is None:
            self.connection = await self.connect()
        process: asyncssh.SSHClientProcess[
            bytes
        ] = await self.connection.create_process(
            command,
            request_pty="force" if pty else False,
            term_type=term,
            term_size=size,
            encoding=None,
            window=window,
        )
        return Shell(process)


@pytest.fixture(scope="session")
def all_host_keys() -> list[str]:
    """Host keys of every type."""
    return new_host_keys()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def module_lab(all_host_keys: list[str]) -> AsyncIterator[Lab]:
    """The same for tables of many rows; for tests in the module's event loop."""
    async with AsyncExitStack() as stack:
        lab = Lab(stack, all_host_keys)
        await lab.serve()
        lab.connection = await lab.connect()
        yield lab


@pytest.fixture
async def lab(all_host_keys: list[str]) -> AsyncIterator[Lab]:
    """A server with the `LabSession`, and clients for it."""
    async with AsyncExitStack() as stack:
        yield Lab(stack, all_host_keys)
