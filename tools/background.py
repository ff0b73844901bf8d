"""Start a lab as a process that stays when this one ends.

Knows the lab only by the record and the log that it leaves in its directory.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from .client import NoAnswer, OperationError, ask
from .folder import LabFolder

_POLL_INTERVAL = 0.02

_START_PATIENCE = 600.0
"""Seconds; hundreds of nodes make their keys at the first boot."""


def start_in_background(arguments: Sequence[str], folder: LabFolder) -> None:
    """Run `tofulab` with `arguments` detached and wait until its lab is ready.

    Its output goes to the lab's log.  Raises `OperationError` with the reason
    when the lab does not come up.
    """
    folder.prepare()
    descriptor = os.open(folder.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with open(descriptor, "ab") as log:
        start = os.fstat(descriptor).st_size
        child = _detach(arguments, log.fileno())
    try:
        _wait_until_ready(child, folder, start)
    except BaseException:
        # Ctrl-C too: a lab that nobody waits for any more is not left behind.
        child.terminate()
        raise


def _detach(arguments: Sequence[str], log: int) -> subprocess.Popen[bytes]:
    """Start a child with no terminal, in no directory that somebody may remove."""
    return subprocess.Popen(
        # -P: what lies in the current directory is no part of the program.
        [sys.executable, "-P", "-m", "tofulab", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd="/",
        start_new_session=True,
    )


def _wait_until_ready(
    child: subprocess.Popen[bytes], folder: LabFolder, start: int
) -> None:
    deadline = time.monotonic() + _START_PATIENCE
    while child.poll() is None:
        remaining = deadline - time.monotonic()
        if remaining < 0:
            raise OperationError(f"the lab does not start; {folder.log} may say why")
        for record in folder.records():
            if record.pid == child.pid:
                # No answer means that it has just ended: the loop finds out.
                with suppress(NoAnswer, OperationError):
                    ask(record.socket, {"do": "status"}, remaining)
                    return
        time.sleep(_POLL_INTERVAL)
    raise OperationError(_last_words(folder.log, start))


def _last_words(log: Path, start: int) -> str:
    """Return the last line written to the log from the byte `start` on."""
    with log.open("rb") as stream:
        stream.seek(start)
        lines = stream.read().decode(errors="replace").strip().splitlines()
    if not lines:
        return f"the lab ended without a word; see {log}"
    return lines[-1].removeprefix("tofulab: ")
