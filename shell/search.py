"""Reverse search through earlier lines (Ctrl-R), as readline shows it.

Knows no keys and paints nothing: it holds the query and the line it found.
"""

from __future__ import annotations

from .history import LineHistory


class ReverseSearch:
    """A query that grows and shrinks, and the newest line that holds it."""

    def __init__(self, history: LineHistory, line: str) -> None:
        """Search `history`; until something is found, `line` is what stands there."""
        self._history = history
        self._place = len(history)
        self._failed = False
        self.query = ""
        self.line = line

    @property
    def prompt(self) -> str:
        """What stands in place of the prompt while the search lasts."""
        failed = "failed " if self._failed else ""
        return f"({failed}reverse-i-search)`{self.query}': "

    @property
    def cursor(self) -> int:
        """Index of the match in the line."""
        return max(0, self.line.rfind(self.query)) if self.query else len(self.line)

    def extend(self, text: str) -> None:
        """Add to the query; the line found stays if it still fits."""
        self.query += text
        self._look(self._place)

    def shorten(self) -> None:
        """Drop the query's last character and begin again at the newest line."""
        self.query = self.query[:-1]
        self._place = len(self._history)
        self._look(self._place)

    def go_older(self) -> bool:
        """Look for the next older line; says whether there is one."""
        # A line equal to the one shown would look as if nothing had happened.
        self._look(self._place - 1, skip=self.line)
        return not self._failed

    def _look(self, start: int, skip: str | None = None) -> None:
        self._failed = False
        if not self.query:
            return
        for place in range(min(start, len(self._history) - 1), -1, -1):
            line = self._history[place]
            if self.query in line and line != skip:
                self._place, self.line = place, line
                return
        self._failed = True
