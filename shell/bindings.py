"""Which key does what: one table that every session shares.

Knows neither lines nor terminals: keys of its own end in a call to `EditActions`,
the others in prompt_toolkit's readline commands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, cast

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.clipboard import Clipboard, InMemoryClipboard
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.key_binding.bindings.named_commands import get_by_name
from prompt_toolkit.key_binding.emacs_state import EmacsState
from prompt_toolkit.key_binding.key_processor import KeyPressEvent, KeyProcessor
from prompt_toolkit.key_binding.vi_state import ViState
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import DummyOutput


class EditActions(Protocol):
    """What keys ask of an editor beyond changes to its buffer."""

    def insert(self, text: str) -> None:
        """Put text at the cursor."""

    def accept(self) -> None:
        """Enter: the line is finished."""

    def leave_mode(self) -> None:
        """Ctrl-Z: the line is finished, and a mode with it."""

    def interrupt(self) -> None:
        """Ctrl-C: the line is dropped."""

    def delete_or_end(self) -> None:
        """Ctrl-D: delete a character, or end the input on an empty line."""

    def explain(self) -> None:
        """`?`: show what may stand here."""

    def complete(self) -> None:
        """Tab: finish the word."""

    def go_older(self) -> None:
        """Up: the line before."""

    def go_newer(self) -> None:
        """Down: the line after."""

    def redisplay(self) -> None:
        """Ctrl-L: show the line again."""

    def search(self) -> None:
        """Ctrl-R: search backwards."""

    def quote(self) -> None:
        """Ctrl-V: the next key is a character."""


class EditorApp:
    """The attributes of an Application that key bindings read.

    Never run: an Application proper costs a renderer, timers, file descriptors
    and half a megabyte a session.
    """

    timeoutlen = ttimeoutlen = None  # Escape is timed where bytes arrive
    editing_mode = EditingMode.EMACS
    quoted_insert = is_done = False
    is_running = True
    clipboard: Clipboard

    def __init__(
        self, actions: EditActions, buffer: Buffer, ring: Callable[[], object]
    ) -> None:
        self.actions = actions
        self.current_buffer = buffer
        self.output = _Bell(ring)
        self.clipboard = InMemoryClipboard()
        self.vi_state = ViState()
        self.emacs_state = EmacsState()
        self.key_processor = KeyProcessor(BINDINGS)

    def as_application(self) -> Application[Any]:
        """Return itself under the type that prompt_toolkit's functions ask for."""
        return cast("Application[Any]", self)

    def invalidate(self) -> None:
        """Take no note: the painter runs after every batch of keys."""


class _Bell(DummyOutput):
    def __init__(self, ring: Callable[[], object]) -> None:
        self._ring = ring

    def bell(self) -> None:
        self._ring()


READLINE_COMMANDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "beginning-of-line": (("c-a",), ("home",)),
    "end-of-line": (("c-e",), ("end",)),
    "backward-char": (("c-b",), ("left",)),
    "forward-char": (("c-f",), ("right",)),
    "backward-word": (("escape", "b"), ("c-left",), ("escape", "left")),
    "forward-word": (("escape", "f"), ("c-right",), ("escape", "right")),
    "backward-delete-char": (("c-h",),),
    "delete-char": (("delete",),),
    "kill-line": (("c-k",),),
    "unix-line-discard": (("c-u",), ("c-x",)),
    "unix-word-rubout": (("c-w",),),
    "kill-word": (("escape", "d"),),
    "backward-kill-word": (("escape", "c-h"),),
    "yank": (("c-y",),),
    "yank-pop": (("escape", "y"),),
    "transpose-chars": (("c-t",),),
    "capitalize-word": (("escape", "c"),),
    "downcase-word": (("escape", "l"),),
    "uppercase-word": (("escape", "u"),),
}

OWN_ACTIONS: dict[str, Callable[[EditActions], None]] = {
    "c-m": lambda editor: editor.accept(),
    "c-j": lambda editor: editor.accept(),
    "c-z": lambda editor: editor.leave_mode(),
    "c-c": lambda editor: editor.interrupt(),
    "c-d": lambda editor: editor.delete_or_end(),
    "?": lambda editor: editor.explain(),
    "c-i": lambda editor: editor.complete(),
    "c-p": lambda editor: editor.go_older(),
    "up": lambda editor: editor.go_older(),
    "c-n": lambda editor: editor.go_newer(),
    "down": lambda editor: editor.go_newer(),
    "c-l": lambda editor: editor.redisplay(),
    "c-r": lambda editor: editor.search(),
    "c-v": lambda editor: editor.quote(),
}

_Handler = Callable[[KeyPressEvent], None]


def _never(_event: KeyPressEvent) -> bool:
    # The undo stack would copy the whole line at every key.
    return False


def _on(action: Callable[[EditActions], None]) -> _Handler:
    return lambda event: action(cast(EditorApp, event.app).actions)


def _insert(event: KeyPressEvent) -> None:
    cast(EditorApp, event.app).actions.insert(event.data)


def _ignore(_event: KeyPressEvent) -> None:
    """Do nothing: a key without a binding must not end up in the line."""


def _make_bindings() -> KeyBindings:
    bindings = KeyBindings()
    for name, sequences in READLINE_COMMANDS.items():
        # `.handler`, as adding the Binding itself would bring its save_before along.
        handler = cast(_Handler, get_by_name(name).handler)
        for keys in sequences:
            bindings.add(*keys, save_before=_never)(handler)
    for key, action in OWN_ACTIONS.items():
        bindings.add(key, save_before=_never)(_on(action))
    bindings.add(Keys.Any, save_before=_never)(_insert)
    bound = {binding.keys for binding in bindings.bindings}
    for unbound in Keys:
        if (unbound,) not in bound:
            bindings.add(unbound, save_before=_never)(_ignore)
    return bindings


BINDINGS = _make_bindings()
