"""Command lines, kept from login to login."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tofulab.state.history import KEPT_LINES, CommandHistory


@pytest.fixture
def history(tmp_path: Path) -> CommandHistory:
    """The histories of a new node."""
    return CommandHistory(tmp_path / "home")


def test_each_user_has_a_history(history: CommandHistory) -> None:
    """Lines come back oldest first, to who typed them."""
    for line in ("show clock", "show version"):
        history.append("admin", line)
    history.append("viewer", "exit")
    assert ["show clock", "show version"] == history.lines("admin")
    assert (["exit"], []) == (history.lines("viewer"), history.lines("nobody"))


def test_the_latest_lines_are_kept(
    history: CommandHistory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A hundred lines are given back, and a long file is shortened."""
    monkeypatch.setattr("tofulab.state.history._LONGEST_FILE", 2000)
    for number in range(1000):
        history.append("admin", f"line {number}")
    expected = [f"line {number}" for number in range(1000 - KEPT_LINES, 1000)]
    assert expected == history.lines("admin")
    assert 2100 > (tmp_path / "home/admin").stat().st_size
    assert ["admin"] == [path.name for path in (tmp_path / "home").iterdir()]


def test_others_cannot_look(history: CommandHistory, tmp_path: Path) -> None:
    """The folder of the histories is the owner's alone."""
    history.append("admin", "line")
    assert 0o700 == (tmp_path / "home").stat().st_mode & 0o777


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(line=st.text(st.characters(exclude_characters="\r\n"), min_size=1))
def test_any_line_stays_one_line(history: CommandHistory, line: str) -> None:
    """Whatever was typed comes back, with every odd character in it."""
    history.append("admin", line)
    kept = line.encode(errors="replace").decode()
    assert kept == history.lines("admin")[-1]


@pytest.mark.parametrize("user", ["../admin", "/etc/passwd", "a/b", "a b", "사용자"])
def test_no_user_leads_outside(
    history: CommandHistory, tmp_path: Path, user: str
) -> None:
    """Whatever a user is called, the history is a file of the folder."""
    history.append(user, "line")
    assert ["line"] == history.lines(user)
    assert ["home"] == [path.name for path in tmp_path.iterdir()]
    assert 1 == len(list((tmp_path / "home").iterdir()))
