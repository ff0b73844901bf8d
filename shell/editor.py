"""One line as it is typed: what each key does to it, and what is shown of it.

Knows no channel and no clock: keys go in, text for the terminal comes out
through `put`, and `outcome` says when the line is finished.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from prompt_toolkit.application.current import set_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.clipboard import DummyClipboard, InMemoryClipboard
from prompt_toolkit.document import Document
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys

from .bindings import EditorApp
from .endings import InputEnded, Interrupted
from .history import LineHistory
from .keys import printable
from .painter import LinePainter
from .search import ReverseSearch
from .width import cells, shared_start

LINE_LIMIT = 4096  # characters in one line
LIGHT_LINE = 64  # characters whose painting costs no more than the key itself
BELL = "\a"
END_OF_MODE = "\x1a"  # behind a line that Ctrl-Z has finished


class Assist(Protocol):
    """What the command line knows while a line is typed."""

    def explain(self, before_cursor: str) -> str:
        """Return the text printed below the line for `?`, every line ended by \\n."""

    def complete(self, before_cursor: str) -> Sequence[str]:
        """Return whole words that may stand in place of the last word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How one line is read; without `echo` it is a secret."""

    prompt: str
    echo: bool = True
    history: LineHistory | None = None
    assist: Assist | None = None


Outcome = str | InputEnded | Interrupted


class LineEditor:
    """Edits one line after another on one terminal."""

    def __init__(self, put: Callable[[str], object], term: str, width: int) -> None:
        self._put = put
        self._painter = LinePainter(put, term, width)
        self._buffer = Buffer(multiline=False)
        self._app = EditorApp(self, self._buffer, self._ring)
        self._kills = InMemoryClipboard()
        self._reading = Reading(prompt="")
        self._search: ReverseSearch | None = None
        self._quoted = False
        self._place = 0  # in the history; its length is the line being typed
        self._typed = ""  # that line, while an older one is shown
        self.outcome: Outcome | None = None

    def begin(self, reading: Reading) -> None:
        """Write the prompt and start an empty line."""
        self._reading = reading
        self.outcome = None
        self._search, self._quoted = None, False
        self._buffer.reset()
        self._app.key_processor.reset()
        # What is killed in a secret must not come back by Ctrl-Y in a command.
        self._app.clipboard = self._kills if reading.echo else DummyClipboard()
        self._place, self._typed = len(reading.history or ()), ""
        self._painter.begin(reading.prompt)

    @property
    def takes_text(self) -> bool:
        """Whether a run of text shows no other bytes than its characters one by one.

        Only then may it be typed instead of being pressed: what the client
        sees must not depend on how its input was cut into packets.
        """
        at_end = self._buffer.cursor_position == len(self._buffer.text)
        special = self._quoted or self._search or self._app.key_processor.key_buffer
        return at_end and not special

    @property
    def weight(self) -> int:
        """What a key costs on this line, as a multiple of one on a short line."""
        return 1 + len(self._buffer.text) // LIGHT_LINE

    def press(self, key: KeyPress) -> None:
        """Do what a key does, and show it."""
        if self._quoted:
            self._quoted = False
            self.insert(key.data)
        elif self._search is None or not self._press_in_search(self._search, key):
            processor = self._app.key_processor
            with set_app(self._app.as_application()):
                processor.feed(key)
                processor.process_keys()
        if len(self._buffer.text) > LINE_LIMIT:  # yanked together
            self._set_line(self._buffer.text[:LINE_LIMIT])
            self._ring()
        self.show()

    def type(self, text: str) -> None:
        """Take a run of printable text at once, and show it."""
        self.insert(text)
        self.show()

    def show(self) -> None:
        """Bring the terminal up to date."""
        if not self._reading.echo or self.outcome is not None:
            return
        search = self._search
        if search is None:
            self._painter.paint(self._buffer.text, self._buffer.cursor_position)
        else:
            self._painter.prompt = search.prompt
            self._painter.paint(search.line, search.cursor)

    def resize(self, width: int) -> None:
        """Take note of a new width; the terminal has arranged its rows itself."""
        self._painter.width = width

    # What keys do (EditActions)

    def insert(self, text: str) -> None:
        """Put text at the cursor."""
        text = printable(text)
        room = LINE_LIMIT - len(self._buffer.text)
        if len(text) > room:
            self._ring()
        if text := text[: max(0, room)]:
            self._buffer.insert_text(text)

    def accept(self) -> None:
        """Finish the line; it goes to the history, if it has one."""
        self._accept()

    def leave_mode(self) -> None:
        """Finish the line and say so in it; a question has no mode to leave."""
        if self._reading.assist is not None:
            self._accept(mark="^Z", end=END_OF_MODE)

    def interrupt(self) -> None:
        """Drop the line."""
        self._leave_line("^C")
        self.outcome = Interrupted()

    def delete_or_end(self) -> None:
        """Delete under the cursor; on an empty line the input is over."""
        if self._buffer.text:
            self._buffer.delete()
        else:
            self.outcome = InputEnded()

    def explain(self) -> None:
        """Print what may stand at the cursor, then the line again."""
        assist = self._reading.assist
        if assist is None:
            self.insert("?")
            return
        text = assist.explain(self._buffer.document.text_before_cursor)
        self._print_below(text, echo="?")

    def complete(self) -> None:
        """Add the letters that all possible words share, or list the words."""
        assist = self._reading.assist
        if assist is None:
            self.insert("\t")
            return
        before = self._buffer.document.text_before_cursor
        words = sorted(set(assist.complete(before)))
        part = re.split(r"\s", before)[-1]
        common = words[0][: shared_start(words[0], words[-1])] if words else ""
        if not words:
            self._ring()
        elif len(words) == 1:
            self._replace_word(part, words[0], " ")
        elif len(common) > len(part):
            self._replace_word(part, common, "")
        else:
            self._print_below(_in_rows(words, self._painter.width))

    def go_older(self) -> None:
        """Show the line before in the history."""
        self._go_to(self._place - 1)

    def go_newer(self) -> None:
        """Show the line after in the history; after the newest, the typed one."""
        self._go_to(self._place + 1)

    def redisplay(self) -> None:
        """Show prompt and line again on a fresh row."""
        self._print_below("")

    def search(self) -> None:
        """Begin to search the history; without one, show the line again."""
        history = self._reading.history
        if history is None or not self._reading.echo:
            self.redisplay()
        else:
            self._search = ReverseSearch(history, self._buffer.text)

    def quote(self) -> None:
        """Take the next key as a character, `?` too."""
        self._quoted = True

    # Helpers

    def _ring(self) -> None:
        self._put(BELL)

    def _set_line(self, text: str) -> None:
        self._buffer.document = Document(text, len(text))

    def _go_to(self, place: int) -> None:
        history = self._reading.history
        if history is None or not 0 <= place <= len(history):
            self._ring()
            return
        if self._place == len(history):
            self._typed = self._buffer.text
        self._place = place
        self._set_line(self._typed if place == len(history) else history[place])

    def _press_in_search(self, search: ReverseSearch, key: KeyPress) -> bool:
        """Say whether the search took the key; others end it and act on the line."""
        if key.key == Keys.ControlR:
            if not search.go_older():
                self._ring()
        elif key.key == Keys.ControlH:
            search.shorten()
        elif len(key.key) == 1:
            search.extend(printable(key.key)[: LINE_LIMIT - len(search.query)])
        else:
            self._end_search(None if key.key == Keys.ControlG else search.line)
            return key.key == Keys.ControlG
        return True

    def _end_search(self, line: str | None) -> None:
        self._search = None
        self._painter.prompt = self._reading.prompt.rpartition("\n")[2]
        if line is not None and line != self._buffer.text:
            self._set_line(line)

    def _replace_word(self, part: str, word: str, after: str) -> None:
        if not word.startswith(part):  # written in another case
            self._buffer.delete_before_cursor(len(part))
            part = ""
        self.insert(word[len(part) :] + after)

    def _accept(self, *, mark: str = "", end: str = "") -> None:
        text = self._buffer.text
        self._leave_line(mark)
        if self._reading.history is not None:
            self._reading.history.append(text)
        self.outcome = text + end

    def _leave_line(self, mark: str = "") -> None:
        """Go behind the end of what is shown, and to the next row."""
        self._buffer.cursor_position = len(self._buffer.text)
        if self._reading.echo:
            self.show()
            self._painter.end(mark)
        else:
            self._put("\r\n")

    def _print_below(self, text: str, echo: str = "") -> None:
        if not self._reading.echo:
            return
        line, cursor = self._buffer.text, self._buffer.cursor_position
        self._painter.paint(line, len(line))
        self._painter.end(echo)
        self._put(text.replace("\n", "\r\n"))
        self._painter.redraw(line, cursor)


def _in_rows(words: Sequence[str], width: int) -> str:
    """Arrange words in rows, each word after two blanks."""
    rows = [""]
    for word in words:
        if rows[-1] and cells(rows[-1] + word) + 2 >= width:
            rows.append("")
        rows[-1] += "  " + word
    return "\n".join(rows) + "\n"
