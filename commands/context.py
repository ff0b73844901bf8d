"""What a handler works with: its node, its user, and the mode of the session.

Knows no command.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from ..shell.console import CommandFailed, Console
from ..shell.grammar import Fault, Match, Privilege, Tree
from ..shell.terminal import Terminal
from ..state.node import Node
from ..state.repositories import RepositoryError, UnknownRepository
from ..state.seed import UserRole
from ..state.subjects import PkiError
from ..state.users import User
from .catalogue import (
    AMBIGUOUS,
    FAILURE,
    INCOMPLETE,
    INTERNAL,
    INVALID,
    REPOSITORY_NOT_FOUND,
)
from .registry import CommandSet, Mode

_FAULTS = {
    Fault.INVALID: INVALID,
    Fault.AMBIGUOUS: AMBIGUOUS,
    Fault.INCOMPLETE: INCOMPLETE,
}
_PRIVILEGES = {UserRole.ADMIN: Privilege.ADMIN, UserRole.USER: Privilege.USER}
_SIGNS = {UserRole.ADMIN: "#", UserRole.USER: ">"}


@dataclass(frozen=True, slots=True)
class Attendant:
    """Somebody logged in: who, from where, at which terminal, since when."""

    user: User
    host: str
    tty: str
    since: datetime


class Context:
    """One login on one node; the Application of its shell session.

    `console` is that of the running command; `place` is what the submode is
    about, such as the repository's name.
    """

    console: Console

    def __init__(
        self,
        node: Node,
        terminal: Terminal,
        user: User,
        commands: CommandSet,
        attendants: Callable[[], Sequence[Attendant]],
    ) -> None:
        self.node = node
        self.user = user
        self.attendants = attendants
        self.mode = Mode.EXEC
        self.place = ""
        self.ended = False
        self.length: int | None = None
        self._terminal = terminal
        self._commands = commands

    @property
    def prompt(self) -> str:
        """`host/user# `, with the mode before the sign outside of EXEC."""
        mode = "" if self.mode is Mode.EXEC else f"({self.mode})"
        sign = _SIGNS[self.user.role]
        return f"{self.node.hostname}/{self.user.name}{mode}{sign} "

    @property
    def tree(self) -> Tree:
        """The commands of the session's mode that its user may run."""
        privilege = _PRIVILEGES[self.user.role]
        return self._commands.tree(self.node.seed.kind, self.mode, privilege)

    @property
    def page_length(self) -> int:
        """Rows to a page: as set by `terminal length`, else the window's."""
        return self._terminal.height if self.length is None else self.length

    def enter(self, mode: Mode, place: str = "") -> None:
        """Go to a mode."""
        self.mode, self.place = mode, place

    def leave_modes(self) -> None:
        """Go back to EXEC."""
        self.enter(Mode.EXEC)

    def suggest(self, kind: str) -> Sequence[str]:
        """List the names that exist of an argument kind."""
        match kind:
            case "repository":
                return self.node.repositories.names()
            case "host_port":
                entries = self.node.trust.entries()
                return [f"{entry.host}_{entry.port}" for entry in entries]
            case _:
                return ()

    def history(self) -> Sequence[str]:
        """The user's lines of earlier logins."""
        return self.node.history.lines(self.user.name)

    def remember(self, line: str) -> None:
        """Keep a line of the user."""
        self.node.history.append(self.user.name, line)

    def describe(self, fault: Fault) -> str:
        """Say what is wrong with a line, in the appliance's words."""
        return _FAULTS[fault]

    def describe_failure(self) -> str:
        """Say that a command failed in a way that nobody foresaw."""
        return INTERNAL

    async def run(self, match: Match, console: Console) -> None:
        """Run a command; raises CommandFailed where it does not work."""
        self.console = console
        await match.command.handler(self, **match.values)


def fail(reason: object) -> CommandFailed:
    """Make the failure of a command out of a reason."""
    return CommandFailed(FAILURE.format(reason=reason))


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what a repository or a certificate is refused for into a failure.

    Raises CommandFailed, in the appliance's words where they are known.
    """
    try:
        yield
    except UnknownRepository:
        raise CommandFailed(REPOSITORY_NOT_FOUND) from None
    except (RepositoryError, PkiError) as error:
        raise fail(error) from None
