"""People at real terminals: OpenSSH under pexpect, and labs of one process or many."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

PROMPT = r"[\w.-]+/[\w.-]+(?:\([\w-]+\))?[#>] $"
PASSWORD = "Lab-Admin-1"
KEY = "Lab-Key-1"
PRIMARY, SECONDARY, ISE = "prime-pri", "prime-sec", "ISE-server"
X, Y, Z = "192.0.2.11", "192.0.2.12", "192.0.2.21"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(90))


class Person:
    """Somebody logged in to a node."""

    def __init__(self, session: pexpect.spawn[str]) -> None:
        self.session = session

    def run(self, command: str, *answers: tuple[str, str]) -> str:
        """Type a command, answer its questions, and return its output."""
        self.session.sendline(command)
        self.session.expect_exact(f"{command}\r\n")
        for question, answer in answers:
            self.session.expect(question)
            self.session.sendline(answer)
        self.session.expect(PROMPT)
        return self.session.before or ""

    def run_until(self, command: str, found: str) -> str:
        """Type a command again and again until its output has `found`."""
        output = ""
        for _ in range(400):
            output = self.run(command)
            if found in output:
                return output
        raise AssertionError(f"{command}: no {found!r} in {output!r}")


LogIn = Callable[[str], Person]


def _log_in(command: list[str], environment: dict[str, str]) -> Person:
    session = pexpect.spawn(
        command[0],
        command[1:],
        encoding="utf-8",
        timeout=30,
        dimensions=(60, 200),
        env=environment,
    )
    session.expect("assword: ")
    session.sendline(PASSWORD)
    session.expect(PROMPT)
    return Person(session)


@pytest.fixture
def log_in(tofulab_spawn: Callable[..., Any]) -> LogIn:
    """Log in to a node of `tofulab_lab`."""
    return lambda node: Person(tofulab_spawn(node, dimensions=(60, 200)))


def free_ports(count: int) -> list[int]:
    """Ask the kernel for ports that nobody has."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


LAB = """
name = "split"
scale = {scale}

[[node]]
name = "prime-pri"
kind = "prime"
role = "primary"
address = "192.0.2.11"
version = "3.7"
ha_authkey = "Lab-Key-1"
key_type = "{key_type}"
listen = {{ 22 = "127.0.0.1:{0}", 443 = "127.0.0.1:{1}", 8082 = "127.0.0.1:{2}" }}
user = [{{ name = "admin", password = "Lab-Admin-1" }}]

[[node]]
name = "prime-sec"
kind = "prime"
role = "secondary"
address = "192.0.2.12"
version = "3.7"
ha_authkey = "Lab-Key-1"
key_type = "{key_type}"
listen = {{ 22 = "127.0.0.1:{3}", 443 = "127.0.0.1:{4}", 8082 = "127.0.0.1:{5}" }}
user = [{{ name = "admin", password = "Lab-Admin-1" }}]

[[node]]
name = "ISE-server"
kind = "ise"
role = "primary"
address = "192.0.2.21"
version = "3.1"
listen = {{ 22 = "127.0.0.1:{6}", 443 = "127.0.0.1:{7}" }}
user = [{{ name = "admin", password = "Lab-Admin-1" }}]
"""


class SplitLab:
    """A lab with a process for each node, as in several terminals."""

    def __init__(self, folder: Path, scale: str, key_type: str = "rsa-2048") -> None:
        self.folder = folder
        self.file = folder / "lab.toml"
        self.file.write_text(LAB.format(*free_ports(8), scale=scale, key_type=key_type))
        self.state = folder / "state"
        self.processes: dict[str, subprocess.Popen[str]] = {}
        self._people: list[Person] = []

    def command(self, *words: str) -> list[str]:
        """Make the command line of a tofulab command on this lab."""
        return [sys.executable, "-m", "tofulab", *words]

    @property
    def environment(self) -> dict[str, str]:
        """Where tofulab commands find this lab."""
        return os.environ | {"TOFULAB_DIR": str(self.state)}

    def start(self, node: str) -> None:
        """Start a node's process and wait until it is ready."""
        process = subprocess.Popen(
            self.command("node", node, "-f", str(self.file)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.environment,
        )
        self.processes[node] = process
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("ready"):
                return
        raise AssertionError("".join(said))

    def kill(self, node: str) -> None:
        """End a node's process as `kill -9` does."""
        process = self.processes.pop(node)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()

    def log_in(self, node: str) -> Person:
        """Log in to a node with `tofulab ssh`."""
        person = _log_in(self.command("ssh", node), self.environment)
        self._people.append(person)
        return person

    def tell(self, *words: str) -> str:
        """Run a tofulab command and return what it printed."""
        done = subprocess.run(
            self.command(*words),
            capture_output=True,
            text=True,
            check=False,
            env=self.environment,
        )
        assert 0 == done.returncode, done.stderr
        return done.stdout

    def ha_state(self, node: str) -> str | None:
        """Say a node's HA state, as `tofulab status --json` does."""
        rows = json.loads(self.tell("status", "--json"))["nodes"]
        state: str | None = next(row["ha_state"] for row in rows if row["name"] == node)
        return state

    def close(self) -> None:
        """End everything."""
        for person in self._people:
            person.session.close(force=True)
        for process in self.processes.values():
            process.send_signal(signal.SIGINT)
        for process in self.processes.values():
            process.communicate()


@pytest.fixture
def make_split_lab(tmp_path: Path) -> Iterator[Callable[..., SplitLab]]:
    """Make labs with a process for each node; the test starts the nodes."""
    labs: list[SplitLab] = []

    def make(scale: str = '"instant"', key_type: str = "rsa-2048") -> SplitLab:
        labs.append(SplitLab(tmp_path, scale, key_type))
        return labs[-1]

    yield make
    for lab in labs:
        lab.close()


def subject_on_wire(place: tuple[str, int]) -> str:
    """Ask `openssl s_client` for the subject that a port shows."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl program")
    connect = f"{place[0]}:{place[1]}"
    shown = subprocess.run(
        ["openssl", "s_client", "-connect", connect],
        input="",
        capture_output=True,
        text=True,
        check=False,
    )
    read = subprocess.run(
        ["openssl", "x509", "-noout", "-subject", "-nameopt", "compat"],
        input=shown.stdout,
        capture_output=True,
        text=True,
        check=True,
    )
    return re.sub(r"^subject=\s*", "", read.stdout.strip())
