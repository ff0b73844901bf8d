"""Reverse search through the history."""

from __future__ import annotations

import pytest

from tofulab.shell.history import LineHistory
from tofulab.shell.search import ReverseSearch


@pytest.fixture
def search() -> ReverseSearch:
    """A search over four lines."""
    lines = ["show version", "ping", "show clock", "show clock detail"]
    return ReverseSearch(LineHistory(lines), "typed")


def test_nothing_is_searched_without_a_query(search: ReverseSearch) -> None:
    """At first the line is the one that was being typed."""
    search.go_older()
    assert ("typed", 5) == (search.line, search.cursor)
    assert "(reverse-i-search)`': " == search.prompt


def test_the_newest_line_is_found_first(search: ReverseSearch) -> None:
    """The query finds the newest line that holds it; the cursor is at the match."""
    search.extend("clo")
    assert ("show clock detail", 5) == (search.line, search.cursor)


def test_older_lines(search: ReverseSearch) -> None:
    """Each repetition goes to an older line, the last one fails and stays."""
    search.extend("show")
    found = []
    for _ in range(4):
        found.append(search.line)
        search.go_older()
    assert ["show clock detail", "show clock", "show version"] == found[:3]
    assert ("show version", "(failed reverse-i-search)`show': ") == (
        search.line,
        search.prompt,
    )


def test_a_longer_query_stays_where_it_fits(search: ReverseSearch) -> None:
    """More characters move on only if the line found does not hold them."""
    search.extend("show")
    search.go_older()
    search.extend(" ")
    assert "show clock" == search.line
    search.extend("v")
    assert "show version" == search.line


def test_a_shorter_query_begins_anew(search: ReverseSearch) -> None:
    """A character less searches from the newest line."""
    search.extend("ve")
    search.shorten()
    search.shorten()
    assert ("show version", "") == (search.line, search.query)
    search.extend("c")
    assert "show clock detail" == search.line


def test_equal_lines_are_one() -> None:
    """Going on never seems to do nothing."""
    search = ReverseSearch(LineHistory(["b 1", "a", "c", "a"]), "")
    search.extend("a")
    assert not search.go_older()
