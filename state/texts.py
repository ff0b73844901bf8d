"""Texts that come from elsewhere, made fit to be logged and shown.

Knows nothing of where they come from.
"""

from __future__ import annotations

LONGEST = 512


def clean(text: object) -> str:
    """Take control characters out of a text, and cut it to 512 characters.

    What a peer or a certificate says of itself must neither forge lines of a
    log nor move the cursor of a terminal.
    """
    return "".join(c if c.isprintable() else "?" for c in str(text)[:LONGEST])
