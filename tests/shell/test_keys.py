"""Received text, cut into keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.keys import Keys

from tofulab.shell.keys import KeyQueue, printable


def keys_of(queue: KeyQueue) -> list[str]:
    """Take every key."""
    keys = []
    while (key := queue.take_key()) is not None:
        keys.append(str(key.key.value if isinstance(key.key, Keys) else key.key))
    return keys


def queue_of(*texts: str) -> KeyQueue:
    """Feed a new queue."""
    queue = KeyQueue()
    for text in texts:
        queue.feed(text)
    return queue


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("ab", ["a", "b"]),
        ("\r\n", ["c-m", "c-j"]),
        ("\x1b[A\x1bOA", ["up", "up"]),
        ("\x1bb", ["escape", "b"]),
        ("\x1b\x7f", ["escape", "c-h"]),
        ("\x1b\x1b[D", ["escape", "left"]),
        ("\x1b[99~x", ["x"]),
        ("\x1b[1;5D", ["c-left"]),
        ("文", ["文"]),
    ],
)
def test_keys(text: str, keys: list[str]) -> None:
    """Sequences become the keys that prompt_toolkit names, unknown ones nothing."""
    assert keys == keys_of(queue_of(text))


@pytest.mark.parametrize("sequence", ANSI_SEQUENCES)
def test_every_known_sequence_is_taken_whole(sequence: str) -> None:
    """No known sequence leaves characters behind that would end up in the line."""
    queue = queue_of(sequence + "\r")
    keys = keys_of(queue)
    assert "c-m" == keys[-1]
    assert not any(len(key) == 1 and key.isprintable() for key in keys[:-1])


@given(st.text(st.sampled_from("ab?\r\x1b[O;1~Afé文\x7f"), max_size=30), st.data())
def test_keys_do_not_depend_on_pieces(text: str, data: st.DataObject) -> None:
    """Fed in two pieces, the same keys come out."""
    cut = data.draw(st.integers(0, len(text)))
    pieces = queue_of(text[:cut])
    keys = keys_of(pieces)
    pieces.feed(text[cut:])
    assert keys_of(queue_of(text)) == keys + keys_of(pieces)


def test_text_comes_in_runs() -> None:
    """Printable text up to the next key is taken at once; `?` is a key."""
    queue = queue_of("show ?x")
    assert ["show ", "", "?", "x"] == [
        queue.take_text(),
        queue.take_text(),
        *keys_of(queue),
    ]


@pytest.mark.parametrize("start", ["\x1b", "\x1b[", "\x1b[1;", "\x1bO"])
def test_a_partial_sequence_waits(start: str) -> None:
    """Without its end a sequence is no key, until it is settled that none comes."""
    queue = queue_of(start)
    before = queue.partial, keys_of(queue)
    queue.settle()
    after = queue.partial, keys_of(queue)
    assert (True, []) == before
    assert (False, ["escape", *start[1:]]) == after


def test_more_input_unsettles() -> None:
    """The rest of a sequence that comes after all completes it."""
    queue = queue_of("\x1b")
    queue.settle()
    queue.feed("[A")
    assert ["up"] == keys_of(queue)


def test_no_sequence_is_partial_for_ever() -> None:
    """With too many parameters an Escape is a key and the rest is text."""
    queue = queue_of("\x1b[" + "1" * 40)
    assert not queue.partial
    assert ["escape", "[", "1"] == keys_of(queue)[:3]


def test_length_and_clear() -> None:
    """The length counts what is not taken yet."""
    queue = queue_of("abc\x1bd")
    queue.take_text()
    queue.take_key()
    assert 1 == len(queue)
    queue.clear()
    assert (0, None) == (len(queue), queue.take_key())


def test_line_parts() -> None:
    """Lines of a pipe end at line feeds alone, and may come in parts."""
    queue = queue_of("a\r\n\nb")
    parts = [queue.take_line_part() for _ in range(4)]
    assert [("a\r", True), ("", True), ("b", False), None] == parts


def test_keys_left_over_do_not_block_lines() -> None:
    """The second key of a sequence is dropped when lines are read again."""
    queue = queue_of("\x1bxab\n")
    assert queue.take_key() is not None
    assert ("ab", True) == queue.take_line_part()
    assert (None, 0) == (queue.take_line_part(), len(queue))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("show", "show"),
        ("a\tb", "a\tb"),
        ("a\x07\x9b\u200b\u202e\u2028b", "ab"),
        ("\ue000 \u3000文", "\ue000 \u3000文"),
    ],
)
def test_printable(text: str, kept: str) -> None:
    """Control, format and separator characters are no part of a line."""
    assert kept == printable(text)
