"""The notation in which commands are declared, and the expressions it stands for.

    ncs key genkey [newdn=-newdn] [-csr <file> repository <repository>]
    ncs certvalidation certificate-check mode={disable|enable} trustzone zone={user}
    ip name-server <server:ip>...

A bare word is typed as it stands.  `<name:type>` is an argument (`<name>` is short for
`<name:name>`), `...` after it repeats it, `[...]` may be left out, `{a|b}` is one of
several, `name=` before a word or choice of words hands the word typed to the handler.
Neighbouring optional parts that start with a word may come in any order.

Knows nothing of parsing what a user typed, nor of handlers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .arguments import ArgumentType, argument_type

_TOKEN = re.compile(r"\s*(\.\.\.|[\[\]{}|]|<[^>]+>|[a-z_]+=|[^\s\[\]{}|<>=]+)")


@dataclass(frozen=True, slots=True)
class Word:
    """A keyword; where `capture` is set, its text is handed to the handler."""

    text: str
    help: str = field(compare=False)
    capture: str | None = None


@dataclass(frozen=True, slots=True)
class Argument:
    """A typed argument, handed to the handler as `name`; `many` makes it a list."""

    name: str
    type: ArgumentType
    help: str = field(compare=False)
    many: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Parts one after the other; the empty row is a command's end."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Exactly one of several parts."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Options:
    """Parts that may each be given once or not at all, in any order."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """An argument given once or more."""

    part: Argument


Expression = Word | Argument | Row | Choice | Options | Repeat
END = Row(())


class SyntaxNotationError(ValueError):
    """A declaration that is not in the notation."""


class _Reader:
    """Recursive descent over the tokens of one declaration."""

    def __init__(self, syntax: str, words: Mapping[str, str]) -> None:
        self._syntax = syntax
        self._words = words
        self._tokens = [match[1] for match in _TOKEN.finditer(syntax)]
        if "".join(self._tokens) != re.sub(r"\s", "", syntax):
            raise SyntaxNotationError(f"cannot read {syntax!r}")

    def read(self) -> Expression:
        expression = self._row()
        if self._tokens:
            raise SyntaxNotationError(f"stray {self._tokens[0]!r} in {self._syntax!r}")
        return expression

    def _row(self) -> Expression:
        parts: list[Expression] = []
        while self._tokens and self._tokens[0] not in ("]", "}", "|"):
            part = self._part()
            if isinstance(part, Options) and parts and isinstance(parts[-1], Options):
                part = Options(parts.pop().parts + part.parts)  # type: ignore[union-attr]
            parts.append(part)
        return parts[0] if len(parts) == 1 else Row(tuple(parts))

    def _part(self, capture: str | None = None) -> Expression:
        token = self._tokens.pop(0)
        if capture and not token[0].isalnum() and token[0] not in "{-":
            raise SyntaxNotationError(f"only words are captured: {self._syntax!r}")
        if token.endswith("="):
            if not self._tokens:
                raise SyntaxNotationError(f"nothing to capture in {self._syntax!r}")
            return self._part(token[:-1])
        if token == "{":
            return self._choice(capture)
        if token == "[":
            return Options((self._closed("]"),))
        if token.startswith("<"):
            return self._argument(token[1:-1])
        return Word(token, self._help(token), capture)

    def _choice(self, capture: str | None) -> Expression:
        options = []
        while True:
            row = self._row()
            options.append(_captured(row, capture) if capture else row)
            closing = self._tokens.pop(0) if self._tokens else ""
            if closing == "}":
                return Choice(tuple(options))
            if closing != "|":
                raise SyntaxNotationError(f"unclosed choice in {self._syntax!r}")

    def _closed(self, closing: str) -> Expression:
        inner = self._row()
        if not self._tokens or self._tokens.pop(0) != closing:
            raise SyntaxNotationError(f"unclosed option in {self._syntax!r}")
        return inner

    def _argument(self, text: str) -> Expression:
        name, _, kind = text.partition(":")
        try:
            type_ = argument_type(kind or name)
        except KeyError:
            raise SyntaxNotationError(
                f"no argument type {kind or name!r} in {self._syntax!r}"
            ) from None
        text = self._words.get(f"<{name}>", type_.help)
        if self._tokens and self._tokens[0] == "...":
            self._tokens.pop(0)
            return Repeat(Argument(name, type_, text, many=True))
        return Argument(name, type_, text)

    def _help(self, word: str) -> str:
        try:
            return self._words[word]
        except KeyError:
            raise SyntaxNotationError(
                f"no help for {word!r} in {self._syntax!r}"
            ) from None


def _captured(row: Expression, capture: str) -> Expression:
    if not isinstance(row, Word):
        raise SyntaxNotationError("only words can be captured")
    return Word(row.text, row.help, capture)


def read_syntax(syntax: str, words: Mapping[str, str]) -> Expression:
    """Read a declaration; `words` has the help of every word in it.

    The help of an argument `<name>` is its type's unless `words` has `<name>`.
    Raises SyntaxNotationError for a declaration that cannot be read or a word
    without help.
    """
    return _Reader(syntax, words).read()


def names_of(expression: Expression) -> frozenset[str]:
    """Name the values that an expression can hand to a handler."""
    match expression:
        case Word(capture=str(name)):
            return frozenset((name,))
        case Word():
            return frozenset()
        case Argument(name=name):
            return frozenset((name,))
        case Repeat(part=part):
            return names_of(part)
        case Row(parts=parts) | Choice(parts=parts) | Options(parts=parts):
            return frozenset().union(*(names_of(part) for part in parts))


def may_end(expression: Expression) -> bool:
    """Tell whether nothing more has to be typed."""
    match expression:
        case Row(parts=parts):
            return all(may_end(part) for part in parts)
        case Choice(parts=parts):
            return any(may_end(part) for part in parts)
        case Options():
            return True
        case _:
            return False


def steps(
    expression: Expression,
) -> list[tuple[Word | Argument, Expression]]:
    """List what may be typed next, each with what may follow it."""
    match expression:
        case Word() | Argument():
            return [(expression, END)]
        case Repeat(part=part):
            return [(part, Options((expression,)))]
        case Choice(parts=parts):
            return [step for part in parts for step in steps(part)]
        case Options(parts=parts):
            return [
                (element, _after(rest, Options(parts[:i] + parts[i + 1 :])))
                for i, part in enumerate(parts)
                for element, rest in steps(part)
            ]
        case Row(parts=()):
            return []
        case Row(parts=(first, *others)):
            tail = Row(tuple(others))
            found = [(element, _after(rest, tail)) for element, rest in steps(first)]
            return found + (steps(tail) if may_end(first) else [])
    raise AssertionError(expression)


def _after(rest: Expression, tail: Expression) -> Expression:
    parts = tuple(
        part
        for each in (rest, tail)
        for part in (each.parts if isinstance(each, Row) else (each,))
        if part != Options(())
    )
    return parts[0] if len(parts) == 1 else Row(parts)
