"""What goes on the wire while one logical line is typed and edited.

Knows no keys, no history and no channel: it is told what the line should look
like and answers with the fewest bytes that make it so.

The bytes are the typed characters, BS, CR, LF and blanks, as a terminal driver
echoes them.  The only escape sequence is CUU (`ESC [ n A`), and only where an
edit must climb to an earlier row of a wrapped line on an ANSI terminal.
"""

from __future__ import annotations

from collections.abc import Callable

from .width import cells, is_mark, lay_out, shared_start

# Values of TERM whose terminals cannot be trusted to know CUU.
PLAIN_TERMINALS = frozenset(
    {"", "dumb", "unknown", "network", "emacs", "dialup", "su", "switch"}
)


class LinePainter:
    """Keeps the terminal's picture of one line equal to the line itself."""

    def __init__(self, put: Callable[[str], object], term: str, width: int) -> None:
        """Paint through `put` on a terminal `width` cells wide, of type `term`."""
        self._put = put
        self._can_climb = term.lower() not in PLAIN_TERMINALS
        # What stands before the line; one set anew is shown by the next `paint`.
        self.prompt = ""
        self._shown = ""  # prompt and line, laid out, as the terminal has them
        self._at = 0  # index in _shown where the terminal's cursor stands
        # A terminal that has just filled a row keeps its cursor on that row
        # until the next character comes ("deferred wrap").
        self._deferred = False
        self.width = width

    @property
    def width(self) -> int:
        """Cells in a row; a change sends nothing and holds for the next edit."""
        return self._width

    @width.setter
    def width(self, width: int) -> None:
        # In a single column no two-cell character could ever be placed.
        self._width = max(2, width)

    def begin(self, prompt: str) -> None:
        """Write the prompt; the line starts empty, after its last `\\n`."""
        head, newline, self.prompt = prompt.rpartition("\n")
        if newline:
            self._put(f"{head}\n".replace("\n", "\r\n"))
        self._start()

    def paint(self, text: str, cursor: int) -> None:
        """Make the terminal show `text` with the cursor before index `cursor`."""
        wanted = lay_out(self.prompt + text, len(self.prompt) + cursor, self._width)
        if wanted.shown != self._shown:
            self._replace(wanted.shown)
        self._go(wanted.cursor)

    def end(self, mark: str = "") -> None:
        """Leave the line: the cursor goes behind its end, then `mark` and CR LF."""
        self._go(len(self._shown))
        self._put(mark + "\r\n")
        self._shown, self._at, self._deferred = "", 0, False

    def redraw(self, text: str, cursor: int) -> None:
        """Write prompt and line again on a fresh row, after `?` help and the like."""
        self._start()
        self.paint(text, cursor)

    def _start(self) -> None:
        self._shown = lay_out(self.prompt, 0, self._width).shown
        self._put(self._shown)
        self._at = len(self._shown)
        self._deferred = self._fills_row(self._at)

    def _cell(self, index: int) -> int:
        return cells(self._shown[:index])

    def _fills_row(self, index: int) -> bool:
        cell = self._cell(index)
        return cell > 0 and cell % self._width == 0

    def _replace(self, wanted: str) -> None:
        """Rewrite from the first difference on, and blank what is left over."""
        old = self._shown
        # Typing at the end is the usual case, and needs no comparison by character.
        appended = wanted.startswith(old)
        first = len(old) if appended else shared_start(old, wanted)
        first = min(_cluster_start(old, first), _cluster_start(wanted, first))
        self._go(first)
        surplus = max(0, cells(old[first:]) - cells(wanted[first:]))
        self._shown = wanted + " " * surplus
        self._go(len(self._shown))
        if surplus:
            self._go(len(wanted))
            self._shown = wanted

    def _go(self, index: int) -> None:
        """Move the terminal's cursor to `index` of what it shows."""
        index = _cluster_start(self._shown, index)
        if index > self._at:
            self._go_right(index)
        elif index < self._at:
            self._go_left(index)

    def _go_right(self, index: int) -> None:
        self._put(self._shown[self._at : index])
        self._at = index
        self._deferred = self._fills_row(index)
        if self._deferred and index < len(self._shown):
            # More follows: bring the cursor to where the next character stands.
            char = self._shown[index]
            self._put(char + "\b" * cells(char))
            self._deferred = False

    def _go_left(self, index: int) -> None:
        here, there = self._cell(self._at), self._cell(index)
        row, wanted_row = here // self._width - self._deferred, there // self._width
        if row > wanted_row and not self._can_climb:
            self._put("\r\n")
            self._at, self._deferred = 0, False
            self._go_right(index)
            return
        if row == wanted_row and not self._deferred:
            self._put("\b" * (here - there))
        else:
            if row > wanted_row:
                self._put(f"\x1b[{row - wanted_row}A")
            # Terminals differ in what BS does in the deferred state, so the row
            # is written again from its start.
            start = self._index_at(wanted_row * self._width)
            self._put("\r" + self._shown[start:index])
        self._at, self._deferred = index, False

    def _index_at(self, cell: int) -> int:
        """Return the index of the character that stands in a row's first cell."""
        if self._shown.isascii():
            return cell
        used = 0
        for index, char in enumerate(self._shown):
            if used >= cell and not is_mark(char):
                return index
            used += cells(char)
        return len(self._shown)


def _cluster_start(text: str, index: int) -> int:
    """Step back from a combining mark to the character that carries it."""
    while 0 < index < len(text) and is_mark(text[index]):
        index -= 1
    return index
