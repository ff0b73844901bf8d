"""The lines that the arrow keys bring back.

Knows nothing of keys, of users or of where lines are kept between logins.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

HISTORY_LINES = 100


class LineHistory:
    """At most 100 lines, newest last, the same line never twice in a row."""

    def __init__(
        self, lines: Iterable[str] = (), keep: Callable[[str], object] | None = None
    ) -> None:
        """Start with `lines`; `keep` is called with each line worth persisting."""
        self._lines: deque[str] = deque(lines, maxlen=HISTORY_LINES)
        self._keep = keep

    def append(self, line: str) -> None:
        """Add a line, unless it is blank or repeats the newest one."""
        if not line.strip() or (self._lines and self._lines[-1] == line):
            return
        self._lines.append(line)
        if self._keep is not None:
            self._keep(line)

    def drop_newest(self, line: str) -> None:
        """Forget the newest line if it is `line`: it held a secret."""
        if self._lines and self._lines[-1] == line:
            self._lines.pop()

    def clear(self) -> None:
        """Forget every line."""
        self._lines.clear()

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, index: int) -> str:
        return self._lines[index]
