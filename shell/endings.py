"""How reading from a terminal ends when no line comes of it.

Knows nothing of terminals: these are the words that they and their readers share.
"""

from __future__ import annotations


class InputEnded(Exception):
    """Nothing more can be read: Ctrl-D on an empty line, end of input, client gone."""


class Interrupted(Exception):
    """Ctrl-C at a prompt or question.

    Never `KeyboardInterrupt`, which would end the event loop and every session.
    """
