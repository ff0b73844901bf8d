"""The lines that come back."""

from __future__ import annotations

from tofulab.shell.history import HISTORY_LINES, LineHistory


def lines_of(history: LineHistory) -> list[str]:
    """List the lines, oldest first."""
    return [history[index] for index in range(len(history))]


def test_newest_is_last() -> None:
    """Lines are kept in the order of their entry."""
    history = LineHistory(["a"])
    history.append("b")
    assert ["a", "b"] == lines_of(history)


def test_neither_blanks_nor_repeats() -> None:
    """A blank line and one equal to the newest are not kept; an earlier one is."""
    history = LineHistory()
    for line in ("a", "", "  ", "a", "b", "a"):
        history.append(line)
    assert ["a", "b", "a"] == lines_of(history)


def test_bounded() -> None:
    """The oldest of more than a hundred lines are dropped."""
    history = LineHistory(str(number) for number in range(250))
    history.append("new")
    assert HISTORY_LINES == len(history)
    assert ("151", "new") == (history[0], history[-1])


def test_kept_lines_are_handed_on() -> None:
    """Lines to persist are given away once, lines from before are not."""
    kept: list[str] = []
    history = LineHistory(["old"], keep=kept.append)
    for line in ("a", "a", "", "b"):
        history.append(line)
    assert ["a", "b"] == kept


def test_drop_newest() -> None:
    """Only the newest line can be dropped, and only by name."""
    history = LineHistory(["a", "b"])
    history.drop_newest("a")
    history.drop_newest("b")
    assert ["a"] == lines_of(history)
    LineHistory().drop_newest("a")


def test_clear() -> None:
    """A cleared history is empty."""
    history = LineHistory(["a"])
    history.clear()
    assert 0 == len(history)
