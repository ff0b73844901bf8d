"""A login's way through its commands, over real SSH."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

import pytest

from tofulab.shell.console import CommandFailed, Console
from tofulab.shell.grammar import Command, Fault, Match, Privilege, Tree
from tofulab.shell.session import Session
from tofulab.shell.syntax import read_syntax
from tofulab.shell.terminal import Terminal

if TYPE_CHECKING:
    from .conftest import Lab, Shell

P, C = "lab/admin# ", "lab/admin(config)# "


class SmallProduct:
    """An application of a dozen commands, for what can happen to a command."""

    def __init__(self, remembered: list[str]) -> None:
        self.ended = False
        self.mode = ""
        self.page_length = 24
        self.remembered = remembered
        self.console: Console

    @property
    def prompt(self) -> str:
        """The prompt of the mode."""
        return f"lab/admin{self.mode}# "

    @property
    def tree(self) -> Tree:
        """The same commands in every mode."""
        return TREE

    def suggest(self, kind: str) -> Sequence[str]:
        """Know one file."""
        return ["readme.txt"] if kind == "file" else []

    def history(self) -> Sequence[str]:
        """Remember one line of an earlier login."""
        return ["lines 1"]

    def remember(self, line: str) -> None:
        """Keep the line."""
        self.remembered.append(line)

    def describe(self, fault: Fault) -> str:
        """Say the fault."""
        return f"% {fault}"

    def describe_failure(self) -> str:
        """Say that something is wrong."""
        return "% Internal error"

    def leave_modes(self) -> None:
        """Go back to the first mode."""
        self.mode = ""

    async def run(self, match: Match, console: Console) -> None:
        """Run a command."""
        self.console = console
        await match.command.handler(self, **match.values)


async def lines(product: SmallProduct, count: int) -> None:
    """Write numbered lines."""
    for number in range(count):
        await product.console.line(f"line {number}")


async def fail(product: SmallProduct) -> None:
    """Do not work."""
    await product.console.write("trying\n")
    raise CommandFailed("% It did not work")


async def crash(product: SmallProduct, **_: object) -> None:
    """Do what nobody foresaw."""
    raise ZeroDivisionError("a fault")


async def wait(product: SmallProduct) -> None:
    """Run for ever."""
    await product.console.line("waiting")
    await asyncio.Event().wait()


async def ask(product: SmallProduct) -> None:
    """Ask two questions."""
    answer = await product.console.ask("Name: ")
    secret = await product.console.secret("Password: ")
    await product.console.line(f"<{answer}> <{secret}>")


async def keep(product: SmallProduct, key: str) -> None:
    """Take a secret."""
    await product.console.line(f"{len(key)} characters")


async def configure(product: SmallProduct) -> None:
    """Enter a mode."""
    product.mode = "(config)"


async def leave(product: SmallProduct) -> None:
    """Log out."""
    product.ended = True


async def open_file(product: SmallProduct, file: str) -> None:
    """Say which file."""
    await product.console.line(file)


COMMANDS: dict[str, Callable[..., Awaitable[None]]] = {
    "lines <count:0-99>": lines,
    "fail": fail,
    "crash [authkey <key:secret>]": crash,
    "wait": wait,
    "ask": ask,
    "authkey <key:secret>": keep,
    "configure": configure,
    "exit": leave,
    "open <file>": open_file,
}
WORDS = {word: "Help" for syntax in COMMANDS for word in syntax.split()}
TREE = Tree(
    "Exec commands:",
    [
        Command(
            syntax=syntax,
            expression=read_syntax(syntax, {**WORDS, "authkey": "Help"}),
            summary="",
            handler=handler,
            modes=frozenset(),
            privilege=Privilege.USER,
            certainty="ours",
        )
        for syntax, handler in COMMANDS.items()
    ],
)


class Desk:
    """Serves sessions of the small product, and opens them."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.remembered: list[str] = []

    async def open(self, **options: object) -> Shell:
        """Open a session; keywords as `Lab.open`."""
        if self.lab.server is None:
            await self.lab.serve(self.run)
        return await self.lab.open(**options)  # type: ignore[arg-type]

    async def run(self, terminal: Terminal) -> int:
        """Run a session."""
        return await Session(terminal, SmallProduct(self.remembered)).run()

    async def converse(self, typed: str) -> tuple[str, int | None]:
        """Type at a terminal, and return all that it showed and the exit status."""
        shell = await self.open()
        shell.send(typed.encode())
        text = (await shell.finish()).decode().replace("\r\n", "\n")
        return text, shell.process.exit_status

    async def execute(
        self, command: str | None, sent: str = ""
    ) -> tuple[str, int | None]:
        """Run a command, or what is sent through a pipe, without a terminal."""
        shell = await self.open(pty=False, command=command)
        # A command that asks nothing may be over before its input is sent.
        with contextlib.suppress(BrokenPipeError):
            shell.send(sent.encode())
            shell.process.stdin.write_eof()
        return (await shell.finish()).decode(), shell.process.exit_status


@pytest.fixture
def desk(lab: Lab) -> Desk:
    """A server of the small product."""
    return Desk(lab)


# name: typed, shown after the first prompt, exit status
DIALOGUES: dict[str, tuple[str, str, int]] = {
    "a command": ("lines 1\rexit\r", "lines 1\nline 0\n{P}exit\n", 0),
    "a failure": ("fail\rexit\r", "fail\ntrying\n% It did not work\n{P}exit\n", 0),
    "Ctrl-D after a failure": ("fail\r\x04", "fail\ntrying\n% It did not work\n{P}", 1),
    "Ctrl-D after an error": (
        "li\rlines x\r\x04",
        "li\n             ^\n% incomplete\n{P}"
        "lines x\n                 ^\n% invalid\n{P}",
        2,
    ),
    "an ambiguous word": ("a\r\x04", "a\n           ^\n% ambiguous\n{P}", 2),
    "behind wide characters": (
        "open 文字 x\r\x04",
        "open 文字 x\n                ^\n% invalid\n{P}",
        2,
    ),
    "a crash": ("crash\rlines 1\rexit\r", "crash\n% Internal error\n{P}", 0),
    "comments and blanks": (
        "! lines 1\r  !x\r  \r\x04",
        "! lines 1\n{P}  !x\n{P}  \n{P}",
        0,
    ),
    "a pipe": ("lines 20 | include 1. | count\r\x04", "lines 20", 0),
    "a question": ("ask\r a \rb\r\x04", "ask\nName:  a \nPassword: \n<a> <b>\n{P}", 0),
    "Ctrl-C at a question": (
        "ask\ra\x03lines 1\r\x04",
        "ask\nName: a^C\n^C\n{P}lines 1\nline 0\n{P}",
        0,
    ),
    "Ctrl-D at a question": ("lines 0\rask\r\x04", "lines 0\n{P}ask\nName: ", 1),
    "Ctrl-Z leaves the modes": (
        "configure\r\x1alines 1\rexit\r",
        "configure\n{C}^Z\n{P}lines 1\nline 0\n{P}exit\n",
        0,
    ),
    "Ctrl-Z behind a command": (
        "configure\rlines 1\x1aexit\r",
        "configure\n{C}lines 1^Z\nline 0\n{P}exit\n",
        0,
    ),
    "Ctrl-Z behind an error": (
        "configure\rlines x\x1aexit\r",
        "configure\n{C}lines x^Z\n                         ^\n% invalid\n{P}exit\n",
        0,
    ),
    "nothing runs behind exit": ("exit\rlines 1\r", "exit\n", 0),
    "history of an earlier login": (
        "\x10\r\x04",
        "lines 1\nline 0\n{P}",
        0,
    ),
    "no secret in the history": (
        "lines 0\rauthkey Key-1\r\x10\x10\r\x04",
        "lines 0\n{P}authkey Key-1\n5 characters\n{P}lines 0\b1\nline 0\n{P}",
        0,
    ),
    "Tab completes a name": ("open re\t\r\x04", "open readme.txt \nreadme.txt\n{P}", 0),
    "help": (
        "authkey ?\x15\x04",
        "authkey ?\n  <WORD>  Secret text\n{P}authkey \b\b\b\b\b\b\b\b",
        0,
    ),
    "help behind an error": (
        "bogus ?\x15\x04",
        "bogus ?\n           ^\n% invalid\n{P}bogus \b\b\b\b\b\b",
        0,
    ),
    "pages": (
        "lines 24\r lines 25\rq\x04",
        "lines 24",
        0,
    ),
}


@pytest.mark.parametrize("name", DIALOGUES)
async def test_dialogues(desk: Desk, name: str) -> None:
    """What is shown for what is typed, and the status that the login ends with."""
    typed, expected, status = DIALOGUES[name]
    shown, exit_status = await desk.converse(typed)
    text = P + expected.replace("{P}", P).replace("{C}", C)
    assert text == shown[: len(text)]
    assert status == exit_status


async def test_filters_and_pages(desk: Desk) -> None:
    """Output goes through its filters, and stops after a page."""
    shown, _ = await desk.converse("lines 20 | include 1. | count\r\x04")
    assert f"{P}lines 20 | include 1. | count\n10\n{P}" == shown
    shown, _ = await desk.converse("lines 30\rq\x04")
    assert "line 22\n--More--" in shown
    assert "line 23" not in shown


async def test_what_is_remembered(desk: Desk) -> None:
    """Commands are, also failing ones; errors, comments and secrets are not."""
    typed = "lines 0\rfail\rbogus\r! no\rauthkey K\rlines 0 | count\r\x04"
    await desk.converse(typed)
    assert ["lines 0", "fail", "lines 0 | count"] == desk.remembered


async def test_a_crash_is_logged_and_survived(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """The log names session, user and command, without its secret."""
    with caplog.at_level(logging.ERROR, "tofulab.shell"):
        shown, status = await desk.converse("crash authkey Key-1\rlines 1\r\x04")
    assert f"% Internal error\n{P}lines 1\nline 0\n{P}" in shown
    assert 0 == status
    (record,) = caplog.records
    assert "lab/admin# session 0: crash authkey ********" == record.getMessage()
    assert record.exc_info is not None
    assert "Key-1" not in caplog.text


async def test_ctrl_c_ends_a_command(desk: Desk) -> None:
    """What runs is cancelled, and the session goes on."""
    shell = await desk.open()
    shell.send(b"wait\rtyped ahead\r")
    await shell.expect(b"waiting\r\n")
    shell.send(b"\x03")
    await shell.expect(f"^C\r\n{P}".encode())
    shell.send(b"\x04")
    assert f"{P}wait\r\nwaiting\r\n^C\r\n{P}".encode() == await shell.finish()
    assert 130 == shell.process.exit_status


async def test_ctrl_c_ends_a_command_twice(desk: Desk) -> None:
    """Each command has its own Ctrl-C."""
    shell = await desk.open()
    for _ in range(2):
        shell.send(b"wait\r")
        await shell.expect(b"waiting\r\n")
        shell.send(b"\x03")
        await shell.expect(b"^C\r\n")
    shell.send(b"lines 1\rexit\r")
    assert (await shell.finish()).endswith(f"line 0\r\n{P}exit\r\n".encode())
    assert 0 == shell.process.exit_status


async def test_an_interrupt_signal_without_a_terminal(desk: Desk) -> None:
    """A signal ends a command that `ssh host command` runs."""
    shell = await desk.open(pty=False, command="wait")
    await shell.expect(b"waiting\n")
    shell.process.send_signal("INT")
    assert b"waiting\n" == await shell.finish()
    assert 130 == shell.process.exit_status


@pytest.mark.parametrize(
    ("command", "expected", "status"),
    [
        ("lines 2", "line 0\nline 1\n", 0),
        ("lines 40 | count", "40\n", 0),
        ("lines 40", "".join(f"line {number}\n" for number in range(40)), 0),
        ("fail", "trying\n% It did not work\n", 1),
        ("crash", "% Internal error\n", 1),
        ("bogus", "^\n% invalid\n", 2),
        ("fail\nlines 1", "trying\n% It did not work\nline 0\n", 0),
        ("lines 1\r\n\n! no\nfail\n", "line 0\ntrying\n% It did not work\n", 1),
        ("exit\nlines 1", "", 0),
        ("open a\x1b[2Jb", "     ^\n% invalid\n", 2),
        ("ask\nlines 1", "Name: ", 1),
    ],
)
async def test_exec_channel(
    desk: Desk, command: str, expected: str, status: int
) -> None:
    """`ssh host COMMAND` runs its lines unpaged; the last one has the status."""
    assert (expected, status) == await desk.execute(command)


async def test_questions_on_the_exec_channel(desk: Desk) -> None:
    """Questions are answered from standard input."""
    shown, status = await desk.execute("ask", "a\nb\n")
    assert ("Name: Password: <a> <b>\n", 0) == (shown.replace("\n<", "<"), status)


@pytest.mark.parametrize(
    ("script", "expected", "status"),
    [
        ("lines 1\nlines 2\n", [f"{P}line 0\n", f"{P}line 0\nline 1\n", P], 0),
        ("! a comment\n\nfail", [P, P, f"{P}trying\n% It did not work\n", P], 1),
        ("lines 0\nask\n", [P, f"{P}Name: "], 1),
        ("configure\nlines 0\nexit\nfail\n", [P, C, C], 0),
    ],
)
async def test_piped_scripts(
    desk: Desk, script: str, expected: list[str], status: int
) -> None:
    """A script sent to the shell without a terminal runs line by line."""
    assert ("".join(expected), status) == await desk.execute(None, script)
