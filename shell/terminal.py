"""One SSH channel as a terminal: lines, secrets and keys in, text out.

Knows no command and no SSH: a `Wire` carries text, and the session reads and
writes.  What nobody has asked for yet stays queued and unechoed, so that a
transcript is the same however the client cuts what it sends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from .editor import END_OF_MODE, LINE_LIMIT, Assist, LineEditor, Outcome, Reading
from .endings import InputEnded, Interrupted
from .history import LineHistory
from .keys import KeyQueue, printable
from .width import DEFAULT_HEIGHT, DEFAULT_WIDTH

__all__ = [
    "END_OF_MODE",
    "Assist",
    "InputEnded",
    "Interrupted",
    "Login",
    "Terminal",
    "Wire",
]

ESCAPE_TIME = 0.3  # seconds until a lone Escape is a key of its own
QUEUE_HIGH = 65536  # characters of type-ahead at which the client must wait
QUEUE_LOW = 16384
TURN_TOKENS = 256  # handled before other sessions get a turn
TURN_OUTPUT = 32768  # characters written before other sessions get a turn
INTERRUPT = "\x03"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who is at the terminal; `number` is unique on the server (pts/N).

    `command` is set when the client asked for one command instead of a shell.
    """

    user: str
    peer_host: str
    peer_port: int
    number: int
    command: str | None = None


class Wire(Protocol):
    """What a terminal needs of a channel."""

    def write(self, text: str, /) -> None:
        """Send text; never waits.  Raises `BrokenPipeError` when the client is gone."""

    def pause_reading(self) -> None:
        """Make the client wait before it sends more."""

    def resume_reading(self) -> None:
        """Let the client send again."""


class _Mode(Enum):
    LINE = auto()
    KEY = auto()


class Terminal:
    """Reads from and writes to one client; one reader at a time."""

    def __init__(
        self,
        wire: Wire,
        login: Login,
        *,
        interactive: bool = True,
        term: str = "",
        size: tuple[int, int] = (0, 0),
    ) -> None:
        """Serve the client behind `wire`; `size` is columns and rows, 0 if unknown."""
        self.login = login
        self.interactive = interactive
        # Called on Ctrl-C while nothing reads; what it returns is of no use here.
        self.on_interrupt: Callable[[], object] | None = None
        self._wire = wire
        self._keys = KeyQueue()
        self._out: list[str] = []
        self._sending: asyncio.Handle | None = None
        self._editor = LineEditor(self._put, term, DEFAULT_WIDTH)
        self.resize(*size)
        self._mode: _Mode | None = None
        self._reader: asyncio.Future[Outcome | Exception] | None = None
        self._history: LineHistory | None = None
        self._part = ""  # of a line, when lines come through a pipe
        self._escape: asyncio.TimerHandle | None = None
        self._turn: asyncio.Handle | None = None
        self._at_end = False  # the client has sent all it will
        self._gone = False
        self._held = False  # the client was asked to wait
        self._writable = asyncio.Event()
        self._writable.set()
        self._burst = 0

    # For sessions

    async def read_line(
        self,
        prompt: str,
        *,
        history: LineHistory | None = None,
        assist: Assist | None = None,
    ) -> str:
        """Read a line, without its end; it is appended to `history`.

        `?` and Tab ask `assist`; without one they are ordinary characters.  With
        one, a line that Ctrl-Z finishes has `END_OF_MODE` behind it.
        Raises `InputEnded` when nothing more comes and `Interrupted` on Ctrl-C.
        """
        return await self._read_line(
            Reading(prompt=prompt, history=history, assist=assist)
        )

    async def read_secret(self, prompt: str) -> str:
        """Read a line of which nothing is echoed but its end; raises as `read_line`."""
        return await self._read_line(Reading(prompt=prompt, echo=False))

    async def read_key(self) -> str:
        """Read one key, as the client sent it, unechoed; raises as `read_line`."""
        return await self._read(_Mode.KEY)

    async def write(self, text: str) -> None:
        """Write text, in which `\\n` ends a line; waits while the client does not read.

        Raises `InputEnded` when the client is gone.
        """
        for start in range(0, len(text), TURN_OUTPUT):
            await self._await_writable()
            part = text[start : start + TURN_OUTPUT]
            self._put(part.replace("\n", "\r\n") if self.interactive else part)
            self._burst += len(part)
            if self._burst >= TURN_OUTPUT:
                self._send()
                await asyncio.sleep(0)
        await self._await_writable()

    # For the channel

    def feed(self, text: str) -> None:
        """Take in what the client sent."""
        if self._mode is None and self.interactive and INTERRUPT in text:
            text = self._interrupt_command(text)
        self._keys.feed(text)
        if len(self._keys) > QUEUE_HIGH and not self._held:
            self._held = True
            self._wire.pause_reading()
        self._pump_unless_queued()

    def feed_end(self) -> None:
        """Take note that the client sends no more; what is queued is still read."""
        self._at_end = True
        self._pump_unless_queued()

    def interrupt(self) -> None:
        """Take in a BREAK, or signal INT; both are Ctrl-C, with or without a PTY."""
        if self.interactive:
            self.feed(INTERRUPT)
        elif self._mode is not None:
            self._finish(Interrupted())
        elif self.on_interrupt is not None:
            self.on_interrupt()

    def resize(self, width: int, height: int) -> None:
        """Take note of the client's window; 0 stands for 80 columns or 24 rows."""
        self.width = width or DEFAULT_WIDTH
        self.height = height or DEFAULT_HEIGHT
        self._editor.resize(self.width)

    def hold_writes(self) -> None:
        """Make `write` wait: the client does not read."""
        self._writable.clear()

    def release_writes(self) -> None:
        """Let `write` go on."""
        self._writable.set()
        self._pump_unless_queued()

    def close(self) -> None:
        """Send what is left, and end every read and write with `InputEnded`."""
        self._send()
        self._gone = True
        self._writable.set()
        self._finish(InputEnded())
        for handle in (self._escape, self._turn):
            if handle is not None:
                handle.cancel()
        self._escape = self._turn = None

    # Reading

    async def _read_line(self, reading: Reading) -> str:
        await self._await_writable()
        if self.interactive:
            self._editor.begin(reading)
        else:
            self._put(reading.prompt)
            self._history, self._part = reading.history, ""
        return await self._read(_Mode.LINE)

    async def _read(self, mode: _Mode) -> str:
        await self._await_writable()
        if self._reader is not None:
            raise RuntimeError("the terminal is being read already")
        reader: asyncio.Future[Outcome | Exception]
        reader = self._reader = asyncio.get_running_loop().create_future()
        self._mode = mode
        try:
            self._pump_unless_queued()
            if reader.done():
                # Type-ahead must not keep other sessions from their turn.
                await asyncio.sleep(0)
            outcome = await reader
        finally:
            self._mode = self._reader = None
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _await_writable(self) -> None:
        if not self._writable.is_set():
            await self._writable.wait()
        if self._gone:
            raise InputEnded

    def _interrupt_command(self, text: str) -> str:
        """Interrupt what runs, and drop what was typed before, as terminals do."""
        self._keys.clear()
        text = text.rpartition(INTERRUPT)[2]
        if self.on_interrupt is None:
            return INTERRUPT + text  # between commands: for the next read
        self.on_interrupt()
        return text

    def _pump_unless_queued(self) -> None:
        if self._turn is None:
            self._pump()

    def _pump(self) -> None:
        """Give queued keys to the reader until it has what it wants."""
        self._turn = None
        budget = TURN_TOKENS
        while budget > 0 and self._may_read() and self._take_safely():
            budget -= self._editor.weight
        if budget <= 0:
            self._turn = asyncio.get_running_loop().call_soon(self._pump)
        if self._may_read() and self._at_end and not len(self._keys):
            self._end_input()
        self._time_escape()
        if self._held and len(self._keys) < QUEUE_LOW and not self._gone:
            self._held = False
            self._wire.resume_reading()

    def _may_read(self) -> bool:
        return self._mode is not None and self._writable.is_set()

    def _take_safely(self) -> bool:
        try:
            return self._take()
        except Exception as error:
            # An Assist that fails must end its own session, where it is logged,
            # and not the SSH connection on whose callback this runs.
            self._finish(error)
            return False

    def _take(self) -> bool:
        """Hand one token to the reader; says whether there was one."""
        if self._mode is _Mode.KEY:
            return self._take_key()
        if not self.interactive:
            return self._take_line_part()
        if self._editor.takes_text and (text := self._keys.take_text()):
            self._editor.type(text)
            return True
        key = self._keys.take_key()
        if key is None:
            return False
        self._editor.press(key)
        self._finish(self._editor.outcome)
        return True

    def _take_key(self) -> bool:
        key = self._keys.take_key()
        if key is None:
            return False
        interrupted = key.data == INTERRUPT and self.interactive
        self._finish(Interrupted() if interrupted else key.data)
        return True

    def _take_line_part(self) -> bool:
        part = self._keys.take_line_part()
        if part is None:
            return False
        text, ended = part
        self._part += printable(text)[: LINE_LIMIT - len(self._part)]
        if ended:
            self._accept_part()
        return True

    def _end_input(self) -> None:
        """Finish at the end of input: a pipe's last line may lack its line end."""
        if self._mode is _Mode.LINE and self._part:
            self._accept_part()
        else:
            self._finish(InputEnded())

    def _accept_part(self) -> None:
        line, self._part = self._part, ""
        if self._history is not None:
            self._history.append(line)
        self._finish(line)

    def _finish(self, outcome: Outcome | Exception | None) -> None:
        if outcome is None or self._reader is None or self._reader.done():
            return
        self._mode = None
        self._reader.set_result(outcome)

    # Sending

    def _put(self, text: str) -> None:
        """Send text at the end of the loop's turn, with all else that the turn brings.

        An echo, a short output and the next prompt so cost one packet, not three;
        and a session whose client has just gone does not hammer a dead socket.
        """
        self._out.append(text)
        if self._sending is None:
            self._sending = asyncio.get_running_loop().call_soon(self._send_soon)

    def _send_soon(self) -> None:
        """Let one more turn pass: the session that a line has woken up runs in this."""
        self._sending = asyncio.get_running_loop().call_soon(self._send)

    def _send(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None
        self._burst = 0
        text = "".join(self._out)
        self._out.clear()
        if not text or self._gone:
            return
        try:
            self._wire.write(text)
        except BrokenPipeError:
            # The channel is closed, but its `connection_lost` is still to come.
            self._gone = True

    # Escape

    def _time_escape(self) -> None:
        if self._escape is not None:
            self._escape.cancel()
            self._escape = None
        if self._may_read() and self._turn is None and self._keys.partial:
            loop = asyncio.get_running_loop()
            self._escape = loop.call_later(ESCAPE_TIME, self._settle_escape)

    def _settle_escape(self) -> None:
        self._escape = None
        self._keys.settle()
        self._pump_unless_queued()
