"""How much room text takes on a terminal: cells, rows, and where lines wrap.

Knows nothing of channels, keys or prompts.
"""

from __future__ import annotations

from dataclasses import dataclass

from prompt_toolkit.utils import get_cwidth

TAB_STOP = 8
DEFAULT_WIDTH = 80
DEFAULT_HEIGHT = 24


@dataclass(frozen=True, slots=True)
class Layout:
    """Text as it is shown, and the index in it where the cursor stands."""

    shown: str
    cursor: int


def cells(text: str) -> int:
    """Return the number of terminal cells of text without control characters."""
    return len(text) if text.isascii() else get_cwidth(text)


def lay_out(text: str, cursor: int, width: int) -> Layout:
    """Replace what a terminal would place by its own rules by plain blanks.

    Tabs become blanks.  A blank goes before a two-cell character that would
    start in the last column: terminals disagree about that case, and with the
    blank written none of them has to decide.
    """
    if text.isascii() and "\t" not in text:
        return Layout(text, cursor)
    shown: list[str] = []
    used, length, place = 0, 0, 0
    for index, char in enumerate(text):
        if char == "\t":
            # A blank that fills the row ends the tab: a terminal stops there too.
            column = used % width
            piece = " " * min(TAB_STOP - column % TAB_STOP, width - column)
            size = len(piece)
            lead = 0
        else:
            size = get_cwidth(char)
            lead = 1 if size == 2 and used % width == width - 1 else 0
            piece = " " * lead + char
        if index == cursor:
            place = length + lead
        shown.append(piece)
        used += size + lead
        length += len(piece)
    return Layout("".join(shown), length if cursor >= len(text) else place)


def count_rows(line: str, width: int) -> int:
    """Return how many rows of `width` cells a line without `\\n` takes, at least 1."""
    return max(1, -(-cells(lay_out(line, 0, width).shown) // width))


def is_mark(char: str) -> bool:
    """Say whether `char` is drawn over the cell before it (a combining mark)."""
    return not char.isascii() and get_cwidth(char) == 0


def shared_start(one: str, other: str) -> int:
    """Return how many characters two texts have in common from their start."""
    # Halving compares in C; a loop over a long line would cost more than the key.
    shared, limit = 0, min(len(one), len(other))
    while shared < limit:
        middle = (shared + limit + 1) // 2
        if one[shared:middle] == other[shared:middle]:
            shared = middle
        else:
            limit = middle - 1
    return shared
