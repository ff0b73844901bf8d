"""The line editor on an emulated terminal."""

from __future__ import annotations

import pyte
import pytest
from prompt_toolkit.key_binding.key_processor import KeyPress

from tofulab.shell.editor import LineEditor, Reading
from tofulab.shell.endings import InputEnded, Interrupted
from tofulab.shell.history import LineHistory
from tofulab.shell.keys import KeyQueue


class Typist:
    """An editor with a history, somebody who types, and a screen."""

    def __init__(self, width: int = 40) -> None:
        self.screen = pyte.Screen(width, 10)
        stream = pyte.Stream(self.screen)
        self.history = LineHistory(["show version", "ping", "show clock"])
        self.editor = LineEditor(stream.feed, "xterm", width)
        self.editor.begin(Reading(prompt="pi/admin# ", history=self.history))

    def type(self, text: str) -> None:
        """Press keys."""
        queue = KeyQueue()
        queue.feed(text)
        while (key := queue.take_key()) is not None:
            self.press(key)

    def press(self, key: KeyPress) -> None:
        """Press one key, if the line is not finished."""
        assert self.editor.outcome is None
        self.editor.press(key)

    @property
    def rows(self) -> list[str]:
        """The rows that are not empty."""
        return [row.rstrip() for row in self.screen.display if row.strip()]


@pytest.fixture
def typist() -> Typist:
    """Somebody at the keyboard."""
    return Typist()


class TestSearch:
    """Ctrl-R, as it is seen."""

    def test_the_row_shows_query_and_match(self, typist: Typist) -> None:
        """The prompt is replaced while the search lasts."""
        typist.type("\x12how")
        assert ["(reverse-i-search)`how': show clock"] == typist.rows
        typist.type("\x12")
        assert ["(reverse-i-search)`how': show version"] == typist.rows

    def test_enter_runs_the_match(self, typist: Typist) -> None:
        """Enter takes the line found, behind the prompt."""
        typist.type("\x12pi\r")
        assert ["pi/admin# ping"] == typist.rows
        assert "ping" == typist.editor.outcome

    def test_other_keys_edit_the_match(self, typist: Typist) -> None:
        """An arrow ends the search and moves in the line found."""
        typist.type("\x12pi\x1b[Dx\r")
        assert "pinxg" == typist.editor.outcome

    def test_ctrl_g_brings_back_the_line(self, typist: Typist) -> None:
        """Ctrl-G leaves the line as it was."""
        typist.type("abc\x12pi\x07d\r")
        assert ["pi/admin# abcd"] == typist.rows

    def test_ctrl_c_drops_it_all(self, typist: Typist) -> None:
        """Ctrl-C ends the search and the line."""
        typist.type("\x12pi\x03")
        assert ["pi/admin# ping^C"] == typist.rows
        assert isinstance(typist.editor.outcome, Interrupted)

    def test_backspace_shortens_the_query(self, typist: Typist) -> None:
        """Backspace takes back the last character of the query."""
        typist.type("\x12how v\x7f")
        assert ["(reverse-i-search)`how ': show clock"] == typist.rows

    def test_failing_rings(self, typist: Typist) -> None:
        """When nothing older is found the match stays."""
        typist.type("\x12pi\x12")
        assert ["(failed reverse-i-search)`pi': ping"] == typist.rows

    def test_help_is_a_character_of_the_query(self, typist: Typist) -> None:
        """In a query `?` asks nothing."""
        typist.type("\x12?")
        assert ["(failed reverse-i-search)`?':"] == typist.rows

    def test_wrapped_search(self) -> None:
        """A search longer than the row comes and goes without a trace."""
        typist = Typist(width=25)
        typist.type("\x12version")
        assert ["(reverse-i-search)`versio", "n': show version"] == typist.rows
        typist.type("\r")
        assert ["pi/admin# show version"] == typist.rows


class TestLines:
    """One line after another."""

    def test_history_keeps_the_line_being_typed(self, typist: Typist) -> None:
        """Up and down again bring back what was typed."""
        typist.type("abc\x10\x10\x0e\x0ed\r")
        assert "abcd" == typist.editor.outcome

    def test_accepted_lines_enter_the_history(self, typist: Typist) -> None:
        """A line goes to the history when it is accepted."""
        typist.type("new\r")
        assert "new" == typist.history[-1]

    def test_input_ends_on_an_empty_line(self, typist: Typist) -> None:
        """Ctrl-D ends the input only where nothing is typed."""
        typist.type("a\x04\x7f\x04")
        assert isinstance(typist.editor.outcome, InputEnded)

    def test_search_needs_a_history(self, typist: Typist) -> None:
        """Where there is no history, Ctrl-R shows the line again."""
        typist.editor.begin(Reading(prompt="\nName: "))
        typist.type("ab\x12c\r")
        assert "abc" == typist.editor.outcome
        assert ["pi/admin#", "Name: ab", "Name: abc"] == typist.rows

    def test_an_escape_is_forgotten_with_its_line(self, typist: Typist) -> None:
        """An Escape before Enter does not change the next line's first key."""
        typist.type("a\x1b\r")
        typist.editor.begin(Reading(prompt="# "))
        typist.type("b\r")
        assert "b" == typist.editor.outcome
