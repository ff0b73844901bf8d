"""What a command handler talks to: it writes, asks, and shows progress.

Knows nothing of SSH channels or of what is said.
"""

from __future__ import annotations

from .output import OutputStream
from .terminal import Terminal

_BAR = 40


class CommandFailed(Exception):
    """A command that was refused or did not work; its text is shown as it is."""


class Console:
    """The output and the questions of one running command."""

    def __init__(self, terminal: Terminal, stream: OutputStream) -> None:
        self._terminal = terminal
        self._stream = stream

    @property
    def interactive(self) -> bool:
        """Whether a terminal (PTY) is at the other end."""
        return self._terminal.interactive

    async def write(self, text: str) -> None:
        """Write text; `\\n` ends a line.  Waits while the client does not read."""
        await self._stream.write(text)

    async def line(self, text: str = "") -> None:
        """Write one whole line."""
        await self._stream.write(f"{text}\n")

    async def ask(self, question: str) -> str:
        """Ask a question in place and return the answer without surrounding blanks.

        Raises InputEnded where no more answers come, Interrupted on Ctrl-C.
        """
        await self._stream.flush()
        return (await self._terminal.read_line(question)).strip()

    async def secret(self, question: str) -> str:
        """Ask for a secret, which is not echoed; raises as `ask` does."""
        await self._stream.flush()
        return await self._terminal.read_secret(question)

    async def progress(self, label: str, percent: int) -> None:
        """Show a step's progress, 0 to 100: a bar drawn in place.

        Without a PTY it is one line, when the step is done.
        """
        if self.interactive:
            done = "#" * (_BAR * percent // 100)
            end = "\n" if percent >= 100 else ""
            await self._stream.flush()
            bar = f"\r{label} [{done:<{_BAR}}] {percent:3d} %{end}"
            await self._terminal.write(bar)
        elif percent >= 100:
            await self._stream.write(f"{label} 100 %\n")

    async def stream_on(self) -> None:
        """Stop paging for the rest of the command: its output has no end."""
        self._stream.page_length = 0
        await self._stream.flush()
