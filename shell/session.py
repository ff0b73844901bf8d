"""One session at the prompt: read a line, understand it, run it, until it ends.

Knows nothing of what commands there are: an `Application` says so.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from typing import Protocol

from .commandline import CommandLine, complete, explain, parse_line
from .console import CommandFailed, Console
from .editor import LINE_LIMIT
from .endings import InputEnded, Interrupted
from .grammar import Fault, LineError, Match, Tree
from .history import LineHistory
from .keys import printable
from .output import OutputStopped, OutputStream
from .terminal import END_OF_MODE, Terminal
from .width import cells

logger = logging.getLogger("tofulab.shell")

OK = 0
FAILED = 1
NO_COMMAND = 2
INTERRUPTED = 130
"""Exit statuses: as shells have them; what the appliance's are is not known."""

_COMMENT = "!"


class Application(Protocol):
    """What a product gives to one login."""

    ended: bool

    @property
    def prompt(self) -> str:
        """The prompt of the mode that the session is in, with its blank."""

    @property
    def tree(self) -> Tree:
        """The commands of that mode, as this user may run them."""

    @property
    def page_length(self) -> int:
        """Rows to a page of output, 0 for no paging."""

    def suggest(self, kind: str) -> Sequence[str]:
        """List the names that exist of an argument kind."""

    def history(self) -> Sequence[str]:
        """The lines of earlier logins, oldest first."""

    def remember(self, line: str) -> None:
        """Keep a line for later logins; it has no secret in it."""

    def describe(self, fault: Fault) -> str:
        """Say what is wrong with a line."""

    def describe_failure(self) -> str:
        """Say that a command failed in a way that nobody foresaw."""

    def leave_modes(self) -> None:
        """Go back to the mode that a login begins with."""

    async def run(self, match: Match, console: Console) -> None:
        """Run a command; raises CommandFailed where it does not work."""


class Session:
    """A login's way through its commands."""

    def __init__(self, terminal: Terminal, application: Application) -> None:
        self._terminal = terminal
        self._application = application
        self._history = LineHistory(application.history())
        self._status = OK

    async def run(self) -> int:
        """Serve the login to its end; return its exit status: the last command's."""
        command = self._terminal.login.command
        if command is None:
            await self._converse()
        else:
            await self._run_lines(command.splitlines())
        return self._status

    async def _run_lines(self, lines: Sequence[str]) -> None:
        for line in lines:
            if self._application.ended:
                return
            try:
                text = printable(line)[:LINE_LIMIT]  # as a typed line is
                await self._run_line(text, paged=False)
            except InputEnded:
                return

    async def _converse(self) -> None:
        while not self._application.ended:
            try:
                line = await self._terminal.read_line(
                    self._application.prompt,
                    history=self._history,
                    assist=_Assist(self._application),
                )
                await self._run_line(line)
            except Interrupted:
                continue
            except InputEnded:
                return

    async def _run_line(self, line: str, *, paged: bool = True) -> None:
        text = line.removesuffix(END_OF_MODE)
        if text.strip() and not text.lstrip().startswith(_COMMENT):
            self._status = await self._understand(text, paged=paged)
        if line.endswith(END_OF_MODE):
            self._application.leave_modes()

    async def _understand(self, line: str, *, paged: bool) -> int:
        try:
            parsed = parse_line(self._application.tree, line)
        except LineError as error:
            # On the exec channel no prompt stands before the line.
            exec_channel = self._terminal.login.command is not None
            prompt = "" if exec_channel else self._application.prompt
            text = _point(self._application, error, prompt, line)
            await self._terminal.write(text)
            return NO_COMMAND
        if parsed.match.secret:
            self._history.drop_newest(line)
        else:
            self._application.remember(line)
        return await self._execute(parsed, paged=paged)

    async def _execute(self, parsed: CommandLine, *, paged: bool) -> int:
        length = self._application.page_length if paged else 0
        stream = OutputStream(self._terminal, parsed.filters, length)
        work = self._run_command(parsed.match, stream)
        try:
            return await self._interruptible(work)
        except OutputStopped:
            return OK
        except InputEnded:
            self._status = FAILED  # in the middle of a command
            raise
        except Interrupted:
            await self._terminal.write("^C\n" if self._terminal.interactive else "")
            return INTERRUPTED

    async def _run_command(self, match: Match, stream: OutputStream) -> int:
        console = Console(self._terminal, stream)
        status = OK
        try:
            await self._application.run(match, console)
        except CommandFailed as failure:
            await stream.write(f"{failure}\n")
            status = FAILED
        except (InputEnded, Interrupted, OutputStopped):
            raise
        except Exception:
            # Whatever it is: it is logged, and the session goes on.
            logger.exception(
                "%s session %d: %s",
                self._application.prompt.rstrip(),  # names node and user
                self._terminal.login.number,
                match.masked,
            )
            await stream.write(f"{self._application.describe_failure()}\n")
            status = FAILED
        await stream.close()
        return status

    async def _interruptible(self, work: Awaitable[int]) -> int:
        """Run a command so that Ctrl-C ends it; raises Interrupted then.

        It runs in the session's own task: one of its own would send its output
        and the prompt after it in packets of their own.
        """
        session = asyncio.current_task()
        assert session is not None
        interrupted = False

        def interrupt() -> None:
            nonlocal interrupted
            if not interrupted:
                interrupted = True
                session.cancel()

        self._terminal.on_interrupt = interrupt
        try:
            return await work
        except asyncio.CancelledError:
            if not interrupted or session.uncancel():
                raise  # the session itself is to end
            raise Interrupted from None
        finally:
            self._terminal.on_interrupt = None


class _Assist:
    """What `?` and Tab need of the application."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def explain(self, before_cursor: str) -> str:
        try:
            return explain(self._application.tree, before_cursor)
        except LineError as error:
            prompt = self._application.prompt
            return _point(self._application, error, prompt, before_cursor)

    def complete(self, before_cursor: str) -> Sequence[str]:
        application = self._application
        return complete(application.tree, before_cursor, application.suggest)


def _point(application: Application, error: LineError, prompt: str, line: str) -> str:
    """Draw the caret under the column, counted with the prompt, and say why."""
    caret = " " * cells(prompt + line[: error.column]) + "^"
    return f"{caret}\n{application.describe(error.fault)}\n"
