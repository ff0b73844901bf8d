"""Output filters behind `|`: begin, count, end, exclude, include, last.

Knows neither commands nor terminals: lines go in, lines come out.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Protocol

LAST_LINES = 10  # of `last` without a number
_PATTERN_LIMIT = 256
_REPEATS = 3  # `*`, `+` and `{}` in one pattern
_OPTIONS = 6  # `?` in one pattern
_SEARCHED = 1024  # characters of a line that a pattern sees

_ATOMS = re.compile(r"\\.|\[\^?\]?[^\]]*\]", re.DOTALL)


class LineFilter(Protocol):
    """Takes lines one by one, without their ends, and gives lines on."""

    def feed(self, line: str) -> Iterable[str]:
        """Take a line and return what follows from it."""

    def finish(self) -> Iterable[str]:
        """Return what is left once all lines are there."""


class _Begin:
    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern
        self._begun = False

    def feed(self, line: str) -> Iterable[str]:
        self._begun = self._begun or _matches(self._pattern, line)
        return [line] if self._begun else []

    def finish(self) -> Iterable[str]:
        return ()


class _End:
    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern
        self._ended = False

    def feed(self, line: str) -> Iterable[str]:
        if self._ended:
            return []
        self._ended = _matches(self._pattern, line)
        return [line]

    def finish(self) -> Iterable[str]:
        return ()


class _Select:
    def __init__(self, pattern: re.Pattern[str], wanted: bool) -> None:
        self._pattern = pattern
        self._wanted = wanted

    def feed(self, line: str) -> Iterable[str]:
        return [line] if _matches(self._pattern, line) is self._wanted else []

    def finish(self) -> Iterable[str]:
        return ()


class _Count:
    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern
        self._count = 0

    def feed(self, line: str) -> Iterable[str]:
        self._count += _matches(self._pattern, line)
        return ()

    def finish(self) -> Iterable[str]:
        return [str(self._count)]


class _Last:
    def __init__(self, lines: int) -> None:
        self._lines: deque[str] = deque(maxlen=lines)

    def feed(self, line: str) -> Iterable[str]:
        self._lines.append(line)
        return ()

    def finish(self) -> Iterable[str]:
        return self._lines


class FilterChain:
    """Filters one behind the other, as `| include x | count` has them."""

    def __init__(self, filters: Sequence[tuple[str, str]]) -> None:
        """Make a filter of each (name, pattern); raises as `make_filter`."""
        self._filters = [make_filter(name, pattern) for name, pattern in filters]

    def __bool__(self) -> bool:
        return bool(self._filters)

    def feed(self, line: str) -> list[str]:
        """Pass a line through every filter."""
        return self._pass_on([line], self._filters)

    def finish(self) -> list[str]:
        """Return what the filters kept back, passed through those behind them."""
        lines: list[str] = []
        for place, each in enumerate(self._filters, start=1):
            lines += self._pass_on(each.finish(), self._filters[place:])
        return lines

    def _pass_on(
        self, lines: Iterable[str], filters: Sequence[LineFilter]
    ) -> list[str]:
        for each in filters:
            lines = [out for line in lines for out in each.feed(line)]
        return list(lines)


def make_filter(name: str, pattern: str = "") -> LineFilter:
    """Make the filter that a user named.

    `last` takes a number of lines (10 without one), `count` counts all lines
    without a pattern.  Raises `ValueError` for another name or no such number.
    """
    if name == "last":
        return _Last(int(pattern or LAST_LINES))
    compiled = compile_pattern(pattern)
    match name:
        case "begin":
            return _Begin(compiled)
        case "end":
            return _End(compiled)
        case "include":
            return _Select(compiled, True)
        case "exclude":
            return _Select(compiled, False)
        case "count":
            return _Count(compiled)
    raise ValueError(f"no such output filter: {name}")


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a user's regular expression, case-sensitive as on network devices.

    What is none is taken literally.  So is one that Python's backtracking could
    take for ever over, as one session must not hold up the others.
    """
    if _is_harmless(pattern):
        try:
            return re.compile(pattern)
        except (re.error, OverflowError, RecursionError):
            pass
    return re.compile(re.escape(pattern))


def _is_harmless(pattern: str) -> bool:
    """Say whether matching takes time in no more than the cube of a line's length."""
    if len(pattern) > _PATTERN_LIMIT or re.search(r"\\[0-9]|\(\?", pattern):
        return False
    plain = _ATOMS.sub("x", pattern)
    repeats = len(re.findall(r"[*+{]", plain))
    repeated_groups = re.search(r"\)[*+{]", plain)
    return repeats <= _REPEATS and plain.count("?") <= _OPTIONS and not repeated_groups


def _matches(pattern: re.Pattern[str], line: str) -> bool:
    return pattern.search(line, 0, _SEARCHED) is not None
