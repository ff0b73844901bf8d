"""The printed command reference, made from the commands' declarations.

Knows no command: what it prints is what parser, `?` and Tab go by.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

from ..commands.families import COMMANDS
from ..shell.grammar import Command, Privilege
from ..shell.syntax import (
    Argument,
    Choice,
    Expression,
    Options,
    Repeat,
    Row,
)

_CAPTURE = re.compile(r"[a-z_]+=(?=\S)")
_TYPE = re.compile(r"<(\w+):[^>]+>")
_ROLES = {Privilege.ADMIN: "admin", Privilege.USER: "user"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgumentEntry:
    """An argument of a command: its name, the form that it takes, and its help."""

    name: str
    form: str
    help: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A command as the reference shows it; `role` is the least that may run it."""

    syntax: str
    summary: str
    modes: Sequence[str]
    kinds: Sequence[str]
    role: str
    certainty: str
    arguments: Sequence[ArgumentEntry]


def entries(mode: str | None = None) -> list[Entry]:
    """List all commands by syntax; `mode` is `exec`, `config` or None for both."""
    found = [
        _entry(command, sorted(family.kinds))
        for family in COMMANDS.families
        for command in family.commands
        if mode is None or any(each.startswith(mode) for each in command.modes)
    ]
    return sorted(found, key=lambda entry: entry.syntax)


def _entry(command: Command, kinds: Sequence[str]) -> Entry:
    return Entry(
        syntax=_TYPE.sub(r"<\1>", _CAPTURE.sub("", command.syntax)),
        summary=command.summary,
        modes=sorted(map(str, command.modes)),
        kinds=[str(kind) for kind in kinds],
        role=_ROLES[command.privilege],
        certainty=str(command.certainty),
        arguments=[
            ArgumentEntry(name=each.name, form=each.type.label, help=each.help)
            for each in dict.fromkeys(_arguments(command.expression))
        ],
    )


def _arguments(expression: Expression) -> Iterator[Argument]:
    match expression:
        case Argument():
            yield expression
        case Repeat(part=argument):
            yield argument
        case Row(parts=parts) | Choice(parts=parts) | Options(parts=parts):
            for part in parts:
                yield from _arguments(part)


def as_text(listed: Iterable[Entry]) -> str:
    """Write the reference for a terminal."""
    return "\n".join(_text(entry) for entry in listed)


def _text(entry: Entry) -> str:
    lines = [entry.syntax, f"    {entry.summary}"]
    lines += [
        f"    <{each.name}>  {each.help} ({each.form})" for each in entry.arguments
    ]
    return "\n".join([*lines, f"    {_facts(entry)}", ""])


def _facts(entry: Entry) -> str:
    where = f"{', '.join(entry.modes)} on {', '.join(entry.kinds)}"
    return f"{where}; role {entry.role}; {entry.certainty}"


def as_markdown(listed: Iterable[Entry]) -> str:
    """Write the reference as a Markdown page."""
    return "\n".join(_markdown(entry) for entry in listed)


def _markdown(entry: Entry) -> str:
    lines = [f"### `{entry.syntax}`", "", entry.summary, ""]
    lines += [
        f"- `<{each.name}>`: {each.help} (`{each.form}`)" for each in entry.arguments
    ]
    return "\n".join([*lines, *([""] if entry.arguments else []), _facts(entry), ""])


def as_json(listed: Iterable[Entry]) -> str:
    """Write the reference for programs."""
    return json.dumps({"commands": [asdict(entry) for entry in listed]}, indent=2)
