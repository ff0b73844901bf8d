"""Output filters, line by line."""

from __future__ import annotations

import time

import pytest

from tofulab.shell.filters import FilterChain, compile_pattern, make_filter

LINES = ["alpha", "beta 1", "gamma", "beta 2", "delta"]


def passed(*filters: tuple[str, str]) -> list[str]:
    """Pass the lines through filters."""
    chain = FilterChain(filters)
    out = [each for line in LINES for each in chain.feed(line)]
    return out + chain.finish()


@pytest.mark.parametrize(
    ("filters", "lines"),
    [
        ([], LINES),
        ([("begin", "beta")], LINES[1:]),
        ([("begin", "nothing")], []),
        ([("end", "beta")], LINES[:2]),
        ([("end", "nothing")], LINES),
        ([("include", "beta")], ["beta 1", "beta 2"]),
        ([("include", "^.e")], ["beta 1", "beta 2", "delta"]),
        ([("include", "BETA")], []),
        ([("exclude", "a$")], ["beta 1", "beta 2"]),
        ([("count", "")], ["5"]),
        ([("count", "beta")], ["2"]),
        ([("last", "2")], ["beta 2", "delta"]),
        ([("last", "")], LINES),
        ([("include", "beta"), ("count", "")], ["2"]),
        ([("last", "3"), ("begin", "2")], ["beta 2", "delta"]),
        ([("count", ""), ("include", "5")], ["5"]),
    ],
)
def test_filters(filters: list[tuple[str, str]], lines: list[str]) -> None:
    """Each filter lets through what its help says, in a row with others too."""
    assert lines == passed(*filters)


def test_a_chain_of_nothing_is_false() -> None:
    """Whether there are filters at all can be asked."""
    assert (False, True) == (
        bool(FilterChain([])),
        bool(FilterChain([("count", "")])),
    )


def test_unknown_filters() -> None:
    """Another name, or no number of lines, is an error."""
    with pytest.raises(ValueError, match="grep"):
        make_filter("grep", "x")
    with pytest.raises(ValueError, match="many"):
        make_filter("last", "many")


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        ("[", "a[b"),
        ("(", "f(x)"),
        ("*", "2*3"),
        ("a{99999999999999999999}", "a{99999999999999999999}"),
        ("(a+)+$", "so (a+)+$ it is"),
        ("a?a?a?a?a?a?a?", "a?a?a?a?a?a?a?"),
        (r"(x)\1", r"(x)\1"),
    ],
)
def test_what_is_no_pattern_is_literal(pattern: str, line: str) -> None:
    """A broken regular expression, or one that could take for ever, is plain text."""
    compiled = compile_pattern(pattern)
    assert (True, False) == (bool(compiled.search(line)), bool(compiled.search("axb")))


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|a)*$", "(a?){25}a{25}", "a?" * 25 + "a" * 25, ".*.*.*b"]
)
def test_patterns_are_quick(pattern: str) -> None:
    """No pattern holds up the server."""
    start = time.perf_counter()
    make_filter("include", pattern).feed("a" * 200)
    assert time.perf_counter() - start < 2


def test_usual_patterns_work() -> None:
    """Groups, classes, anchors and repetitions are what they are elsewhere."""
    for pattern in (r"^(ab|cd)\s+\d{2,}[x*+]?$", r"a.*b", r"(foo)?bar"):
        assert pattern == compile_pattern(pattern).pattern
