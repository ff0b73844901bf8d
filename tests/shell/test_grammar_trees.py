"""What a line means in trees of any shape.

Every part of a random expression begins with a word of its own, so that there is
one way only to read a line of it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from tofulab.shell.arguments import argument_type
from tofulab.shell.grammar import Command, LineError, Match, Privilege, Tree
from tofulab.shell.syntax import (
    Argument,
    Choice,
    Expression,
    Options,
    Repeat,
    Row,
    Word,
)


async def handle() -> None:
    """Nothing is run here."""


def declare(expression: Expression) -> Command:
    """Declare a command."""
    return Command(
        syntax="",
        expression=expression,
        summary="",
        handler=handle,
        modes=frozenset(),
        privilege=Privilege.USER,
        certainty="ours",
    )


VOCABULARY = st.lists(
    st.from_regex(r"[a-c]{1,4}", fullmatch=True), min_size=12, max_size=24, unique=True
)
SAMPLES = {
    "0-511": ["0", "77"],
    "emails": ["a@b.cd"],
    "ipv6": ["::1"],
    "host_port": ["h_22"],
    "secret": ["S3cret-1", '"my S3cret"'],
}


@dataclass
class Growth:
    """What is left to make a random expression of."""

    draw: st.DrawFn
    words: list[str]
    names: itertools.count[int]

    def part(self, depth: int) -> Expression:
        """Make a part that begins with a word."""
        kinds = ["word", "argument", "repeat", "optional"]
        if depth and len(self.words) > 3:
            kinds += ["row", "choice", "options"]
        match self.draw(st.sampled_from(kinds)):
            case "argument":
                return Row((self.word(), self.argument()))
            case "repeat":
                return Row((self.word(), Repeat(replace(self.argument(), many=True))))
            case "optional":
                return Row((self.word(), Options((self.argument(),))))
            case "row":
                return Row(self.parts(depth))
            case "choice":
                return Choice(self.parts(depth))
            case "options":
                return Row((self.word(), Options(self.parts(depth))))
        return self.word()

    def parts(self, depth: int) -> tuple[Expression, ...]:
        """Make two or three parts."""
        count = self.draw(st.integers(2, 3))
        return tuple(self.part(depth - 1) for _ in range(count) if self.words)

    def word(self) -> Word:
        """Take a word that is nowhere else in the command."""
        text = self.words.pop() if self.words else f"z{next(self.names)}"
        captured = self.draw(st.booleans())
        return Word(text, "", f"n{next(self.names)}" if captured else None)

    def argument(self) -> Argument:
        """Make an argument of a name that is nowhere else."""
        type_ = argument_type(self.draw(st.sampled_from(sorted(SAMPLES))))
        return Argument(f"n{next(self.names)}", type_, "")


@dataclass(frozen=True)
class Typed:
    """A word of a line, and what it gives the handler."""

    text: str
    element: Word | Argument


@dataclass(frozen=True)
class Case:
    """A tree, one of its commands, and a line for that command."""

    tree: Tree
    command: Command
    typed: list[Typed]
    vocabulary: list[str]

    @property
    def line(self) -> str:
        """The line, its words whole."""
        return " ".join(each.text for each in self.typed)

    @property
    def values(self) -> dict[str, object]:
        """What the handler must be given."""
        values: dict[str, object] = {}
        for each in self.typed:
            if isinstance(each.element, Word):
                if each.element.capture:
                    values[each.element.capture] = each.text
                continue
            value = each.element.type.parse(each.text.replace('"', ""))
            name, before = each.element.name, values.get(each.element.name, ())
            assert isinstance(before, tuple)
            values[name] = (*before, value) if each.element.many else value
        return values


def write(draw: st.DrawFn, expression: Expression) -> list[Typed]:
    """Choose one of the lines that an expression stands for."""
    match expression:
        case Word(text=text):
            return [Typed(text, expression)]
        case Argument(type=type_):
            kind = "0-511" if type_.kind == "integer" else type_.kind
            return [Typed(draw(st.sampled_from(SAMPLES[kind])), expression)]
        case Repeat(part=part):
            count = draw(st.integers(1, 3))
            return [each for _ in range(count) for each in write(draw, part)]
        case Row(parts=parts):
            return [each for part in parts for each in write(draw, part)]
        case Choice(parts=parts):
            return write(draw, draw(st.sampled_from(parts)))
        case Options(parts=parts):
            order = draw(st.permutations(parts))
            given = order[: draw(st.integers(0, len(order)))]
            return [each for part in given for each in write(draw, part)]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Make a tree of a few commands, and choose a line of one."""
    vocabulary = draw(VOCABULARY)
    count = draw(st.integers(1, 4))
    names = itertools.count()
    commands = []
    for first in vocabulary[:count]:
        growth = Growth(draw, draw(st.permutations(vocabulary)), names)
        expression = Row((Word(first, ""), growth.part(3)))
        commands.append(declare(expression))
    chosen = draw(st.sampled_from(commands))
    typed = write(draw, chosen.expression)
    return Case(Tree("", commands), chosen, typed, vocabulary)


def shorten(case: Case) -> str:
    """Write the line with every word cut down to what still tells it apart."""
    line = ""
    for each in case.typed:
        text = each.text
        if isinstance(each.element, Word):
            parts = (text[:length] for length in range(1, len(text)))
            text = next((p for p in parts if is_one(case.tree, line + p)), text)
        line += f"{text} "
    return line


def is_one(tree: Tree, before: str) -> bool:
    """Say whether only one word begins as the last one does."""
    return len({word.text for word in tree.expect(before).words}) == 1


@given(cases())
def test_every_path_leads_to_its_command(case: Case) -> None:
    """A line written from a declaration is that command with those values."""
    match = case.tree.parse(case.line)
    assert case.command is match.command
    assert case.values == match.values


@given(cases())
def test_abbreviations_lead_there_too(case: Case) -> None:
    """So is the line with the shortest words that are not ambiguous."""
    match = case.tree.parse(shorten(case))
    assert case.command is match.command
    assert case.values == match.values


@given(cases())
def test_no_secret_outlives_its_line(case: Case) -> None:
    """A line is secret where it has one, and what is kept has none."""
    match = case.tree.parse(case.line)
    secret = any(
        isinstance(each.element, Argument) and each.element.type.secret
        for each in case.typed
    )
    assert secret is match.secret
    assert "S3cret" not in match.masked
    assert secret is (match.masked != case.line)


def accepts(tree: Tree, line: str, column: int) -> bool:
    """Say whether parsing gets past the word at the column."""
    try:
        return isinstance(tree.parse(line), Match)
    except LineError as error:
        return error.column > column


@given(cases(), st.data())
def test_help_lists_what_may_come_and_nothing_else(
    case: Case, data: st.DataObject
) -> None:
    """`?` after whole words names each word, argument and end that parsing takes."""
    count = data.draw(st.integers(0, len(case.typed)))
    before = "".join(f"{each.text} " for each in case.typed[:count])
    expected = case.tree.expect(before)
    listed = {word.text for word in expected.words}
    types = {argument.type.kind for argument in expected.arguments}
    column = len(before)

    for word in listed:
        assert accepts(case.tree, before + word, column)
    for word in case.vocabulary:
        begins = any(each.startswith(word) for each in listed)
        if not begins and "secret" not in types:
            assert not accepts(case.tree, before + word, column)
    for kind, (sample, *_) in SAMPLES.items():
        known = ("integer" if kind == "0-511" else kind) in types
        if "secret" not in types:
            assert known is accepts(case.tree, before + sample, column)
    ends = bool(before) and accepts(case.tree, before, column)
    assert ends is expected.may_end


@given(cases(), st.data())
def test_help_on_a_part_lists_the_words_that_begin_so(
    case: Case, data: st.DataObject
) -> None:
    """`?` directly behind letters keeps of the list what they begin."""
    count = data.draw(st.integers(0, len(case.typed) - 1))
    before = "".join(f"{each.text} " for each in case.typed[:count])
    part = data.draw(st.from_regex(r"[a-cA-C]{1,2}", fullmatch=True))
    words = {word.text for word in case.tree.expect(before).words}
    assert {word for word in words if word.startswith(part.lower())} == {
        word.text for word in case.tree.expect(before + part).words
    }
