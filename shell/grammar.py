"""The command tree: what a line means, where it goes wrong, what may come next.

Pure: a tree and a line in, a match, an error or a list out.  Knows nothing of
terminals, and of a handler only that it is there.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import cached_property

from .syntax import Argument, Expression, Word, may_end, steps

Handler = Callable[..., Awaitable[None]]

_TOKEN = re.compile(r'"[^"]*"?\S*|\S+')


class Privilege(IntEnum):
    """Who may run a command: the higher includes the lower."""

    USER = 1
    ADMIN = 15


class Fault(StrEnum):
    """How a line can fail to be a command."""

    INVALID = "invalid"
    AMBIGUOUS = "ambiguous"
    INCOMPLETE = "incomplete"


class LineError(Exception):
    """A line that is no command; `column` counts from 0 within the line."""

    def __init__(self, fault: Fault, column: int) -> None:
        super().__init__(f"{fault} at column {column}")
        self.fault = fault
        self.column = column


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One declaration: syntax, what it does, who may, where, and the handler.

    `modes` are the names of the modes that have it; `certainty` says how well
    the appliance's form of it is known.
    """

    syntax: str
    expression: Expression = field(repr=False)
    summary: str
    handler: Handler = field(repr=False, compare=False)
    modes: frozenset[str]
    privilege: Privilege
    certainty: str


@dataclass(frozen=True, slots=True)
class Token:
    """A word as typed; `text` is without the quotes, `start` its column."""

    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Match:
    """A line understood: the command, its values, and the line without secrets."""

    command: Command
    values: dict[str, object]
    secret: bool
    masked: str


@dataclass(frozen=True, slots=True)
class Edge:
    """A word or argument that may come next, and where it leads."""

    element: Word | Argument
    target: State


class State:
    """A place in the tree; its edges are made when first asked for, then kept."""

    __slots__ = ("__dict__", "_threads")

    def __init__(self, threads: Iterable[tuple[Command, Expression]]) -> None:
        self._threads = tuple(threads)

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """What may come next, words in alphabetical order before arguments."""
        grouped: dict[Word | Argument, list[tuple[Command, Expression]]] = {}
        for command, expression in self._threads:
            for element, rest in steps(expression):
                grouped.setdefault(element, []).append((command, rest))
        ordered = sorted(grouped, key=_edge_order)
        return tuple(Edge(element, State(grouped[element])) for element in ordered)

    @cached_property
    def complete(self) -> Command | None:
        """The command that a line may end with here."""
        for command, expression in self._threads:
            if may_end(expression):
                return command
        return None


def _edge_order(element: Word | Argument) -> tuple[bool, str]:
    if isinstance(element, Word):
        return (False, element.text.lower())
    return (True, element.type.label)


@dataclass(slots=True)
class _Path:
    """One way of reading the words so far."""

    state: State
    values: dict[str, object]
    secrets: list[Token]

    def follow(self, edge: Edge, token: Token) -> _Path:
        element = edge.element
        values, secrets = dict(self.values), list(self.secrets)
        if isinstance(element, Argument):
            value = element.type.parse(token.text)
            if element.many:
                value = (*values.get(element.name, ()), value)  # type: ignore[misc]
            values[element.name] = value
            if element.type.secret:
                secrets.append(token)
        elif element.capture:
            values[element.capture] = element.text
        return _Path(edge.target, values, secrets)


def tokenize(line: str) -> list[Token]:
    """Cut a line into words; double quotes keep blanks together."""
    return [
        Token(match[0].replace('"', ""), match.start())
        for match in _TOKEN.finditer(line)
    ]


class Tree:
    """The commands of one mode, as one user sees them."""

    def __init__(self, heading: str, commands: Sequence[Command]) -> None:
        self.heading = heading
        self.commands = tuple(commands)
        self._root = State((command, command.expression) for command in commands)

    def parse(self, line: str) -> Match:
        """Understand a whole line; raise LineError where it is no command.

        A line must have a word in it.
        """
        paths = self._walk(line, tokenize(line))
        for path in paths:
            if command := path.state.complete:
                masked = _mask(line, path.secrets)
                return Match(command, path.values, bool(path.secrets), masked)
        raise LineError(Fault.INCOMPLETE, len(line.rstrip()))

    def _walk(self, line: str, tokens: Sequence[Token]) -> list[_Path]:
        paths = [_Path(self._root, {}, [])]
        for token in tokens:
            following = list(_choose(paths, token))
            if not following:
                greedy = _greedy(paths)
                if not greedy:
                    raise LineError(Fault.INVALID, token.start)
                rest = Token(line[token.start :].rstrip(), token.start)
                return [path.follow(edge, rest) for path, edge in greedy]
            paths = [path.follow(edge, token) for path, edge in following]
        return paths

    def expect(self, before: str) -> Expected:
        """Say what may stand at the end of `before`: the part typed of a line.

        Raises LineError where the words before the last are no command.
        """
        tokens = tokenize(before)
        part = ""
        if tokens and not before[-1:].isspace():
            part = before[tokens.pop().start :]
        paths = self._walk(before, tokens)
        edges = {edge.element: edge for path in paths for edge in path.state.edges}
        return Expected(
            part=part,
            at_start=not tokens,
            words=[
                element
                for element in edges
                if isinstance(element, Word) and _begins(element.text, part)
            ],
            arguments=[
                element
                for element in edges
                if isinstance(element, Argument)
                and (not part or element.type.accepts(part))
            ],
            may_end=not part and any(path.state.complete for path in paths),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What may come next: the list behind `?` and Tab.

    `part` is the word begun, `may_end` says that Enter would run the line,
    `at_start` that no whole word stands before.
    """

    part: str
    at_start: bool
    words: list[Word]
    arguments: list[Argument]
    may_end: bool


def _begins(text: str, part: str) -> bool:
    return text.lower().startswith(part.lower())


def _choose(paths: Sequence[_Path], token: Token) -> Iterable[tuple[_Path, Edge]]:
    """Pick the edges that a word may be: exact, else begun, else an argument."""
    pairs = [(path, edge) for path in paths for edge in path.state.edges]
    word = token.text.lower()
    beginning = [
        (path, edge, edge.element.text.lower())
        for path, edge in pairs
        if isinstance(edge.element, Word) and _begins(edge.element.text, token.text)
    ]
    exact = [(path, edge) for path, edge, text in beginning if text == word]
    if exact:
        return exact
    if word and beginning:
        if len({text for *_, text in beginning}) > 1:
            raise LineError(Fault.AMBIGUOUS, token.start)
        return [(path, edge) for path, edge, _ in beginning]
    return [
        (path, edge)
        for path, edge in pairs
        if isinstance(edge.element, Argument)
        and not edge.element.type.greedy
        and edge.element.type.accepts(token.text)
    ]


def _greedy(paths: Sequence[_Path]) -> list[tuple[_Path, Edge]]:
    return [
        (path, edge)
        for path in paths
        for edge in path.state.edges
        if isinstance(edge.element, Argument) and edge.element.type.greedy
    ]


def _mask(line: str, secrets: Sequence[Token]) -> str:
    for token in reversed(secrets):
        end = token.start + len(_TOKEN.match(line, token.start)[0])  # type: ignore[index]
        line = f"{line[: token.start]}********{line[end:]}"
    return line
