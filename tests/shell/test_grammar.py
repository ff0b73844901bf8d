"""What a line means in a tree of commands, and what it means where it is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tofulab.shell.grammar import (
    Command,
    Fault,
    LineError,
    Privilege,
    Tree,
    tokenize,
)
from tofulab.shell.syntax import read_syntax


async def handle() -> None:
    """Nothing is run here."""


class AnyWord(dict[str, str]):
    """Has help for every word."""

    def __missing__(self, word: str) -> str:
        if word.startswith("<"):
            raise KeyError(word)
        return f"Help of {word}"

    def get(self, word: str, default: str = "") -> str:  # type: ignore[override]
        """Leave the help of arguments to their types."""
        return default


def declare(syntax: str) -> Command:
    """Declare a command."""
    return Command(
        syntax=syntax,
        expression=read_syntax(syntax, AnyWord()),
        summary="",
        handler=handle,
        modes=frozenset(),
        privilege=Privilege.USER,
        certainty="ours",
    )


def tree_of(*syntaxes: str) -> Tree:
    """Make a tree of declarations."""
    return Tree(
        "Exec commands:",
        [declare(each) for each in syntaxes],
    )


TREE = tree_of(
    "show version",
    "show logging [log={health-monitor|infrastructure}] [last <count:1-99>]",
    "show logging-level",
    "shutdown",
    "ncs ha authkey <key:secret>",
    "ncs ha register <peer:host> [authkey <key:secret>] [email <emails>]",
    "ncs key genkey [newdn=-newdn] [-csr <file> repository <repository>]",
    "ip name-server <servers:ip>...",
    "ip host <address:ip> <name>",
    "dir [<path:word>]",
    "echo <text>",
    "echo once",
)


def fault(line: str) -> tuple[Fault, int]:
    """Say how a line fails, and where."""
    with pytest.raises(LineError) as caught:
        TREE.parse(line)
    return caught.value.fault, caught.value.column


@pytest.mark.parametrize(
    ("line", "syntax", "values"),
    [
        ("show version", "show version", {}),
        ("  SHO\tver  ", "show version", {}),
        ("shu", "shutdown", {}),
        ("sh", None, {}),
        ("dir", "dir [<path:word>]", {}),
        ('dir "disk:/my files"', "dir [<path:word>]", {"path": "disk:/my files"}),
        ("echo o", "echo once", {}),
        ("echo one  and\ttwo ", "echo <text>", {"text": "one  and\ttwo"}),
        ("ip h 192.0.2.1 a", TREE.commands[8].syntax, {"address": "192.0.2.1"}),
    ],
)
def test_lines(line: str, syntax: str | None, values: dict[str, object]) -> None:
    """Words may be cut short and written in any case; values are typed."""
    if syntax is None:
        assert (Fault.AMBIGUOUS, 0) == fault(line)
        return
    match = TREE.parse(line)
    assert syntax == match.command.syntax
    assert values.items() <= match.values.items()


def test_a_whole_word_is_not_ambiguous() -> None:
    """A word that begins another one is itself when it is typed whole."""
    assert "show logging" in TREE.parse("show logging").command.syntax
    assert "show logging-level" == TREE.parse("show logging-").command.syntax


def test_optional_parts_come_in_any_order() -> None:
    """Each may be given once."""
    values = {"log": "health-monitor", "count": 5}
    for line in ("show logging last 5 health", "show logging health last 5"):
        assert values == TREE.parse(line).values
    assert (Fault.INVALID, 20) == fault("show logging last 5 last 6")


def test_repeated_arguments_make_a_tuple() -> None:
    """All of them, in their order."""
    match = TREE.parse("ip name-server 192.0.2.2 192.0.2.1")
    assert {"servers": ("192.0.2.2", "192.0.2.1")} == match.values


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("bogus", (Fault.INVALID, 0)),
        ("  bogus", (Fault.INVALID, 2)),
        ("show bogus", (Fault.INVALID, 5)),
        ("show version now", (Fault.INVALID, 13)),
        ("show logging last 100", (Fault.INVALID, 18)),
        ('ip host "192.0.2.1 x" y', (Fault.INVALID, 8)),
        ("s v", (Fault.AMBIGUOUS, 0)),
        ("show log", (Fault.AMBIGUOUS, 5)),
        ("show", (Fault.INCOMPLETE, 4)),
        ("ip  name-server  ", (Fault.INCOMPLETE, 15)),
        ("ncs key genkey -csr a.csr", (Fault.INCOMPLETE, 25)),
        ("", (Fault.INCOMPLETE, 0)),
    ],
)
def test_faults(line: str, expected: tuple[Fault, int]) -> None:
    """A fault has the column of the word that is wrong, or of the end."""
    assert expected == fault(line)


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("ncs ha authkey Key-1", "ncs ha authkey ********"),
        ('ncs  ha auth "Key 1"  ', "ncs  ha auth ********  "),
        ('ncs ha authkey "Key', "ncs ha authkey ********"),
        ("ncs ha reg h auth K em a@b.cd", "ncs ha reg h auth ******** em a@b.cd"),
    ],
)
def test_secrets_are_masked(line: str, masked: str) -> None:
    """What is kept of a line has no secret in it."""
    match = TREE.parse(line)
    assert (True, masked) == (match.secret, match.masked)


def test_a_line_without_secrets_is_kept_as_it_is() -> None:
    """The word that announces a secret makes none."""
    match = TREE.parse("ncs ha register h email a@b.cd")
    assert (False, "ncs ha register h email a@b.cd") == (match.secret, match.masked)


WORDS = [
    *("show", "logging", "ncs", "ha", "key", "ip", "echo", "dir", "-csr", "authkey"),
    *("last", "5", "s", "192.0.2.1", '"', '"a b"', "::1", "9" * 5000, "é", "\u3000"),
]
LINES = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join),
)


def check_column(line: str, error: LineError) -> None:
    """Hold that an error points at a word, or at the end."""
    if error.fault is Fault.INCOMPLETE:
        assert len(line.rstrip()) == error.column
    else:
        assert error.column in [token.start for token in tokenize(line)]


@given(LINES)
def test_a_line_is_a_command_or_an_error_with_a_place(line: str) -> None:
    """Nothing that can be typed makes anything else of it."""
    try:
        TREE.parse(line)
    except LineError as error:
        check_column(line, error)


@given(LINES)
def test_help_is_a_list_or_an_error_with_a_place(line: str) -> None:
    """Neither does `?` behind it."""
    try:
        expected = TREE.expect(line)
    except LineError as error:
        check_column(line, error)
    else:
        assert line.endswith(expected.part)


@given(LINES)
def test_words_are_found_where_they_stand(line: str) -> None:
    """A token's column is that of its first character, its quote's if it has one."""
    for token in tokenize(line):
        assert line[token.start].strip()
        assert line[token.start] in (token.text[:1], '"')
