"""The command lines that users have typed, kept from login to login.

One file a user, appended to without waiting for the disk: a line survives the
process, which is what matters of it.  Knows nothing of what is worth keeping.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

KEPT_LINES = 100
_LONGEST_FILE = 262_144


class CommandHistory:
    """The histories of a node's users, in a folder of its disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def lines(self, user: str) -> list[str]:
        """Read a user's latest lines, oldest first."""
        try:
            text = self._file(user).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return []
        # Not splitlines: a line may hold what Unicode calls a line separator.
        return [line for line in text.split("\n") if line][-KEPT_LINES:]

    def append(self, user: str, line: str) -> None:
        """Add a line of a user, which has no line end in it."""
        data = f"{line}\n".encode(errors="replace")
        descriptor = self._open(self._file(user))
        try:
            os.write(descriptor, data)
            full = os.lseek(descriptor, 0, os.SEEK_CUR) > _LONGEST_FILE
        finally:
            os.close(descriptor)
        if full:
            self._shorten(user)

    def _open(self, file: Path) -> int:
        """Open to append; a file object would cost three times as much a command."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        try:
            return os.open(file, flags, 0o600)
        except FileNotFoundError:
            file.parent.mkdir(mode=0o700, parents=True)
            return os.open(file, flags, 0o600)

    def _shorten(self, user: str) -> None:
        file = self._file(user)
        shorter = file.with_name(f"{file.name}.new")
        lines = "".join(f"{line}\n" for line in self.lines(user))
        shorter.touch(mode=0o600)
        shorter.write_text(lines, encoding="utf-8")
        os.replace(shorter, file)

    def _file(self, user: str) -> Path:
        return self._folder / quote(user, safe="")
