"""A whole command line: the command, then output filters behind `|`; and help for it.

Pure, as the grammar is.  Knows nothing of terminals.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .grammar import Command, Expected, LineError, Match, Privilege, Tree
from .syntax import Argument, read_syntax

Suggest = Callable[[str], Sequence[str]]
"""Lists the names that exist of an argument kind, such as `repository`."""

FILTER_HELP = {
    "begin": "Begin with line that matches",
    "count": "Count the number of lines in the output",
    "end": "End with line that matches",
    "exclude": "Exclude lines that match",
    "include": "Include lines that match",
    "last": "Display last few lines of output",
    "<pattern>": "Regular expression",
    "<lines>": "Number of lines",
}
"""The filters, as the appliance's `|` help lists them (recalled)."""

_PIPE = re.compile(r'"[^"]*"|(?<=\s)(\|)')
_CARRIAGE_RETURN = ("<cr>", "Carriage return.")
_OUTPUT_MODIFIERS = ("|", "Output modifiers.")


async def _not_run() -> None:
    """Filters act on the output; there is nothing to run."""


def _filter_tree() -> Tree:
    syntaxes = [
        *(f"name={name} <pattern:text>" for name in ("begin", "end")),
        *(f"name={name} <pattern:text>" for name in ("exclude", "include")),
        "name=count [<pattern:text>]",
        "name=last [<lines:1-4096>]",
    ]
    return Tree(
        "Output modifiers:",
        [
            Command(
                syntax=syntax,
                expression=read_syntax(syntax, FILTER_HELP),
                summary="",
                handler=_not_run,
                modes=frozenset(),
                privilege=Privilege.USER,
                certainty="recalled",
            )
            for syntax in syntaxes
        ],
    )


FILTERS = _filter_tree()


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A line understood: the command matched, and (name, pattern) of each filter."""

    match: Match
    filters: tuple[tuple[str, str], ...]


def _split(line: str) -> list[tuple[int, str]]:
    """Cut at each `|` after a blank and not in quotes; columns are in the line."""
    starts = [0, *(match.end() for match in _PIPE.finditer(line) if match[1])]
    ends = [*(start - 1 for start in starts[1:]), len(line)]
    return [(start, line[start:end]) for start, end in zip(starts, ends, strict=True)]


def _shifted(error: LineError, offset: int) -> LineError:
    return LineError(error.fault, error.column + offset)


def parse_line(tree: Tree, line: str) -> CommandLine:
    """Understand a line with a word in it; raise LineError with its column."""
    (_, command), *pipes = _split(line)
    match = tree.parse(command)
    filters = []
    for start, text in pipes:
        try:
            values = FILTERS.parse(text).values
        except LineError as error:
            raise _shifted(error, start) from None
        pattern = values.get("pattern", values.get("lines", ""))
        filters.append((str(values["name"]), str(pattern)))
    return CommandLine(match, tuple(filters))


def _expected(tree: Tree, before: str) -> Expected:
    *earlier, (start, text) = _split(before)
    if earlier:
        tree = FILTERS
    try:
        return tree.expect(text)
    except LineError as error:
        raise _shifted(error, start) from None


def explain(tree: Tree, before: str) -> str:
    """Make the text that `?` prints: two columns, padded to the longest word.

    Raises LineError where the words before the last are no command.
    """
    expected = _expected(tree, before)
    rows = [(word.text, word.help) for word in expected.words]
    rows += [(argument.type.label, argument.help) for argument in expected.arguments]
    if expected.may_end:
        rows += [_CARRIAGE_RETURN, _OUTPUT_MODIFIERS]
    rows = list(dict.fromkeys(rows))
    width = max((len(name) for name, _ in rows), default=0)
    lines = [f"  {name:<{width}}  {text}".rstrip() for name, text in rows]
    at_top = expected.at_start and not expected.part and "|" not in before
    heading = [tree.heading] if at_top and lines else []
    return "".join(f"{line}\n" for line in heading + lines)


def complete(tree: Tree, before: str, suggest: Suggest) -> list[str]:
    """List the whole words that may stand in place of the last one."""
    try:
        expected = _expected(tree, before)
        kinds = [argument.type.kind for argument in _arguments(tree, before)]
    except LineError:
        return []
    words = [word.text for word in expected.words]
    words += [
        name
        for kind in kinds
        for name in suggest(kind)
        if name.startswith(expected.part)
    ]
    return list(dict.fromkeys(words))


def _arguments(tree: Tree, before: str) -> list[Argument]:
    """The arguments at the last word, also where what is typed of it is none yet."""
    stem = before[: len(before) - len(_last_word(before))]
    return _expected(tree, stem).arguments


def _last_word(before: str) -> str:
    return before.rsplit(maxsplit=1)[-1] if before[-1:].strip() else ""
