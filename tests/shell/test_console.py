"""What a handler can do: write, ask, and show how far it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest

from tofulab.shell.console import Console
from tofulab.shell.output import OutputStream
from tofulab.shell.terminal import Terminal

if TYPE_CHECKING:
    from .conftest import Lab

Work = Callable[[Console], Awaitable[None]]


async def serve(
    lab: Lab, work: Work, filters: tuple[tuple[str, str], ...] = (), length: int = 0
) -> None:
    """Serve sessions that do one thing."""

    async def run(terminal: Terminal) -> int:
        stream = OutputStream(terminal, filters, length)
        await work(Console(terminal, stream))
        await stream.close()
        return 0

    await lab.serve(run)


async def write_some(console: Console) -> None:
    """Write in pieces."""
    await console.write("a")
    await console.write("b\n")
    await console.line("c")
    await console.line()
    await console.write("open")


async def test_writing(lab: Lab) -> None:
    """Pieces become lines, and an open line is ended."""
    await serve(lab, write_some)
    shell = await lab.open()
    assert b"ab\r\nc\r\n\r\nopen\r\n" == await shell.finish()


async def test_writing_without_a_terminal(lab: Lab) -> None:
    """Without a PTY a line ends with LF alone."""
    await serve(lab, write_some)
    shell = await lab.open(pty=False)
    assert b"ab\nc\n\nopen\n" == await shell.finish()


async def ask_both(console: Console) -> None:
    """Ask two questions, in the middle of output."""
    await console.write("Before ")
    answer = await console.ask("Name: ")
    secret = await console.secret("Password: ")
    await console.line(f"<{answer}> <{secret}>")


async def test_questions(lab: Lab) -> None:
    """An answer is echoed and stripped, a secret is neither."""
    await serve(lab, ask_both)
    shell = await lab.open()
    shell.send(b"  a b \r c d \r")
    assert (
        b"Before Name:   a b \r\nPassword: \r\n<a b> < c d >\r\n"
        == await shell.finish()
    )


async def test_questions_are_not_filtered(lab: Lab) -> None:
    """A question shows whatever filters the output has."""
    await serve(lab, ask_both, (("exclude", "Name|Pass|<"),))
    shell = await lab.open()
    shell.send(b"a\rb\r")
    assert b"Before Name: a\r\nPassword: \r\n" == await shell.finish()


async def show_progress(console: Console) -> None:
    """Get somewhere in three steps."""
    for percent in (0, 50, 100):
        await console.progress("Work", percent)
    await console.line("done")


async def test_progress_on_a_terminal(lab: Lab) -> None:
    """A bar grows in place, on one line."""
    await serve(lab, show_progress)
    shell = await lab.open()
    bars = [f"[{'#' * full:<40}]" for full in (0, 20, 40)]
    expected = (
        f"\rWork {bars[0]}   0 %\rWork {bars[1]}  50 %\rWork {bars[2]} 100 %\r\n"
        "done\r\n"
    )
    assert expected.encode() == await shell.finish()


async def test_progress_without_a_terminal(lab: Lab) -> None:
    """One line says that the step is done."""
    await serve(lab, show_progress)
    shell = await lab.open(pty=False)
    assert b"Work 100 %\ndone\n" == await shell.finish()


async def stream_lines(console: Console) -> None:
    """Write more than a page, without pages."""
    await console.line("first")
    await console.stream_on()
    for number in range(40):
        await console.line(str(number))


@pytest.mark.parametrize("endless", [True, False])
async def test_output_without_an_end_is_not_paged(lab: Lab, endless: bool) -> None:
    """After `stream_on` nothing asks for more."""

    async def work(console: Console) -> None:
        if endless:
            await stream_lines(console)
        else:
            for number in range(40):
                await console.line(str(number))

    await serve(lab, work, length=10)
    shell = await lab.open()
    if not endless:
        await shell.expect(b"--More--")
        shell.send(b"q")
    received = await shell.finish()
    assert endless is (b"--More--" not in received)
    assert endless is received.endswith(b"39\r\n")


@pytest.mark.parametrize("pty", [True, False])
async def test_whether_somebody_is_there(lab: Lab, pty: bool) -> None:
    """`interactive` is whether there is a terminal."""

    async def work(console: Console) -> None:
        await console.line(str(console.interactive))

    await serve(lab, work)
    shell = await lab.open(pty=pty)
    assert str(pty).encode() == (await shell.finish()).strip()
