"""What a client sends, cut into runs of text and single keys, in order.

Knows neither what a key does nor when somebody reads: it is the queue of what
was typed, and asks for a decision only where an Escape may begin a sequence.
"""

from __future__ import annotations

import re
import unicodedata
from collections import deque

from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys

# prompt_toolkit's own Vt100Parser keeps every prefix it ever saw and parses
# long sequences in quadratic time; bounded lengths here make both impossible.
_TOKEN = re.compile(
    r"""
    (?P<text>[ ->@-~\u00a1-\U0010ffff]+)        # a printable run; `?` is a key
  | (?P<sequence>\x1b(?: \[\[[A-E]            # function keys of the Linux console
                       | \[(?!\[)[0-?]{0,24}[ -/]{0,2}[@-~] | O[ -~] | [^\[O\x1b] ))
  | (?P<partial>\x1b(?: \[\[? | \[[0-?]{0,24}[ -/]{0,2} | O )?\Z)
  | (?P<single>[\s\S])
    """,
    re.VERBOSE,
)
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def printable(text: str) -> str:
    """Drop what has no place in a line: control, format and separator characters.

    Tabs stay: a question takes them as they are.
    """
    if text.isprintable():
        return text
    return "".join(
        char
        for char in text
        if char == "\t" or unicodedata.category(char) not in _UNPRINTABLE
    )


class KeyQueue:
    """Type-ahead: what was received and not yet read."""

    def __init__(self) -> None:
        self._raw = ""
        self._next = 0  # what stands before this index of _raw has been taken
        self._pressed: deque[KeyPress] = deque()
        self._settled = False

    def __len__(self) -> int:
        return len(self._raw) - self._next + len(self._pressed)

    def feed(self, text: str) -> None:
        """Append what has been received."""
        self._raw = self._raw[self._next :] + text
        self._next = 0
        self._settled = False

    def clear(self) -> None:
        """Drop everything."""
        self._raw, self._next = "", 0
        self._pressed.clear()

    @property
    def partial(self) -> bool:
        """Whether all that is left is an escape sequence without its end."""
        if self._pressed or self._settled:
            return False
        match = _TOKEN.match(self._raw, self._next)
        return match is not None and match.lastgroup == "partial"

    def settle(self) -> None:
        """Decide that the rest will not come: the Escape was a key of its own."""
        self._settled = True

    def take_text(self) -> str:
        """Take a run of printable characters; empty if a key comes next."""
        if self._pressed:
            return ""
        match = _TOKEN.match(self._raw, self._next)
        if match is None or match.lastgroup != "text":
            return ""
        self._next = match.end()
        return match.group()

    def take_key(self) -> KeyPress | None:
        """Take one key; None if nothing is there, or only a partial sequence."""
        while not self._pressed:
            match = _TOKEN.match(self._raw, self._next)
            if match is None or (match.lastgroup == "partial" and not self._settled):
                return None
            token = match.group()
            if match.lastgroup in ("text", "partial"):
                token = token[0]
                self._settled = False
            self._next += len(token)
            self._pressed.extend(_presses(token))
        return self._pressed.popleft()

    def take_line_part(self) -> tuple[str, bool] | None:
        """Take up to the next line end, as pipes send them; None if all is taken.

        Returns the text without its line end and whether the line end was there.
        """
        self._pressed.clear()  # keys of a sequence; a pipe has none
        if self._next >= len(self._raw):
            return None
        end = self._raw.find("\n", self._next)
        part = self._raw[self._next : end if end >= 0 else None]
        self._next += len(part) + (end >= 0)
        return part, end >= 0


def _presses(token: str) -> list[KeyPress]:
    """Name the keys of a token; a sequence that nobody knows is no key at all."""
    known = ANSI_SEQUENCES.get(token)
    if isinstance(known, tuple):
        return [KeyPress(key, token) for key in known]
    if known is not None:
        return [KeyPress(known, token)]
    if len(token) == 1:
        return [KeyPress(token, token)]
    if len(token) == 2:  # Alt with a key is sent as Escape and the key
        return [KeyPress(Keys.Escape, "\x1b"), *_presses(token[1])]
    return []
