"""The way of a command's output: through filters and the pager to the terminal.

Knows no commands; one `OutputStream` lives as long as one command.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .filters import FilterChain
from .pager import OutputStopped, Pager
from .terminal import Terminal

__all__ = ["OutputStopped", "OutputStream"]


class OutputStream:
    """Takes a command's text in any pieces."""

    def __init__(
        self, terminal: Terminal, filters: Sequence[tuple[str, str]], page_length: int
    ) -> None:
        """Filter by (name, pattern) pairs; page after `page_length` rows, 0 never.

        Without a PTY nothing is paged.  Raises `ValueError` for an unknown filter.
        """
        self._filters = FilterChain(filters)
        self._pager = Pager(terminal, page_length)
        self._part = ""  # of a line that the filters have not seen
        self._stopped = False

    @property
    def page_length(self) -> int:
        """Rows to a page, 0 for no paging; may change while the command runs."""
        return self._pager.length

    @page_length.setter
    def page_length(self, length: int) -> None:
        self._pager.length = length
        self._pager.reset()

    async def write(self, text: str) -> None:
        """Write text; with filters a line waits for its end.

        Raises `OutputStopped` once the user has stopped the output, and
        `InputEnded` when the client is gone.
        """
        if self._filters:
            *lines, self._part = (self._part + text).split("\n")
            text = _join(out for line in lines for out in self._filters.feed(line))
        await self._page(text)

    async def flush(self) -> None:
        """Let out an unfinished line, and begin a new page: a question follows."""
        part, self._part = self._part, ""
        if part:
            await self._page("\n".join(self._filters.feed(part)))
        self._pager.reset()

    async def close(self) -> None:
        """Let out what the filters kept, and end an unfinished line.

        Raises as `write` does, but for an output that was stopped before.
        """
        if self._stopped:
            return
        part, self._part = self._part, ""
        lines = self._filters.feed(part) if part else []
        if self._filters:
            await self._page(_join([*lines, *self._filters.finish()]))
        if self._pager.mid_line:
            await self._page("\n")

    async def _page(self, text: str) -> None:
        if self._stopped:
            raise OutputStopped
        try:
            await self._pager.write(text)
        except OutputStopped:
            self._stopped = True
            raise


def _join(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
