"""Every key that is bound, pressed."""

from __future__ import annotations

import pytest
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys

from tofulab.shell.bindings import BINDINGS, OWN_ACTIONS, READLINE_COMMANDS
from tofulab.shell.editor import LineEditor, Reading
from tofulab.shell.history import LineHistory

SEQUENCES = [binding.keys for binding in BINDINGS.bindings]
DATA = {Keys.Any: "x"}


@pytest.mark.parametrize("keys", SEQUENCES, ids=str)
@pytest.mark.parametrize("echo", [True, False])
def test_every_key_can_be_pressed(keys: tuple[Keys | str, ...], echo: bool) -> None:
    """No key needs more of an Application than the editor has."""
    sent: list[str] = []
    editor = LineEditor(sent.append, "xterm", 80)
    editor.begin(Reading(prompt="# ", echo=echo, history=LineHistory(["a b"])))
    editor.type("one two")
    for key in keys:
        data = DATA.get(Keys(key), "") if isinstance(key, Keys) else key
        editor.press(KeyPress(data or key, data))
    editor.press(KeyPress(Keys.Left, ""))
    assert "# " == sent[0]
    assert echo == ("one two" in "".join(sent))


def test_nothing_is_undone() -> None:
    """No binding copies the line for undo: a long line would cost its square."""
    editor = LineEditor(lambda text: None, "xterm", 80)
    editor.begin(Reading(prompt="# "))
    for _ in range(50):
        editor.press(KeyPress("x", "x"))
        editor.press(KeyPress(Keys.ControlA, "\x01"))
    assert [] == editor._buffer._undo_stack


def test_every_key_of_the_tables_is_bound() -> None:
    """The keys that the tables name are bound, each once."""
    tables = READLINE_COMMANDS.values()
    named = [keys for sequences in tables for keys in sequences]
    named += [(key,) for key in OWN_ACTIONS]
    bound = [
        tuple(str(getattr(key, "value", key)) for key in keys) for keys in SEQUENCES
    ]
    assert sorted(named) == sorted(keys for keys in bound if keys in named)
