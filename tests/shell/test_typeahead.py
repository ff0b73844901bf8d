"""Much input, input in pieces, and input that nobody has asked for yet."""

from __future__ import annotations

import asyncio
import random
import re
from typing import TYPE_CHECKING

import pytest

from tests.polling import until
from tofulab.shell.terminal import Interrupted, Terminal

if TYPE_CHECKING:
    from .conftest import Lab

PROMPT = b"prime-pri/admin# "
SCRIPT = (
    b"show\rte\t\rask\ryes\x7f\x7f\x7fno\rab\x1b[Dx\x1b[3~\rsecret\rq?\rkey\r\x1b[A"
    b"sh?ow\ra\x1bb\x1bfc\rzz\x10\x10\r" + "文字\x7f\r".encode() + b"lines 30\r"
    b" \r q\x12ask\rn\rlong" + b"x" * 100 + b"\x01yy\x05\x7f\r\x04"
)
PIECES = 20


class TestPieces:
    """The same input, cut in different places."""

    @pytest.mark.asyncio(loop_scope="module")
    async def test_transcript_does_not_depend_on_packets(self, module_lab: Lab) -> None:
        """Whole, byte by byte and cut at random, input gives the same bytes."""
        cuts = [[], list(range(1, len(SCRIPT)))]
        rng = random.Random(1)
        cuts += [
            sorted(rng.sample(range(1, len(SCRIPT)), rng.randrange(30)))
            for _ in range(PIECES)
        ]
        transcripts = set()
        for cut in cuts:
            shell = await module_lab.open()
            for start, end in zip([0, *cut], [*cut, len(SCRIPT)], strict=True):
                shell.send(SCRIPT[start:end])
            transcripts.add(await shell.finish())
        assert 1 == len(transcripts)

    async def test_a_lone_escape_does_not_eat_the_next_key(self, lab: Lab) -> None:
        """An Escape whose sequence does not come is a key without effect."""
        shell = await lab.open()
        shell.send(b"key\r\x1b")
        assert (await shell.expect(b"# ")) is not None
        await shell.expect(b"'\\x1b'\r\n" + PROMPT)
        shell.send(b"a\x1b")
        await shell.expect(b"a")
        shell.send(b"[Hb\r\x04")
        assert (await shell.finish()).endswith(
            b"a\bba\ba\r\n<ba>\r\n" + PROMPT + b"bye\r\n"
        )


class TestPlainness:
    """What is typed at its end never causes an escape sequence."""

    @pytest.mark.asyncio(loop_scope="module")
    @pytest.mark.parametrize("term", ["xterm-256color", "vt100", "dumb", "", "?"])
    @pytest.mark.parametrize("size", [(80, 24), (0, 0), (1, 1), (20, 5), (511, 0)])
    async def test_no_escape_on_the_wire(
        self, module_lab: Lab, term: str, size: tuple[int, int]
    ) -> None:
        """With any terminal type and size, echo is the typed bytes."""
        shell = await module_lab.open(term=term, size=size)
        line = b"show " + b"x" * 100
        shell.send(line + b"\r\x04")
        wanted = PROMPT + line + b"\r\n<" + line + b">\r\n" + PROMPT + b"bye\r\n"
        assert wanted == await shell.finish()


class TestQuantity:
    """More input than anybody types."""

    async def test_two_hundred_lines_at_once(self, lab: Lab) -> None:
        """Lines pasted in one write run in order, each behind its own prompt."""
        shell = await lab.open()
        lines = [b"line %d" % number for number in range(200)]
        shell.send(b"".join(line + b"\r" for line in lines) + b"\x04")
        wanted = b"".join(PROMPT + line + b"\r\n<" + line + b">\r\n" for line in lines)
        assert wanted + PROMPT + b"bye\r\n" == await shell.finish()

    async def test_more_lines_than_the_queue_holds(self, lab: Lab) -> None:
        """A client that sends too much waits, and loses nothing."""
        shell = await lab.open()
        shell.send(
            b"".join(b"line-number-%05d\r" % number for number in range(6_000))
            + b"\x04"
        )
        received = await shell.finish()
        found = re.findall(rb"<line-number-(\d+)>", received)
        assert list(range(6_000)) == [int(number) for number in found]

    async def test_a_line_of_three_hundred_characters(self, lab: Lab) -> None:
        """A long line wraps by itself and arrives whole."""
        shell = await lab.open()
        line = b"0123456789" * 30
        shell.send(line + b"\r\x04")
        wanted = PROMPT + line + b"\r\n<" + line + b">\r\n" + PROMPT + b"bye\r\n"
        assert wanted == await shell.finish()

    async def test_a_line_without_end_is_capped(self, lab: Lab) -> None:
        """Past 4,096 characters there is a bell, and nothing more is kept."""
        shell = await lab.open()
        shell.send(b"x" * 1_000_000 + b"\r\x04")
        received = await shell.finish()
        assert b"<" + b"x" * 4096 + b">\r\n" in received
        assert b"\a" in received
        assert len(received) < 30_000

    async def test_yanking_is_capped(self, lab: Lab) -> None:
        """A line cannot be made longer by killing and yanking it."""
        shell = await lab.open()
        shell.send(b"y" * 3000 + b"\x15" + b"\x19" * 5 + b"\r\x04")
        assert b"<" + b"y" * 4096 + b">\r\n" in await shell.finish()

    async def test_an_endless_sequence_is_no_key(self, lab: Lab) -> None:
        """A sequence with too many parameters does not stop the line."""
        shell = await lab.open()
        shell.send(b"\x1b[" + b"1" * 20_000 + b"\r")
        await shell.expect(b">\r\n" + PROMPT)
        shell.send(b"ok\r\x04")
        assert b"<ok>\r\n" in await shell.finish()

    async def test_others_get_their_turn(self, lab: Lab) -> None:
        """While one client floods, another is answered at once."""
        flooding, typing = await lab.open(), await lab.open()
        await typing.expect(PROMPT)
        flooding.send("文".encode() * 3000 + b"\x1b[D\x1b[C" * 20_000 + b"\r\x04")
        await flooding.expect("文".encode())
        loop = asyncio.get_running_loop()
        start = loop.time()
        for _ in range(5):
            typing.send(b"hello\r")
            await typing.expect(b"<hello>\r\n" + PROMPT)
        assert loop.time() - start < 5
        flooding.process.close()


class TestInterrupts:
    """Ctrl-C, BREAK and signals, while a command runs."""

    @pytest.mark.parametrize("means", ["key", "break", "signal"])
    async def test_a_command_is_interrupted(self, lab: Lab, means: str) -> None:
        """It ends at once, and what was typed before is dropped."""
        shell = await lab.open()
        shell.send(b"wait\r")
        await shell.expect(b"waiting\r\n")
        shell.send(b"never\r")
        match means:
            case "key":
                shell.send(b"neither\x03")
            case "break":
                shell.process.send_break(100)
            case _:
                shell.process.send_signal("INT")
        shell.send(b"after\r\x04")
        received = await shell.finish()
        assert b"interrupted\r\n" + PROMPT + b"after\r\n<after>" in received
        assert b"never" not in received

    async def test_break_at_the_prompt(self, lab: Lab) -> None:
        """At the prompt BREAK is Ctrl-C."""
        shell = await lab.open()
        shell.send(b"abc")
        await shell.expect(b"abc")
        shell.process.send_break(100)
        shell.send(b"\x04")
        assert PROMPT + b"abc^C\r\n" + PROMPT + b"bye\r\n" == await shell.finish()

    async def test_other_signals_mean_nothing(self, lab: Lab) -> None:
        """Only INT interrupts."""
        shell = await lab.open()
        shell.process.send_signal("USR1")
        shell.send(b"\x04")
        assert PROMPT + b"bye\r\n" == await shell.finish()

    async def test_typeahead_waits_for_its_prompt(self, lab: Lab) -> None:
        """What is typed while a command runs is echoed behind the next prompt."""
        shell = await lab.open()
        shell.send(b"wait\r")
        await shell.expect(b"waiting\r\n")
        shell.send(b"\x03next\r")
        received = await shell.expect(b"<next>\r\n" + PROMPT)
        wanted = b"interrupted\r\n" + PROMPT + b"next\r\n<next>\r\n" + PROMPT
        assert wanted == received

    async def test_between_commands(self, lab: Lab) -> None:
        """While neither a command nor a read is there, Ctrl-C is for the next read."""
        go = asyncio.Event()

        async def run(terminal: Terminal) -> int:
            await terminal.write("busy\n")
            await go.wait()
            for _ in range(2):
                try:
                    await terminal.write(f"<{await terminal.read_line('# ')}>\n")
                except Interrupted:
                    await terminal.write("stopped\n")
            return 0

        server = await lab.serve(run)
        shell = await lab.open()
        await shell.expect(b"busy\r\n")
        shell.send(b"old\rold\x03new\r")
        (terminal,) = server.terminals
        await until(lambda: len(terminal._keys))
        go.set()
        wanted = b"busy\r\n# ^C\r\nstopped\r\n# new\r\n<new>\r\n"
        assert wanted == await shell.finish()


class TestWindow:
    """Changes of the client's window."""

    async def test_a_change_sends_nothing(self, lab: Lab) -> None:
        """A resize writes nothing; the next edit counts with the new width."""
        shell = await lab.open()
        shell.send(b"a" * 60)
        await shell.expect(b"a" * 60)
        shell.process.change_terminal_size(40, 10)
        shell.send(b"\x01\x05\r")
        received = await shell.expect(b">\r\n" + PROMPT)
        assert received.startswith(b"\x1b[1A\rprime-pri/admin# " + b"a" * 60)
