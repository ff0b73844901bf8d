"""The `tofulab` command in a directory of its own, and lab files with free ports."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tofulab.tools.folder import LabFolder
from tofulab.tools.labfile import default_text

Tofulab = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., "subprocess.Popen[str]"]


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The directory where the user works: no lab and no lab file in it yet."""
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    """A user's environment, without what this machine's user may have set."""
    kept = {key: os.environ[key] for key in os.environ if "TOFULAB" not in key}
    return kept | {"HOME": str(home)}


@pytest.fixture
def tofulab(home: Path, environment: dict[str, str]) -> Tofulab:
    """Run the command to its end: `tofulab("status", "--json")`."""

    def run(*words: object, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-m", "tofulab", *map(str, words)],
            cwd=home,
            env=environment | extra,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=25,
        )

    return run


@pytest.fixture
def start(home: Path, environment: dict[str, str]) -> Iterator[Start]:
    """Start the command and leave it running; ended with the test."""
    with contextlib.ExitStack() as stack:

        def run(*words: object) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "tofulab", *map(str, words)],
                cwd=home,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield run


@pytest.fixture
def running_lab(home: Path, tofulab: Tofulab, lab_file: Path) -> Iterator[Path]:
    """A lab that runs in the background; gives its directory."""
    result = tofulab("up", "-d", "-f", lab_file)
    assert (0, "") == (result.returncode, result.stderr)
    directory = home / ".tofulab"
    yield directory
    tofulab("down")
    for record in LabFolder(directory).records():
        # A lab that does not end when told to is not left behind.
        with contextlib.suppress(ProcessLookupError):
            os.kill(record.pid, signal.SIGKILL)


@pytest.fixture
def lab_file(home: Path) -> Path:
    """The default lab without waiting, with quick keys, on ports that are free."""
    ports = iter(_free_ports(8))
    text = re.sub(
        r"127\.0\.0\.1:\d+", lambda _: f"127.0.0.1:{next(ports)}", default_text()
    )
    text = text.replace("scale = 300", 'scale = "instant"')
    text = re.sub('^version = "', 'key_type = "ec-p256"\n\\g<0>', text, flags=re.M)
    file = home / "lab.toml"
    file.write_text(text, encoding="utf-8")
    return file
