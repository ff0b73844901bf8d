"""The painter against a terminal emulator, and its bytes."""

from __future__ import annotations

from unicodedata import normalize

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wcwidth import wcwidth

from tofulab.shell.painter import LinePainter

Edit = tuple[str, int, str]

ROWS = 40
EXAMPLES = 60


def edits_of(alphabet: str) -> st.SearchStrategy[list[Edit]]:
    """Draw edits of a line made of some characters."""
    texts = st.text(alphabet, max_size=20)
    kinds = st.sampled_from("idm")
    return st.lists(st.tuples(kinds, st.integers(0, 200), texts), max_size=20)


PLAIN = edits_of("abc XYZ")
EDITS = PLAIN | edits_of("ab 文字\t")


def apply(edit: Edit, text: str, cursor: int) -> tuple[str, int]:
    """Insert, delete to the place, or move to the place."""
    kind, number, new = edit
    place = number % (len(text) + 1)
    match kind:
        case "i":
            return text[:cursor] + new + text[cursor:], cursor + len(new)
        case "d":
            first, last = sorted((place, cursor))
            return text[:first] + text[last:], first
        case _:
            return text, place


def place_cells(text: str, width: int) -> list[str]:
    """Fill cells as a terminal does, with blanks where nothing else fits."""
    cells: list[str] = []
    for char in text:
        size = wcwidth(char)
        if char == "\t":
            cells.append(" ")
            while len(cells) % width and len(cells) % width % 8:
                cells.append(" ")
        elif size == 0 and cells:
            at = -1 if cells[-1] else -2
            cells[at] = normalize("NFC", cells[at] + char)  # as the emulator does
        else:
            if size == 2 and len(cells) % width == width - 1:
                cells.append(" ")
            cells += [char, *[""] * (size - 1)]
    return cells


def find_cell(text: str, index: int, width: int) -> int:
    """Count the cells before a character, which carries its marks with it."""
    if index == len(text):
        return len(place_cells(text, width))
    while text[index] == "\u0301" and index > 0:
        index -= 1
    if text[index] == "\t":
        return len(place_cells(text[:index], width))
    return len(place_cells(text[: index + 1], width)) - wcwidth(text[index])


def as_rows(cells: list[str], width: int) -> list[str]:
    """Cut cells into rows."""
    return [
        "".join(cells[start : start + width]).rstrip()
        for start in range(0, max(1, len(cells)), width)
    ]


class Emulator:
    """A painter and the terminal it paints on."""

    def __init__(self, width: int, term: str = "xterm") -> None:
        self.screen = pyte.Screen(width, ROWS)
        self.stream = pyte.Stream(self.screen)
        self.sent = ""
        self.painter = LinePainter(self.put, term, width)

    def put(self, text: str) -> None:
        """Send text to the terminal."""
        self.sent += text
        self.stream.feed(text)

    @property
    def rows(self) -> list[str]:
        """What is on the screen, without blank ends."""
        return [row.rstrip() for row in self.screen.display]

    @property
    def cell(self) -> int:
        """Where the cursor stands, counted from the top left."""
        return self.screen.cursor.y * self.screen.columns + self.screen.cursor.x


def follow(emulator: Emulator, prompt: str, edits: list[Edit], most: int) -> None:
    """Paint after each edit, and compare the screen with the line."""
    width = emulator.screen.columns
    emulator.painter.begin(prompt)
    text, cursor = "", 0
    for edit in edits:
        new_text, new_cursor = apply(edit, text, cursor)
        cells = place_cells(prompt + new_text, width)
        if len(cells) >= most:
            continue
        text, cursor = new_text, new_cursor
        emulator.painter.paint(text, cursor)
        wanted = as_rows(cells, width)
        assert wanted == emulator.rows[: len(wanted)]
        assert not any(emulator.rows[len(wanted) :])
        assert find_cell(prompt + text, len(prompt) + cursor, width) == emulator.cell


@given(st.sampled_from([9, 20, 33, 80]), st.text("h/", min_size=1, max_size=20), EDITS)
@settings(max_examples=EXAMPLES, deadline=None)
def test_screen_shows_the_line(width: int, prompt: str, edits: list[Edit]) -> None:
    """After any edit the screen shows prompt and line, with the cursor in place."""
    follow(Emulator(width), prompt, edits, width * (ROWS - 1))


# In one row: behind a character of two cells the emulator loses a mark, and at the
# margin it puts the cursor on the next row.
@given(edits_of("ab e\u0301"))
@settings(max_examples=EXAMPLES, deadline=None)
def test_marks_stay_with_their_characters(edits: list[Edit]) -> None:
    """Combining marks are written again with the characters that carry them."""
    follow(Emulator(80), "h/a# ", edits, 80)


@given(st.sampled_from([5, 20, 80]), st.text("ab c", max_size=200), st.data())
@settings(deadline=None)
def test_typing_at_the_end_is_echoed(
    width: int, text: str, data: st.DataObject
) -> None:
    """Text typed at the end goes out as it came in, wherever the margin is."""
    emulator = Emulator(width)
    emulator.painter.begin("h/a# ")
    pieces = data.draw(st.lists(st.integers(0, len(text)), max_size=5).map(sorted))
    for end in [*pieces, len(text)]:
        emulator.painter.paint(text[:end], end)
    emulator.painter.end()
    assert "h/a# " + text + "\r\n" == emulator.sent


@pytest.mark.parametrize("term", ["", "dumb", "DUMB", "unknown", "network"])
@given(PLAIN)
@settings(max_examples=20, deadline=None)
def test_plain_terminals_get_no_escape(term: str, edits: list[Edit]) -> None:
    """A terminal that may not know CUU never gets it; it gets a fresh line."""
    emulator = Emulator(20, term)
    emulator.painter.begin("h/a# ")
    text, cursor = "", 0
    for edit in edits:
        text, cursor = apply(edit, text, cursor)
        emulator.painter.paint(text, cursor)
    assert "\x1b" not in emulator.sent


def test_an_edit_on_an_earlier_row_climbs() -> None:
    """On an ANSI terminal the cursor climbs to the row of the edit."""
    emulator = Emulator(10)
    emulator.painter.begin("# ")
    emulator.painter.paint("abcdefghijkl", 12)
    emulator.painter.paint("abcdefghijkl", 1)
    assert "# abcdefghijkl\x1b[1A\r# a" == emulator.sent


def test_a_plain_terminal_starts_a_fresh_line() -> None:
    """Where the cursor cannot climb, prompt and line come again."""
    emulator = Emulator(10, "dumb")
    emulator.painter.begin("# ")
    emulator.painter.paint("abcdefghijkl", 12)
    emulator.painter.paint("abcdefghijkl", 1)
    assert "# abcdefghijkl\r\n# a" == emulator.sent


def test_an_edit_in_the_last_row_needs_no_climbing() -> None:
    """Edits within the cursor's own row are backspaces."""
    emulator = Emulator(10)
    emulator.painter.begin("# ")
    emulator.painter.paint("abcdefghijkl", 12)
    emulator.painter.paint("abcdefghijl", 11)
    assert "# abcdefghijkl\b\bl \b" == emulator.sent


def test_redraw_repeats_only_the_prompts_last_line() -> None:
    """A question of several lines is not asked again in full."""
    emulator = Emulator(80)
    emulator.painter.begin("several\nlines: ")
    emulator.painter.paint("ab", 2)
    emulator.painter.end("?")
    emulator.painter.redraw("ab", 1)
    assert "several\r\nlines: ab?\r\nlines: ab\b" == emulator.sent


def test_another_prompt_is_shown_in_place() -> None:
    """A new prompt replaces the old one in its row."""
    emulator = Emulator(80)
    emulator.painter.begin("h/a# ")
    emulator.painter.paint("ab", 2)
    emulator.painter.prompt = "(search)"
    emulator.painter.paint("abc", 0)
    assert "(search)abc" == emulator.rows[0]
    assert 8 == emulator.cell


def test_a_new_width_sends_nothing() -> None:
    """After a change of width the next edit counts with the new one."""
    emulator = Emulator(80)
    emulator.painter.begin("# ")
    emulator.painter.paint("a" * 50, 50)
    emulator.sent = ""
    emulator.painter.width = 20
    assert "" == emulator.sent
    emulator.painter.paint("a" * 50, 0)
    assert "\x1b[2A\r# " == emulator.sent
