"""A line with its output filters, and what `?` and Tab know of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tofulab.shell.commandline import complete, explain, parse_line
from tofulab.shell.filters import FilterChain
from tofulab.shell.grammar import Command, Fault, LineError, Privilege, Tree
from tofulab.shell.syntax import read_syntax

HELP = {
    "show": "Show information",
    "version": "Versions",
    "repository": "Files",
    "shutdown": "Stop the system",
    "dir": "List files",
    "authkey": "Set the key",
}


async def handle() -> None:
    """Nothing is run here."""


TREE = Tree(
    "Exec commands:",
    [
        Command(
            syntax=syntax,
            expression=read_syntax(syntax, HELP),
            summary="",
            handler=handle,
            modes=frozenset(),
            privilege=Privilege.USER,
            certainty="ours",
        )
        for syntax in (
            "show version",
            "show repository <repository>",
            "shutdown",
            "dir [<path:word>]",
            "authkey <key:secret>",
        )
    ],
)
FILTERS = """\
  begin    Begin with line that matches
  count    Count the number of lines in the output
  end      End with line that matches
  exclude  Exclude lines that match
  include  Include lines that match
  last     Display last few lines of output
"""


def suggest(kind: str) -> list[str]:
    """Know two repositories."""
    return ["defaultRepo", "deposit"] if kind == "repository" else []


@pytest.mark.parametrize(
    ("line", "filters"),
    [
        ("show version", []),
        ("show version | include a", [("include", "a")]),
        ("show version |include a", [("include", "a")]),
        ("sho v | inc Version : 3  ", [("include", "Version : 3")]),
        ("show version | begin a|b", [("begin", "a|b")]),
        ("show version | exclude a | count", [("exclude", "a"), ("count", "")]),
        ("show version | count ^V", [("count", "^V")]),
        ("show version | last", [("last", "")]),
        ("show version | last 5", [("last", "5")]),
        ("show version | inc once | end b", [("include", "once"), ("end", "b")]),
        ('dir "a | b"', []),
        ('dir "a | b" | count', [("count", "")]),
        ("dir a|b", []),
        ('show version | include "', [("include", '"')]),
    ],
)
def test_filters(line: str, filters: list[tuple[str, str]]) -> None:
    """A `|` behind a blank begins a filter, whose pattern goes to the next one."""
    parsed = parse_line(TREE, line)
    assert filters == [(name, str(pattern)) for name, pattern in parsed.filters]
    FilterChain(parsed.filters)


@pytest.mark.parametrize(
    ("line", "fault", "column"),
    [
        ("show version | bogus", Fault.INVALID, 15),
        ("show version |  e x", Fault.AMBIGUOUS, 16),
        ("show version |", Fault.INCOMPLETE, 14),
        ("show version | include", Fault.INCOMPLETE, 22),
        ("show version | count | include ", Fault.INCOMPLETE, 30),
        ("show version | last 0", Fault.INVALID, 20),
        ("show bogus | include a", Fault.INVALID, 5),
        ("show | include a", Fault.INCOMPLETE, 4),
        ("| include a", Fault.INVALID, 0),
        (" | include a", Fault.INCOMPLETE, 0),
    ],
)
def test_faults(line: str, fault: Fault, column: int) -> None:
    """A column is counted in the whole line, also behind a `|`."""
    with pytest.raises(LineError) as caught:
        parse_line(TREE, line)
    assert (fault, column) == (caught.value.fault, caught.value.column)


def test_secrets_are_masked_before_filters() -> None:
    """What is known of a secret line is the command's part without it."""
    match = parse_line(TREE, "authkey Key-1 | count").match
    assert (True, "authkey ******** ") == (match.secret, match.masked)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (
            "",
            "Exec commands:\n"
            "  authkey   Set the key\n"
            "  dir       List files\n"
            "  show      Show information\n"
            "  shutdown  Stop the system\n",
        ),
        ("sh", "  show      Show information\n  shutdown  Stop the system\n"),
        ("SHU", "  shutdown  Stop the system\n"),
        ("sh ", None),
        ("show ", "  repository  Files\n  version     Versions\n"),
        ("show repository ", "  <WORD>  Repository name\n"),
        ("show repository a", "  <WORD>  Repository name\n"),
        ("show version ", "  <cr>  Carriage return.\n  |     Output modifiers.\n"),
        (
            "dir ",
            "  <WORD>  Text\n  <cr>    Carriage return.\n  |       Output modifiers.\n",
        ),
        ("zzz", ""),
        ("zzz ", None),
        ("show version | ", FILTERS),
        ("show version |", FILTERS),
        ("show version | in", "  include  Include lines that match\n"),
        ("show version | include ", "  <LINE>  Regular expression\n"),
        (
            "show version | last ",
            "  <1-4096>  Number of lines\n"
            "  <cr>      Carriage return.\n"
            "  |         Output modifiers.\n",
        ),
        ("show version | bogus ", None),
    ],
)
def test_help(before: str, expected: str | None) -> None:
    """`?` lists in two columns what may stand at the cursor."""
    if expected is None:
        with pytest.raises(LineError):
            explain(TREE, before)
    else:
        assert expected == explain(TREE, before)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("", ["authkey", "dir", "show", "shutdown"]),
        ("sh", ["show", "shutdown"]),
        ("Show V", ["version"]),
        ("show repository ", ["defaultRepo", "deposit"]),
        ("show repository def", ["defaultRepo"]),
        ("show repository x", []),
        ("authkey ", []),
        ("bogus ", []),
        ("show version ", []),
        ("show version | e", ["end", "exclude"]),
    ],
)
def test_completion(before: str, expected: list[str]) -> None:
    """Tab offers the words, and the names that exist where a name is due."""
    assert expected == complete(TREE, before, suggest)


LINES = st.lists(
    st.sampled_from(
        [
            "show",
            "version",
            "|",
            "include",
            "last",
            "5",
            '"',
            '"a | b"',
            "文",
            "",
            "dir",
        ]
    )
    | st.text(max_size=8),
    max_size=8,
).map(" ".join)


@given(LINES)
def test_a_line_is_understood_or_has_an_error_within_it(line: str) -> None:
    """Whatever is typed, parsing, `?` and Tab give an answer or a column."""
    for act in (parse_line, explain):
        column = 0
        try:
            act(TREE, line)
        except LineError as error:
            column = error.column
        assert 0 <= column <= len(line)
    complete(TREE, line, suggest)


@given(LINES)
def test_filters_that_are_understood_can_be_made(line: str) -> None:
    """No pattern that parsing lets through is more than the filters take."""
    try:
        parsed = parse_line(TREE, line)
    except LineError:
        return
    FilterChain(parsed.filters).feed("a line")
