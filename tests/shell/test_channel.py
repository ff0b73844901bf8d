"""Sessions from their opening to their end: pipes, commands, faults, lost clients."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import asyncssh
import pytest

from tofulab.shell.terminal import InputEnded, Terminal

if TYPE_CHECKING:
    from .conftest import Lab

PROMPT = b"prime-pri/admin# "
PIPED = b"prime-pri/admin# "


class TestPipes:
    """Sessions without a PTY."""

    @pytest.mark.parametrize(
        ("sent", "received"),
        [
            pytest.param(b"a\nb\n", b"{P}<a>\n{P}<b>\n{P}bye\n", id="lines"),
            pytest.param(b"a\r\nb\r\n", b"{P}<a>\n{P}<b>\n{P}bye\n", id="CR LF"),
            pytest.param(b"a\nb", b"{P}<a>\n{P}<b>\n{P}bye\n", id="no last line end"),
            pytest.param(b"", b"{P}bye\n", id="nothing"),
            pytest.param(b"\n\n", b"{P}{P}{P}bye\n", id="empty lines"),
            pytest.param(b"sh?\tx\x7f\x03y\n", b"{P}<sh?\txy>\n{P}bye\n", id="no keys"),
            pytest.param(
                b"secret\nabc\nask\nyes",
                b"{P}Password: <abc>\n{P}Continue? (yes/no) [yes] ? <yes>\n{P}bye\n",
                id="questions",
            ),
            pytest.param(b"key\nq", b"{P}'q'\n{P}bye\n", id="a key"),
            pytest.param(b"key\n\x1bx", b"{P}'\\x1b'\n{P}bye\n", id="an Alt key"),
        ],
    )
    async def test_piped_lines(self, lab: Lab, sent: bytes, received: bytes) -> None:
        """Nothing is echoed, prompts are printed, and what is there runs before EOF."""
        shell = await lab.open(pty=False)
        shell.send(sent)
        shell.process.stdin.write_eof()
        assert received.replace(b"{P}", PIPED) == await shell.finish()
        assert 0 == shell.process.exit_status

    async def test_a_line_in_pieces(self, lab: Lab) -> None:
        """A line may come in any pieces, its CR LF cut in two."""
        shell = await lab.open(pty=False)
        for piece in (b"sh", b"ow\r", b"\n"):
            shell.send(piece)
        shell.process.stdin.write_eof()
        assert PIPED + b"<show>\n" + PIPED + b"bye\n" == await shell.finish()

    async def test_a_piped_line_is_capped(self, lab: Lab) -> None:
        """A line that never ends keeps 4,096 characters and blocks nothing."""
        shell = await lab.open(pty=False)
        shell.send(b"x" * 500_000 + b"\nb\n")
        shell.process.stdin.write_eof()
        received = await shell.finish()
        assert PIPED + b"<" + b"x" * 4096 + b">\n" + PIPED + b"<b>\n" in received

    async def test_paging_needs_a_terminal(self, lab: Lab) -> None:
        """A pipe gets long output without a question."""
        shell = await lab.open(pty=False)
        shell.send(b"lines 100\n")
        shell.process.stdin.write_eof()
        assert b"--More--" not in await shell.finish()

    async def test_signal_interrupts_a_command(self, lab: Lab) -> None:
        """Signal INT ends a command that runs without a PTY."""
        shell = await lab.open(pty=False, command="wait")
        await shell.expect(b"waiting\n")
        shell.process.send_signal("INT")
        assert b"waiting\ninterrupted\n" == await shell.finish()

    async def test_signal_interrupts_a_read(self, lab: Lab) -> None:
        """Signal INT at a prompt without a PTY brings the next prompt."""
        shell = await lab.open(pty=False)
        await shell.expect(PIPED)
        shell.process.send_signal("INT")
        shell.process.stdin.write_eof()
        assert PIPED + PIPED + b"bye\n" == await shell.finish()


class TestEnds:
    """How sessions end."""

    @pytest.mark.parametrize("pty", [True, False])
    async def test_a_command_has_an_exit_status(self, lab: Lab, pty: bool) -> None:
        """The exec channel runs one command, without a prompt, to its status."""
        shell = await lab.open(pty=pty, command="show version")
        end = b"\r\n" if pty else b"\n"
        assert b"<show version>" + end == await shell.finish()
        assert 3 == shell.process.exit_status

    async def test_eof_with_a_terminal(self, lab: Lab) -> None:
        """The end of input ends a terminal session after what was typed has run."""
        shell = await lab.open()
        shell.send(b"a\rb")
        shell.process.stdin.write_eof()
        assert PROMPT + b"a\r\n<a>\r\n" + PROMPT + b"bbye\r\n" == await shell.finish()

    async def test_ctrl_c_of_a_lone_question(self, lab: Lab) -> None:
        """An interrupt that the session lets through is status 130."""
        shell = await lab.open(command="ask")
        shell.send(b"\x03")
        await shell.finish()
        assert 130 == shell.process.exit_status

    async def test_end_of_input_at_a_lone_question(self, lab: Lab) -> None:
        """An end of input that the session lets through is a plain end."""
        shell = await lab.open(command="ask")
        shell.send(b"\x04")
        await shell.finish()
        assert 0 == shell.process.exit_status

    async def test_a_fault_ends_one_session(
        self, lab: Lab, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A fault is logged with its session, and the others go on."""
        caplog.set_level(logging.ERROR, "tofulab.shell")
        other, shell = await lab.open(), await lab.open()
        shell.send(b"fail\r")
        await shell.finish()
        assert 255 == shell.process.exit_status
        assert ["session 1 of user admin failed"] == caplog.messages
        other.send(b"ok\r\x04")
        assert b"<ok>" in await other.finish()

    async def test_a_fault_in_help_ends_one_session(
        self, lab: Lab, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A fault while a key is handled is the session's, not the connection's."""

        class Broken:
            def explain(self, before_cursor: str) -> str:
                raise LookupError(before_cursor)

            def complete(self, before_cursor: str) -> list[str]:
                raise LookupError(before_cursor)

        async def run(terminal: Terminal) -> int:
            await terminal.read_line("# ", assist=Broken())
            return 0

        await lab.serve(run)
        shell = await lab.open()
        shell.send(b"ab?")
        await shell.finish()
        assert 255 == shell.process.exit_status
        assert "LookupError: ab" in caplog.text


class TestLostClients:
    """Clients that go away or do not read."""

    @pytest.mark.parametrize("how", ["channel", "connection"])
    async def test_gone_in_mid_output(
        self, lab: Lab, how: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A session that writes ends when its client goes, and nothing is logged."""
        ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def run(terminal: Terminal) -> int:
            try:
                while True:
                    await terminal.write("x" * 70 + "\n")
            except (InputEnded, asyncio.CancelledError) as end:
                ended.set_result(type(end).__name__)
                raise

        server = await lab.serve(run)
        shell = await lab.open()
        await shell.expect(b"x\r\n")
        if how == "channel":
            shell.process.channel.abort()
        else:
            assert lab.connection is not None
            lab.connection.abort()
        assert await asyncio.wait_for(ended, 5) in ("InputEnded", "CancelledError")
        await server.close()
        assert () == server.terminals
        assert [] == [each for each in caplog.records if each.name == "asyncio"]

    async def test_gone_at_the_prompt(self, lab: Lab) -> None:
        """A session that reads ends when its client goes."""
        ended = asyncio.Event()

        async def run(terminal: Terminal) -> int:
            try:
                await terminal.read_line("# ")
            finally:
                ended.set()
            return 0

        await lab.serve(run)
        shell = await lab.open()
        await shell.expect(b"# ")
        assert lab.connection is not None
        lab.connection.abort()
        await asyncio.wait_for(ended.wait(), 5)

    async def test_a_client_that_does_not_read(self, lab: Lab) -> None:
        """Output waits for the client instead of filling the memory."""
        written = 0

        async def run(terminal: Terminal) -> int:
            nonlocal written
            for _ in range(1000):
                await terminal.write("x" * 10_000)
                written += 10_000
            return 0

        await lab.serve(run)
        connection = await lab.connect()
        stuck = asyncio.Event()

        class Deaf(asyncssh.SSHClientSession[str]):
            def connection_made(self, chan: asyncssh.SSHClientChannel[str]) -> None:
                chan.pause_reading()

            def session_started(self) -> None:
                stuck.set()

        channel, _ = await connection.create_session(Deaf, window=20_000)
        await stuck.wait()
        seen = -1
        while seen != written:
            seen = written
            for _ in range(20):
                await asyncio.sleep(0)
        assert written < 1_000_000
        channel.resume_reading()
        await asyncio.wait_for(channel.wait_closed(), 20)
        assert 10_000_000 == written
