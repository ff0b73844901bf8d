"""Texts from elsewhere, made fit to be logged."""

from __future__ import annotations

import pytest

from tofulab.state.texts import clean


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CN=prime-sec", "CN=prime-sec"),
        ("이름", "이름"),
        ("a\x1b[2Jb\nERROR forged\r\x00", "a?[2Jb?ERROR forged??"),
        ("x" * 600, "x" * 512),
        (3.5, "3.5"),
    ],
)
def test_nothing_moves_the_cursor_or_forges_a_line(text: object, expected: str) -> None:
    """Control characters become question marks, and no text is long."""
    assert expected == clean(text)
