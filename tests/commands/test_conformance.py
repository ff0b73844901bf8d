"""What holds for all declarations, sentences and transcripts together."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tofulab.commands import catalogue as prompt_catalogue
from tofulab.commands.families import COMMANDS
from tofulab.commands.registry import EVERYWHERE_IN_CONFIG, Family, Mode
from tofulab.shell.commandline import explain, parse_line
from tofulab.shell.grammar import Command, Fault, LineError, Privilege, tokenize
from tofulab.shell.syntax import Argument, Expression, Word, may_end, steps
from tofulab.state import catalogue as log_catalogue
from tofulab.state.catalogue import Certainty, Sentence
from tofulab.state.seed import Kind

from .conftest import GOLDEN, Golden

ROOT = Path(__file__).parents[2]
FOLDERS = ("shell", "commands", "state", "web", "tools")

DECLARED = [
    (family, command) for family in COMMANDS.families for command in family.commands
]
ROLES = [(kind, privilege) for kind in Kind for privilege in Privilege]
Place = tuple[Kind, Privilege, Mode, str]

SAMPLES = {
    "integer": "5",
    "host": "192.0.2.12",
    "host_port": "192.0.2.12_8082",
    "ip": "192.0.2.1",
    "ipv4": "192.0.2.15",
    "ipv6": "2001:db8::15",
    "emails": "a@example.com",
    "url": "disk:/files",
}


def spell(element: Word | Argument) -> str:
    """Write a word, or one that would do for an argument."""
    if isinstance(element, Word):
        return element.text
    return SAMPLES.get(element.type.kind, element.name)


def walk(
    expression: Expression, before: str = ""
) -> Iterator[tuple[str, Word | Argument]]:
    """Give every place of a declaration: what stands before it, and what may come."""
    for element, rest in steps(expression):
        yield before, element
        if not (isinstance(element, Argument) and element.many):
            yield from walk(rest, f"{before}{spell(element)} ")


def lines_of(expression: Expression, before: str = "") -> Iterator[str]:
    """Write every line of a declaration, once with each repeated argument."""
    if may_end(expression):
        yield before
    for element, rest in steps(expression):
        if not (isinstance(element, Argument) and f"{spell(element)} " in before):
            yield from lines_of(rest, f"{before}{spell(element)} ")


# Declarations


@pytest.mark.parametrize(
    ("family", "command"), DECLARED, ids=[each.syntax for _, each in DECLARED]
)
def test_a_declaration(family: Family, command: Command) -> None:
    """Every line of it is that command, wherever it is declared to be."""
    assert command.certainty in list(Certainty)
    assert re.fullmatch(r"[A-Z].*\.", command.summary)
    assert command.modes
    for kind in family.kinds:
        for mode in map(Mode, command.modes):
            tree = COMMANDS.tree(kind, mode, Privilege.ADMIN)
            for line in lines_of(command.expression):
                assert command is parse_line(tree, line).match.command


def test_users_may_run_what_is_declared_for_them() -> None:
    """A user's tree has the commands of that privilege and no others."""
    for kind in Kind:
        tree = COMMANDS.tree(kind, Mode.EXEC, Privilege.USER)
        assert {Privilege.USER} == {command.privilege for command in tree.commands}
        assert "ncs" not in explain(tree, "")


def test_every_word_has_help() -> None:
    """Help is a phrase that begins with a capital and does not end with a stop."""
    for _, command in DECLARED:
        for _, element in walk(command.expression):
            assert re.fullmatch(r"[A-Z].*[^.\s]", element.help), command.syntax


def test_the_same_word_at_the_same_place_has_one_help() -> None:
    """Families that share a word agree on what it means."""
    found = defaultdict(set)
    for family, command in DECLARED:
        for before, element in walk(command.expression):
            for kind in family.kinds:
                for mode in command.modes:
                    found[kind, mode, before, element].add(element.help)
    assert [] == [(key, helps) for key, helps in found.items() if len(helps) > 1]


# Sentences


@pytest.mark.parametrize("catalogue", [prompt_catalogue, log_catalogue])
def test_every_sentence_is_said(catalogue: ModuleType) -> None:
    """What stands in a catalogue is used somewhere."""
    sources = "\n".join(
        file.read_text(encoding="utf-8")
        for folder in FOLDERS
        for file in (ROOT / folder).glob("*.py")
        if f"tofulab.{folder}.{file.stem}" != catalogue.__name__
    )
    sentences = [
        name for name, value in vars(catalogue).items() if isinstance(value, Sentence)
    ]
    assert sentences
    assert [] == [name for name in sentences if not re.search(rf"\b{name}\b", sources)]


# Transcripts

_PROMPT = re.compile(r"([\w-]+)/\w+(?:\(([\w-]+)\))?([#>]) (.*)")


def shown_in(transcript: str) -> Iterator[Place]:
    """Find the commands that were run in a transcript."""
    kind = Kind.ISE if transcript.startswith("ISE") else Kind.PRIME
    for match in filter(None, map(_PROMPT.fullmatch, transcript.splitlines())):
        mode = Mode(match[2] or Mode.EXEC)
        privilege = Privilege.ADMIN if match[3] == "#" else Privilege.USER
        try:
            parsed = parse_line(COMMANDS.tree(kind, mode, privilege), match[4])
        except LineError:
            continue
        yield kind, privilege, mode, parsed.match.command.syntax


def test_every_command_is_in_a_transcript() -> None:
    """Of every family, on both kinds of node, for both roles, in every mode."""
    shown = {
        place
        for file in GOLDEN.glob("*.txt")
        for place in shown_in(file.read_text(encoding="utf-8"))
    }
    declared = {
        (kind, privilege, Mode(mode), command.syntax)
        for family, command in DECLARED
        for kind, privilege in ROLES
        for mode in command.modes
        if kind in family.kinds and command.privilege <= privilege
    }
    assert set() == declared - shown
    assert any(syntax.startswith("do ") for *_, syntax in shown)


# Help


@pytest.mark.parametrize(
    ("kind", "privilege", "mode"),
    [(*role, Mode.EXEC) for role in ROLES]
    + [(kind, Privilege.ADMIN, mode) for kind in Kind for mode in EVERYWHERE_IN_CONFIG],
)
def test_help_at_every_level(
    golden: Golden, kind: Kind, privilege: Privilege, mode: Mode
) -> None:
    """What `?` prints behind every word of every command, as the golden file has it.

    Of parts that may come in any order, one order stands for all.
    """
    tree = COMMANDS.tree(kind, mode, privilege)
    places = {"": ""}
    for command in tree.commands:
        if not command.syntax.startswith("do "):
            lines = [before for before, _ in walk(command.expression)]
            for before in (*lines, *lines_of(command.expression)):
                places.setdefault(" ".join(sorted(before.split())), before)
    text = "".join(
        f"{before}?\n{explain(tree, before)}" for before in sorted(places.values())
    )
    golden(f"help-{kind}-{privilege.name.lower()}-{mode}", text)


# Lines


WORDS = sorted(
    {spell(each) for _, command in DECLARED for _, each in walk(command.expression)}
)
LINES = st.lists(
    st.sampled_from([*WORDS, "|", "include", "count", '"']) | st.text(max_size=6),
    max_size=9,
).map(" ".join)


@given(LINES, st.sampled_from(ROLES), st.sampled_from(list(Mode)))
def test_any_line_is_a_command_or_an_error_at_a_word(
    line: str, role: tuple[Kind, Privilege], mode: Mode
) -> None:
    """In the trees that people meet, too, an error points at a word or at the end."""
    kind, privilege = role
    tree = COMMANDS.tree(kind, mode, privilege)
    for act in (parse_line, explain):
        error = None
        try:
            act(tree, line)
        except LineError as raised:
            error = raised
        if error is not None and error.fault is not Fault.INCOMPLETE:
            assert error.column in starts_of(line)
        elif error is not None:
            assert 0 <= error.column <= len(line)


def starts_of(line: str) -> set[int]:
    """Say where words begin, those behind a `|` too."""
    starts = {token.start for token in tokenize(line)}
    for match in re.finditer(r"\|", line):
        rest = line[match.end() :]
        starts |= {match.end() + token.start for token in tokenize(rest)}
    return starts
