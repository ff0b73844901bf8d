"""Cells, layout and rows of text."""

from __future__ import annotations

import pytest

from tofulab.shell.width import (
    Layout,
    cells,
    count_rows,
    is_mark,
    lay_out,
    shared_start,
)


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("abc", 3), ("文字", 4), ("e\u0301", 1)]
)
def test_cells(text: str, count: int) -> None:
    """Characters take the cells that terminals give them."""
    assert count == cells(text)


@pytest.mark.parametrize(
    ("text", "cursor", "layout"),
    [
        ("abc", 1, Layout("abc", 1)),
        ("a\tb", 2, Layout("a       b", 8)),
        ("a\tb", 1, Layout("a       b", 1)),
        ("12345678\tb", 10, Layout("12345678  b", 11)),
        ("123456789\t", 10, Layout("123456789 ", 10)),
        ("123456789文", 9, Layout("123456789 文", 10)),
        ("123456789文", 10, Layout("123456789 文", 11)),
        ("12345678文x", 9, Layout("12345678文x", 9)),
    ],
)
def test_lay_out(text: str, cursor: int, layout: Layout) -> None:
    """In rows of ten, tabs and a full row before a wide character are blanks."""
    assert layout == lay_out(text, cursor, 10)


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        ("", 1),
        ("x" * 10, 1),
        ("x" * 11, 2),
        ("文" * 5, 1),
        ("a\t\tb", 2),
        ("x" * 99, 10),
    ],
)
def test_count_rows(line: str, rows: int) -> None:
    """A line takes the rows that it wraps over, and never none."""
    assert rows == count_rows(line, 10)


def test_is_mark() -> None:
    """Only what is drawn over another character is a mark."""
    assert [False, False, True] == [is_mark(char) for char in ("a", "文", "\u0301")]


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ("", "", 0),
        ("abc", "abd", 2),
        ("ab", "abc", 2),
        ("x", "y", 0),
        ("abc", "abc", 3),
    ],
)
def test_shared_start(one: str, other: str, count: int) -> None:
    """The common start ends at the first difference."""
    assert count == shared_start(one, other)
