"""The notation of declarations, and the expressions that it stands for."""

from __future__ import annotations

import pytest

from tofulab.shell.arguments import TYPES
from tofulab.shell.syntax import (
    END,
    Argument,
    Choice,
    Expression,
    Options,
    Repeat,
    Row,
    SyntaxNotationError,
    Word,
    may_end,
    names_of,
    read_syntax,
    steps,
)

HELP = {
    **{word: f"Help of {word}" for word in ("a", "b", "c", "-x", "tofu-certs")},
    "<host>": "Which host",
}


def word(text: str, capture: str | None = None) -> Word:
    """Make a word as it is read."""
    return Word(text, HELP[text], capture)


def argument(name: str, kind: str = "", *, many: bool = False) -> Argument:
    """Make an argument as it is read."""
    return Argument(name, TYPES[kind or name], "", many)


EXPRESSIONS: dict[str, Expression] = {
    "a": word("a"),
    "a tofu-certs": Row((word("a"), word("tofu-certs"))),
    "a <host>": Row((word("a"), argument("host"))),
    "a <peer:host>": Row((word("a"), argument("peer", "host"))),
    "a <peer:host>...": Row((word("a"), Repeat(argument("peer", "host", many=True)))),
    "x=-x": word("-x", "x"),
    "{a|b}": Choice((word("a"), word("b"))),
    "mode={ a | -x }": Choice((word("a", "mode"), word("-x", "mode"))),
    "a {b <host> | c}": Row(
        (word("a"), Choice((Row((word("b"), argument("host"))), word("c"))))
    ),
    "a [b]": Row((word("a"), Options((word("b"),)))),
    "[a] [b] c": Row((Options((word("a"), word("b"))), word("c"))),
    "[a [b]]": Options((Row((word("a"), Options((word("b"),)))),)),
    "": END,
}

MISTAKES = [
    *("[a", "a]", "{a", "{a|b", "a}", "a | b", "<host", "host>", "a <>"),
    *("unknown", "<name:nothing>", "a=", "x=[a]", "x=<host>", "x={a b|c}", "...", "="),
]


@pytest.mark.parametrize("syntax", EXPRESSIONS)
def test_what_a_declaration_stands_for(syntax: str) -> None:
    """A declaration is read into the expression that it draws."""
    assert EXPRESSIONS[syntax] == read_syntax(syntax, HELP)


@pytest.mark.parametrize("syntax", MISTAKES)
def test_mistakes(syntax: str) -> None:
    """What is not in the notation is refused as such."""
    with pytest.raises(SyntaxNotationError):
        read_syntax(syntax, HELP)


def test_help_of_words_and_arguments() -> None:
    """Help comes with the words; an argument has its type's unless it has its own."""
    expression = read_syntax("a <host> <peer:ip>", HELP)
    assert isinstance(expression, Row)
    assert ["Help of a", "Which host", "IP address"] == [
        part.help for part in expression.parts if isinstance(part, Word | Argument)
    ]


def test_names_for_the_handler() -> None:
    """A handler gets what is captured and every argument, wherever it stands."""
    syntax = "a x=-x {b <host> | mode={a|c}} [c <ports:0-9>...] [<ip>]"
    names = {"x", "host", "mode", "ports", "ip"}
    assert names == names_of(read_syntax(syntax, HELP))


@pytest.mark.parametrize(
    ("syntax", "expected"),
    [
        ("a", False),
        ("<host>", False),
        ("<peer:host>...", False),
        ("[a]", True),
        ("[a] [b]", True),
        ("[a] b", False),
        ("{a|[b]}", True),
        ("{a|b}", False),
        ("", True),
    ],
)
def test_what_may_be_left_out(syntax: str, expected: bool) -> None:
    """Only optional parts need not be typed."""
    assert expected is may_end(read_syntax(syntax, HELP))


def spell(expression: Expression, depth: int = 4) -> set[str]:
    """Write every line of an expression, `<name>` for an argument."""
    lines = {""} if may_end(expression) else set()
    for element, rest in steps(expression) if depth else ():
        name = element.text if isinstance(element, Word) else f"<{element.name}>"
        lines |= {f"{name} {line}".strip() for line in spell(rest, depth - 1)}
    return lines


@pytest.mark.parametrize(
    ("syntax", "expected"),
    [
        ("a b", {"a b"}),
        ("a {b|c}", {"a b", "a c"}),
        ("a [b] c", {"a b c", "a c"}),
        ("[a] [b]", {"", "a", "b", "a b", "b a"}),
        ("[a <host>] [b]", {"", "a <host>", "b", "a <host> b", "b a <host>"}),
        ("a [b [c]]", {"a", "a b", "a b c"}),
        ("<ip>...", {"<ip>", "<ip> <ip>", "<ip> <ip> <ip>", "<ip> <ip> <ip> <ip>"}),
        ("a <ip>... b", {"a <ip> b", "a <ip> <ip> b"}),
        ("{a|[b]} c", {"a c", "b c", "c"}),
    ],
)
def test_what_may_follow(syntax: str, expected: set[str]) -> None:
    """Step by step, an expression gives the lines that it stands for."""
    assert expected == spell(read_syntax(syntax, HELP))
