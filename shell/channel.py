"""The asyncssh side of a terminal: channel callbacks in, a running session out.

Knows no command and no account; what a session does is the `run` it is given.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from typing import Protocol

import asyncssh

from .endings import InputEnded, Interrupted
from .terminal import Login, Terminal

logger = logging.getLogger("tofulab.shell")

STATUS_FAILED = 255
STATUS_INTERRUPTED = 130  # as shells report a command that Ctrl-C ended


class ChannelHost(Protocol):
    """What a channel asks of the connection and the server that it belongs to."""

    @property
    def terminals(self) -> dict[Terminal, asyncio.Task[None]]:
        """The live terminals of the server and the tasks of their sessions."""

    def make_login(self, command: str | None) -> Login:
        """Describe a session that begins now."""

    def run_session(self, terminal: Terminal, /) -> Awaitable[int]:
        """Run a session to its exit status."""

    def release(self, channel: asyncssh.SSHServerSession[str]) -> None:
        """Take note that a channel is closed."""


class TerminalChannel(asyncssh.SSHServerSession[str]):
    """One session channel, from its opening to its last byte."""

    def __init__(self, host: ChannelHost) -> None:
        self._host = host
        self._command: str | None = None
        self._pty: tuple[str, tuple[int, int]] | None = None
        self._terminal: Terminal | None = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, chan: asyncssh.SSHServerChannel[str]) -> None:
        """Keep the channel."""
        self._channel = chan

    def pty_requested(
        self,
        term_type: str,
        term_size: tuple[int, int, int, int],
        term_modes: Mapping[int, int],
    ) -> bool:
        """Accept any terminal type and size; the modes change nothing."""
        self._pty = term_type, term_size[:2]
        return True

    def shell_requested(self) -> bool:
        """Accept a shell."""
        return True

    def exec_requested(self, command: str) -> bool:
        """Accept one command, which the session handles."""
        self._command = command
        return True

    def session_started(self) -> None:
        """Start the session."""
        term, size = self._pty or ("", (0, 0))
        self._terminal = terminal = Terminal(
            self._channel,
            self._host.make_login(self._command),
            interactive=self._pty is not None,
            term=term,
            size=size,
        )
        self._task = asyncio.get_running_loop().create_task(self._serve(terminal))
        self._host.terminals[terminal] = self._task

    def data_received(self, data: str, datatype: int | None) -> None:
        """Hand on what was typed."""
        if self._terminal is not None:
            self._terminal.feed(data)

    def eof_received(self) -> bool:
        """Keep the channel open for the output of what is still queued."""
        if self._terminal is not None:
            self._terminal.feed_end()
        return True

    def terminal_size_changed(
        self, width: int, height: int, pixwidth: int, pixheight: int
    ) -> None:
        """Hand on the new window."""
        if self._terminal is not None:
            self._terminal.resize(width, height)

    def signal_received(self, signal: str) -> None:
        """Treat INT as Ctrl-C; other signals mean nothing to an appliance."""
        if self._terminal is not None and signal == "INT":
            self._terminal.interrupt()

    def break_received(self, msec: int) -> bool:
        """Treat BREAK as Ctrl-C, as serial consoles of appliances do."""
        if self._terminal is not None:
            self._terminal.interrupt()
        return True

    def pause_writing(self) -> None:
        """Make the session wait with its output."""
        if self._terminal is not None:
            self._terminal.hold_writes()

    def resume_writing(self) -> None:
        """Let the session write on."""
        if self._terminal is not None:
            self._terminal.release_writes()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the session: nobody is there any more."""
        if self._terminal is not None:
            self._terminal.close()
        if self._task is not None:
            self._task.cancel()
        self._host.release(self)

    async def _serve(self, terminal: Terminal) -> None:
        status = STATUS_FAILED
        try:
            status = await self._status(terminal)
        finally:
            self._host.terminals.pop(terminal, None)
            terminal.close()
            self._channel.exit(status)

    async def _status(self, terminal: Terminal) -> int:
        try:
            return await self._host.run_session(terminal)
        except InputEnded:
            return 0
        except Interrupted:
            return STATUS_INTERRUPTED
        except Exception:
            # A fault in one session must not touch the others.
            logger.exception(
                "session %d of user %s failed",
                terminal.login.number,
                terminal.login.user,
            )
            return STATUS_FAILED
