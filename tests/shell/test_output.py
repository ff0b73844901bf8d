"""Filters and the pager before a terminal that is only a list of what was sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tofulab.shell.output import OutputStopped, OutputStream
from tofulab.shell.terminal import InputEnded, Login, Terminal

ERASE = "\r        \r"
MORE = "--More--"


class Paper:
    """A wire that keeps what is sent."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str, /) -> None:
        """Keep the text."""
        self.text += text

    def pause_reading(self) -> None:
        """Nobody sends too much here."""

    def resume_reading(self) -> None:
        """Nobody waits."""


async def output(
    write: Callable[[OutputStream], Awaitable[object]],
    keys: str = "",
    *,
    filters: tuple[tuple[str, str], ...] = (),
    length: int = 5,
    interactive: bool = True,
) -> str:
    """Let `write` write, with `keys` for the pager, and return what was sent."""
    paper = Paper()
    login = Login(user="admin", peer_host="::1", peer_port=1, number=0)
    terminal = Terminal(paper, login, interactive=interactive, size=(20, 5))
    terminal.feed(keys)
    terminal.feed_end()
    stream = OutputStream(terminal, filters, length)
    ending = ""
    try:
        await write(stream)
        await stream.close()
    except OutputStopped:
        ending = "(stopped)"
    except InputEnded:
        ending = "(ended)"
    terminal.close()
    text = paper.text.replace("\r\n", "\n") if interactive else paper.text
    return text + ending


def numbered(count: int, size: int = 0) -> Callable[[OutputStream], Awaitable[None]]:
    """Write numbered lines, each with `size` more characters."""

    async def write(stream: OutputStream) -> None:
        for number in range(count):
            await stream.write(f"{number}{'x' * size}\n")

    return write


class TestPaging:
    """--More--."""

    async def test_what_fits_is_not_paged(self) -> None:
        """A page has one row less than the window, and exactly so many are shown."""
        assert "0\n1\n2\n3\n" == await output(numbered(4))

    async def test_space_shows_a_page(self) -> None:
        """Space goes on by a page; the prompt is erased with blanks."""
        shown = await output(numbered(9), "  ")
        pages = ("0\n1\n2\n3\n", "4\n5\n6\n7\n", "8\n")
        assert (MORE + ERASE).join(pages) == shown

    @pytest.mark.parametrize("enter", ["\r", "\n"])
    async def test_enter_shows_a_line(self, enter: str) -> None:
        """Enter goes on by a line."""
        shown = await output(numbered(6), enter * 2)
        assert "0\n1\n2\n3\n" + MORE + ERASE + "4\n" + MORE + ERASE + "5\n" == shown

    @pytest.mark.parametrize("key", ["q", "Q", "\x03"])
    async def test_q_stops(self, key: str) -> None:
        """After q and Ctrl-C nothing more is shown."""
        shown = await output(numbered(99), key + " ")
        assert "0\n1\n2\n3\n" + MORE + ERASE + "(stopped)" == shown

    async def test_other_keys_do_nothing(self) -> None:
        """Any other key leaves the question standing."""
        shown = await output(numbered(5), "xyz\x1b[A ")
        assert "0\n1\n2\n3\n" + MORE + ERASE + "4\n" == shown

    async def test_wrapped_lines_are_several_rows(self) -> None:
        """A line counts for the rows that it takes."""
        shown = await output(numbered(3, size=25), " ")
        lines = [f"{number}{'x' * 25}\n" for number in range(3)]
        assert lines[0] + lines[1] + MORE + ERASE + lines[2] == shown

    async def test_a_line_longer_than_a_page(self) -> None:
        """A line of more rows than a page is shown whole."""
        shown = await output(numbered(2, size=200), " ")
        lines = [f"{number}{'x' * 200}\n" for number in range(2)]
        assert lines[0] + MORE + ERASE + lines[1] == shown

    async def test_end_of_input_at_the_question(self) -> None:
        """A client that sends no more ends the output."""
        shown = await output(numbered(5))
        assert "0\n1\n2\n3\n" + MORE + ERASE + "(ended)" == shown

    @pytest.mark.parametrize(("length", "interactive"), [(0, True), (5, False)])
    async def test_no_paging(self, length: int, interactive: bool) -> None:
        """Length 0 turns paging off, and so does the want of a terminal."""
        shown = await output(numbered(30), length=length, interactive=interactive)
        assert "".join(f"{number}\n" for number in range(30)) == shown

    async def test_length_may_change(self) -> None:
        """A command whose output has no end can turn its paging off."""

        async def write(stream: OutputStream) -> None:
            assert 5 == stream.page_length
            stream.page_length = 0
            await numbered(30)(stream)

        assert MORE not in await output(write)

    async def test_one_text_of_many_lines(self) -> None:
        """A text is paged by its lines, not by its pieces."""
        shown = await output(lambda stream: stream.write("0\n1\n2\n3\n4\n"), " ")
        assert "0\n1\n2\n3\n" + MORE + ERASE + "4\n" == shown

    async def test_parts_of_lines(self) -> None:
        """A line written in parts is one line, and its parts do not wait."""

        async def write(stream: OutputStream) -> None:
            for number in range(5):
                for part in (str(number), "x" * 10, "y" * 9, "\n"):
                    await stream.write(part)

        lines = [f"{number}{'x' * 10}{'y' * 9}\n" for number in range(5)]
        shown = await output(write, " ")
        assert "".join(lines[:4]) + MORE + ERASE + lines[4] == shown

    async def test_stopped_output_stays_stopped(self) -> None:
        """A command that goes on writing is told again; closing says nothing."""
        again = []

        async def write(stream: OutputStream) -> None:
            for _ in range(2):
                try:
                    await stream.write("0\n" * 9)
                except OutputStopped as stop:
                    again.append(stop)
            await stream.close()

        await output(write, "q")
        assert 2 == len(again)


class TestStream:
    """What the stream does with pieces, questions and filters."""

    async def test_an_unfinished_line_is_ended(self) -> None:
        """The prompt that follows gets a row of its own."""
        assert "a\nb\n" == await output(lambda stream: stream.write("a\nb"))

    async def test_a_question_begins_a_new_page(self) -> None:
        """Rows before a question do not count after it."""

        async def write(stream: OutputStream) -> None:
            await stream.write("0\n1\n2\nSure? ")
            await stream.flush()
            await stream.write("3\n4\n5\n6\n")

        assert "0\n1\n2\nSure? 3\n4\n5\n6\n" == await output(write)

    async def test_filtered_lines_wait_for_their_end(self) -> None:
        """A line that comes in parts is filtered whole."""

        async def write(stream: OutputStream) -> None:
            for part in ("al", "pha\nbe", "ta\n", "last alpha"):
                await stream.write(part)

        shown = await output(write, filters=(("include", "alpha"),))
        assert "alpha\nlast alpha\n" == shown

    async def test_filters_that_keep_back(self) -> None:
        """What a filter knows only at the end comes when the stream is closed."""
        assert "3\n" == await output(numbered(3), filters=(("count", ""),))

    async def test_flush_with_filters(self) -> None:
        """An unfinished line is filtered as it stands before a question."""

        async def write(stream: OutputStream) -> None:
            await stream.write("a\nSure? ")
            await stream.flush()
            await stream.write("a yes\n")

        shown = await output(write, filters=(("exclude", "a$"),))
        assert "Sure? a yes\n" == shown

    async def test_only_line_feeds_end_lines(self) -> None:
        """Other characters that Python takes for line ends do not."""
        shown = await output(lambda stream: stream.write("a\x0bb\u2028c\x1cd\n"))
        assert "a\x0bb\u2028c\x1cd\n" == shown

    async def test_others_run_while_much_is_written(self) -> None:
        """A command that only writes leaves other tasks their turn."""
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(count())
        await output(lambda stream: stream.write("x\n" * 200_000), length=0)
        task.cancel()
        assert turns > 5
