"""Where commands are declared: words, help, privilege, modes and handler together.

Parser, `?`, Tab and the printed reference are all made from these declarations.
Knows no command itself.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from ..shell.grammar import Command, Handler, Privilege, Tree
from ..shell.syntax import Row, Word, names_of, read_syntax
from ..state.catalogue import Certainty
from ..state.seed import Kind
from .catalogue import CONFIG_HEADING, EXEC_HEADING


class Mode(StrEnum):
    """A mode of the prompt; the value stands in it."""

    EXEC = "exec"
    CONFIG = "config"
    REPOSITORY = "config-Repository"


EXEC = (Mode.EXEC,)
CONFIG = (Mode.CONFIG,)
SUBMODES = (Mode.REPOSITORY,)
EVERYWHERE_IN_CONFIG = CONFIG + SUBMODES

BOTH = (Kind.PRIME, Kind.ISE)
PRIME = (Kind.PRIME,)
ISE = (Kind.ISE,)


class Family:
    """The commands of one file, sharing the help of their words.

    A word that means something else in one command has its help given there.
    """

    def __init__(self, words: Mapping[str, str], kinds: Sequence[Kind] = BOTH) -> None:
        """`words` has the help of each word; `kinds` are the nodes that have them."""
        self._words = words
        self.kinds = frozenset(kinds)
        self.commands: list[Command] = []

    def command(
        self,
        syntax: str,
        certainty: Certainty,
        *,
        modes: Iterable[Mode] = EXEC,
        privilege: Privilege = Privilege.ADMIN,
        words: Mapping[str, str] | None = None,
    ) -> Callable[[Handler], Handler]:
        """Declare a command whose handler is decorated.

        The first line of the handler's docstring is the command's summary.  A
        handler may have several declarations.  Raises TypeError for a handler
        that does not take what the syntax gives.
        """

        def declare(handler: Handler) -> Handler:
            expression = read_syntax(syntax, {**self._words, **(words or {})})
            _check_parameters(handler, names_of(expression), syntax)
            self.commands.append(
                Command(
                    syntax=syntax,
                    expression=expression,
                    summary=(inspect.getdoc(handler) or "").partition("\n")[0],
                    handler=handler,
                    modes=frozenset(modes),
                    privilege=privilege,
                    certainty=certainty,
                )
            )
            return handler

        return declare


def _check_parameters(handler: Handler, names: frozenset[str], syntax: str) -> None:
    _, *parameters = inspect.signature(handler).parameters.values()
    known = {parameter.name for parameter in parameters}
    if not names <= known:
        raise TypeError(f"{syntax!r}: the handler does not take {names - known}")


class CommandSet:
    """All commands, and the trees that sessions see of them."""

    def __init__(self, families: Sequence[Family]) -> None:
        self.families = tuple(families)
        self._trees: dict[tuple[Kind, Mode, Privilege], Tree] = {}

    def tree(self, kind: Kind, mode: Mode, privilege: Privilege) -> Tree:
        """The commands of a mode on a kind of node; made once, then shared."""
        key = (kind, mode, privilege)
        if key not in self._trees:
            heading = EXEC_HEADING if mode is Mode.EXEC else CONFIG_HEADING
            self._trees[key] = Tree(heading, self._select(*key))
        return self._trees[key]

    def _select(self, kind: Kind, mode: Mode, privilege: Privilege) -> list[Command]:
        commands = [
            command
            for family in self.families
            if kind in family.kinds
            for command in family.commands
            if mode in command.modes and command.privilege <= privilege
        ]
        if mode is not Mode.EXEC:
            commands += map(_behind_do, self._select(kind, Mode.EXEC, privilege))
        return commands


_DO = Word("do", "Run an EXEC command")


def _behind_do(command: Command) -> Command:
    """Make the form that an EXEC command has in the modes of configuration.

    In the tree as all others are, so that `?`, carets and secrets work behind it.
    """
    return replace(
        command,
        syntax=f"do {command.syntax}",
        expression=Row((_DO, command.expression)),
    )
