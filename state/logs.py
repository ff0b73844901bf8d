"""The node's log files: real files on its disk, rotated, that can be followed.

Knows how a line is laid out, not what it says.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from itertools import chain
from logging.handlers import RotatingFileHandler
from pathlib import Path

_LARGEST = 5_000_000
_KEPT = 3
_UNREAD = 10_000


class LogName(StrEnum):
    """A log of the node, by its file on the node's disk.

    `hm-0-0.log` is the appliance's name (recalled); the other two are ours.
    """

    SYSTEM = "var/log/ade/ADE.log"
    HEALTH_MONITOR = "opt/CSCOlumos/logs/hm-0-0.log"
    INFRASTRUCTURE = "opt/CSCOlumos/logs/ifm-0-0.log"


class Level(StrEnum):
    """How grave a record is."""

    ERROR = "ERROR"
    INFO = "INFO"


HEALTH_MONITOR_THREAD = "HealthMonitorThread"


class NodeLogs:
    """All logs of a node, below the root of its disk."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._handlers: dict[LogName, RotatingFileHandler] = {}
        self._followers: dict[LogName, set[asyncio.Queue[str]]] = {
            name: set() for name in LogName
        }

    def record(
        self,
        log: LogName,
        text: str,
        *,
        level: Level = Level.INFO,
        thread: str = HEALTH_MONITOR_THREAD,
    ) -> None:
        """Write a record as the appliance lays it out (recalled).

        `MM/dd/yy HH:mm:ss.SSS LEVEL [system] [thread] text`; the lines of a text
        of several follow as they are.
        """
        time = datetime.now(UTC)
        stamp = f"{time:%m/%d/%y %H:%M:%S}.{time.microsecond // 1000:03d}"
        self.write(log, f"{stamp} {level} [system] [{thread}] {text}")

    def system(self, hostname: str, program: str, text: str) -> None:
        """Write a line to the system log, laid out as syslog does."""
        time = f"{datetime.now(UTC):%b %d %H:%M:%S}"
        self.write(LogName.SYSTEM, f"{time} {hostname} {program}: {text}")

    def write(self, log: LogName, text: str) -> None:
        """Write a record that is already laid out, and hand it to the followers."""
        self._handler(log).handle(
            logging.LogRecord("node", logging.INFO, "", 0, text, None, None)
        )
        for follower in self._followers[log]:
            for line in text.split("\n"):
                if follower.full():
                    follower.get_nowait()
                follower.put_nowait(line)

    def _handler(self, log: LogName) -> RotatingFileHandler:
        if log not in self._handlers:
            path = self._root / log
            path.parent.mkdir(parents=True, exist_ok=True)
            handler = RotatingFileHandler(
                path,
                maxBytes=_LARGEST,
                backupCount=_KEPT,
                encoding="utf-8",
                errors="replace",
            )
            handler.namer = _rotated_name
            self._handlers[log] = handler
        return self._handlers[log]

    def files(self, log: LogName) -> list[Path]:
        """List the files of a log that exist, oldest first."""
        newest = self._root / log
        older = [Path(_rotated_name(f"{newest}.{i}")) for i in range(_KEPT, 0, -1)]
        return [path for path in (*older, newest) if path.exists()]

    def lines(self, log: LogName) -> Iterator[str]:
        """Read a log's lines, oldest first, over all its files."""
        return chain.from_iterable(map(_lines, self.files(log)))

    def last(self, log: LogName, count: int) -> list[str]:
        """Read the last lines of a log."""
        return list(deque(self.lines(log), maxlen=count))

    @contextmanager
    def followed(self, log: LogName) -> Iterator[AsyncIterator[str]]:
        """Give the lines written from now on, without an end."""
        follower: asyncio.Queue[str] = asyncio.Queue(_UNREAD)
        self._followers[log].add(follower)
        try:
            yield _drain(follower)
        finally:
            self._followers[log].discard(follower)

    def close(self) -> None:
        """Close the files."""
        for handler in self._handlers.values():
            handler.close()
        self._handlers.clear()


async def _drain(follower: asyncio.Queue[str]) -> AsyncIterator[str]:
    while True:
        yield await follower.get()


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", errors="replace") as stream:
        for line in stream:
            yield line.rstrip("\n")


def _rotated_name(name: str) -> str:
    """Name an older file as the appliance does: `hm-0-1.log` after `hm-0-0.log`."""
    path = Path(name)
    if not path.suffix.lstrip(".").isdecimal():
        return name
    number, stem = path.suffix[1:], path.stem
    if stem.endswith("-0.log"):
        return str(path.with_name(stem.replace("-0.log", f"-{number}.log")))
    return str(path)
