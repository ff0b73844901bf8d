"""`--More--`: output a page at a time.

Knows no filters and no commands.
"""

from __future__ import annotations

import re

from .endings import Interrupted
from .terminal import Terminal
from .width import count_rows

PROMPT = "--More--"
ERASE = "\r" + " " * len(PROMPT) + "\r"
_LINES = re.compile(r"[^\n]*\n|[^\n]+")


class OutputStopped(Exception):
    """The user wants to see no more of a command's output."""


class Pager:
    """Writes to a terminal, and asks before each further page.

    Space shows the next page, Enter the next line, q and Ctrl-C stop the output;
    other keys do nothing.
    """

    def __init__(self, terminal: Terminal, length: int) -> None:
        """Page after `length` rows, the prompt's own row counted; 0 never asks."""
        self._terminal = terminal
        self.length = length
        self._line = ""  # written of the line that is not ended yet
        self._rows = 0  # that it takes
        self._batch: list[str] = []
        self.reset()

    @property
    def _active(self) -> bool:
        return self.length > 0 and self._terminal.interactive

    @property
    def _page(self) -> int:
        return max(1, self.length - 1)

    @property
    def mid_line(self) -> bool:
        """Whether the last line written lacks its end."""
        return self._line != ""

    def reset(self) -> None:
        """Begin a new page: the user has just answered something."""
        self._room = self._page
        self._line, self._rows = "", 0

    async def write(self, text: str) -> None:
        """Write text; raises `OutputStopped` when the user has had enough."""
        if self._active:
            # Not splitlines(), which takes other characters for line ends too.
            for part in _LINES.findall(text):
                await self._write_part(part)
        else:
            self._line = (self._line + text).rpartition("\n")[2]
            self._batch.append(text)
        await self._send()

    async def _write_part(self, part: str) -> None:
        whole = self._line + part.rstrip("\n")
        rows = count_rows(whole, self._terminal.width)
        more = rows - self._rows
        if more > self._room and self._room < self._page and not self._line:
            await self._ask(more)
        self._batch.append(part)
        self._room = max(0, self._room - more)
        ended = part.endswith("\n")
        self._line, self._rows = ("", 0) if ended else (whole, rows)

    async def _ask(self, rows_of_line: int) -> None:
        await self._send()
        await self._terminal.write(PROMPT)
        try:
            key = await self._read_answer()
        finally:
            await self._terminal.write(ERASE)
        if key == " ":
            self._room = self._page
        elif key in "\r\n":
            self._room = rows_of_line
        else:
            raise OutputStopped

    async def _read_answer(self) -> str:
        while True:
            try:
                key = await self._terminal.read_key()
            except Interrupted:
                return "q"
            if key in " \r\nqQ":
                return key

    async def _send(self) -> None:
        if self._batch:
            text = "".join(self._batch)
            self._batch.clear()
            await self._terminal.write(text)
