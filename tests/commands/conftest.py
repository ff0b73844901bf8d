"""Transcripts of a lab's prompts over SSH, and the golden files they are held against.

The lab is that of the `tofulab_lab` fixture, fresh for every test.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import asyncssh
import pytest

from tofulab.state.birth import LOCAL_DISK
from tofulab.tools.harness import LabThread

GOLDEN = Path(__file__).parents[1] / "golden" / "commands"

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_TIME = r"\d\d:\d\d:\d\d"
_VARYING = [
    (rf"\d\d/\d\d/\d\d {_TIME}\.\d{{3}}", "<time>"),
    (rf"{_DAY} {_MONTH} [ \d]\d {_TIME}(?: UTC)? \d{{4}}", "<time>"),
    (rf"{_MONTH} [ \d]\d(?: \d{{4}})? {_TIME}", "<time>"),
    (r"(?m)^ *\d+(?= <time>  )", "<size>"),
    (r"(?m)^ +\d+(?= bytes )", "<size>"),
    (rf"\d+ day\(s\), {_TIME}", "<uptime>"),
    (r"(?<=port )\d{5}", "<port>"),
    (r"(?<=seqtaskexecutor-)\d+", "<number>"),
    (r"pts/\d+", "pts/<n>"),
]
"""What differs from run to run: dates, times, uptimes, sizes, ports and numbers."""
_BAR = r"\r[^\r\n]*\] +\d+ %"
_BARS = re.compile(rf"(?:{_BAR})*({_BAR})(?!\r)")
"""A progress bar drawn again and again: how often depends on the machine."""


def normalise(text: str) -> str:
    """Take out what differs from run to run, and write control characters out."""
    text = _BARS.sub(r"\1", text.replace("\r\n", "\n"))
    for pattern, name in _VARYING:
        text = re.sub(pattern, name, text)
    return "".join(
        char if char == "\n" or char.isprintable() else repr(char)[1:-1]
        for char in text
    )


class Person:
    """Somebody logged in to a node."""

    def __init__(self, process: asyncssh.SSHClientProcess[str]) -> None:
        self.process = process
        self.received = ""
        self._read = 0

    def send(self, text: str) -> None:
        """Type."""
        self.process.stdin.write(text)

    async def expect(self, wanted: str) -> str:
        """Wait until `wanted` comes after what was expected last; return it all."""
        while (found := self.received.find(wanted, self._read)) < 0:
            piece = await asyncio.wait_for(self.process.stdout.read(65536), 10)
            assert piece, f"{wanted!r} never came: {self.received!r}"
            self.received += piece
        start, self._read = self._read, found + len(wanted)
        return self.received[start : self._read]

    async def run(self, line: str) -> str:
        """Run a command that asks nothing; return its output."""
        prompt = self.received.rpartition("\n")[2].rpartition("\r")[2]
        self.send(f"{line}\r")
        await self.expect("\r\n")
        self._read -= 1  # the same line end stands before the prompt, or the output
        output = (await self.expect(f"\n{prompt}")).replace("\r\n", "\n")
        return output.removesuffix(f"\n{prompt}").removeprefix("\n")

    async def finish(self) -> str:
        """Wait for the end; return everything that was received."""
        self.received += await asyncio.wait_for(self.process.stdout.read(), 20)
        await self.process.wait_closed()
        return self.received


class Visitor:
    """Logs in to the nodes of a lab, as `admin` or as another user."""

    def __init__(self, lab: LabThread, stack: AsyncExitStack) -> None:
        self.lab = lab
        self._stack = stack

    async def open(
        self, login: str, *, command: str | None = None, pty: bool = True
    ) -> Person:
        """Log in as `node/user`, to a vt100 of 80 columns and 24 rows."""
        node, _, user = login.partition("/")
        view = self.lab.node(node)
        connection = await asyncssh.connect(
            *view.ssh,
            username=user,
            password=view.password,
            known_hosts=None,
            client_keys=None,
            agent_path=None,
            config=None,
        )
        self._stack.push_async_callback(connection.wait_closed)
        self._stack.callback(connection.close)
        process = await connection.create_process(
            command,
            request_pty="force" if pty else False,
            term_type="vt100" if pty else None,
            term_size=(80, 24),
        )
        person = Person(process)
        if command is None and pty:
            await person.expect("> " if user == "viewer" else "# ")
        return person

    async def play(self, login: str, script: str) -> str:
        """Type a script of lines ahead, log out, and return all that was shown."""
        person = await self.open(login)
        person.send(script.replace("\n", "\r") + "exit\r")
        text = await person.finish()
        return text


@pytest.fixture
async def visitor(tofulab_lab: LabThread) -> AsyncIterator[Visitor]:
    """Log in to the nodes of the test's lab."""
    async with AsyncExitStack() as stack:
        yield Visitor(tofulab_lab, stack)


Golden = Callable[[str, str], None]


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Hold a text against a golden file, or write it with `--update-golden`."""
    update = request.config.getoption("update_golden")

    def check(name: str, text: str) -> None:
        file, shown = GOLDEN / f"{name}.txt", normalise(text)
        if update:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(shown, encoding="utf-8")
        assert file.read_text(encoding="utf-8") == shown

    return check


def repository(lab: LabThread, node: str) -> Path:
    """Find the folder of a node's defaultRepo, made if need be."""
    folder = lab.directory / node / LOCAL_DISK / "defaultRepo"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


Act = tuple[str, str] | Callable[[Visitor], Awaitable[object]]
"""A login with the script typed there, or something else that is done."""

Play = Callable[..., Awaitable[str]]


@pytest.fixture
def play(visitor: Visitor) -> Play:
    """Play acts one after the other and return what was shown."""

    async def run(*acts: Act) -> str:
        shown = []
        for act in acts:
            if isinstance(act, tuple):
                shown.append(await visitor.play(*act))
            else:
                await act(visitor)
        return "\n".join(shown)

    return run
