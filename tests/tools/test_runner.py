"""A lab in the foreground: it says where to log in, runs, and ends when told to."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tofulab.tools.folder import LabFolder
from tofulab.tools.labfile import Lab, read_lab

Tofulab = Callable[..., subprocess.CompletedProcess[str]]
Process = subprocess.Popen[str]
Start = Callable[..., Process]


def read_until_ready(process: Process) -> list[str]:
    """Read what a lab says until people can log in."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if line.startswith("ready"):
            return lines
    stderr = process.stderr.read() if process.stderr else ""
    raise AssertionError(f"not ready: {lines} {stderr}")


def greet(lab: Lab, name: str) -> bytes:
    """Connect to a node's SSH port and read what the server says first."""
    with socket.create_connection(lab.node(name).place(22), timeout=5) as connection:
        return connection.recv(4)


def powers(tofulab: Tofulab) -> list[str]:
    """Say which nodes are on, in the order of the lab file."""
    rows = json.loads(tofulab("status", "--json").stdout)["nodes"]
    return [row["power"] for row in rows]


@contextlib.contextmanager
def occupied(place: tuple[str, int]) -> Iterator[None]:
    """Have somebody else listen at a place."""
    with socket.socket() as other:
        other.bind(place)
        other.listen()
        yield


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_lab_runs_until_a_signal(
    start: Start, lab_file: Path, home: Path, number: signal.Signals
) -> None:
    """`up` tells where to log in and ends cleanly on Ctrl-C or SIGTERM."""
    lab = read_lab(lab_file)
    process = start("up", "-f", "lab.toml")
    lines = read_until_ready(process)
    assert 'Lab "default", without waiting' in lines[0]
    port = lab.node("prime-sec").place(22)[1]
    assert any(f"ssh -p {port} admin@127.0.0.1" in line for line in lines)
    assert ["user admin, password Lab-Admin-1", "HA authentication key Lab-Key-1"] == (
        lines[-3:-1]
    )
    assert [b"SSH-"] * 3 == [greet(lab, node.seed.name) for node in lab.nodes]
    process.send_signal(number)
    assert ("", "") == process.communicate(timeout=15)
    assert 0 == process.returncode
    assert [] == LabFolder(home / ".tofulab").records()


def test_down_ends_a_lab(
    start: Start, tofulab: Tofulab, lab_file: Path, home: Path
) -> None:
    """`down` from another terminal returns when the lab is gone."""
    process = start("up", "-f", lab_file)
    read_until_ready(process)
    assert ["on", "on", "on"] == powers(tofulab)
    assert "ended: prime-pri, prime-sec, ISE-server\n" == tofulab("down").stdout
    assert 0 == process.wait(timeout=5)
    assert ["off", "off", "off"] == powers(tofulab)


def test_a_lab_runs_once(
    start: Start, tofulab: Tofulab, lab_file: Path, home: Path
) -> None:
    """Who brings a lab or one of its nodes up again is told that it runs."""
    read_until_ready(start("up", "-f", lab_file))
    where = f"runs already in {home}/.tofulab; end it with: tofulab down --dir {home}"
    for words, what in ((["up"], "the lab"), (["node", "ise-server"], "ISE-server")):
        result = tofulab(*words)
        assert (1, "", f"tofulab: {what} {where}/.tofulab\n") == (
            result.returncode,
            result.stdout,
            result.stderr,
        )


def test_a_port_in_use(tofulab: Tofulab, lab_file: Path) -> None:
    """The node, the port and the way out stand on one line."""
    place = read_lab(lab_file).node("prime-sec").place(8082)
    with occupied(place):
        for detach in ([], ["-d"]):
            result = tofulab("up", "-f", "lab.toml", *detach)
            (line,) = result.stderr.splitlines()
            assert 1 == result.returncode
            assert f"tofulab: prime-sec: 127.0.0.1 port {place[1]} (" in line
            assert line.endswith("lab.toml, or end the other lab")


def test_a_directory_is_for_one_lab(
    start: Start, tofulab: Tofulab, lab_file: Path, home: Path
) -> None:
    """While a node runs, no other lab's file replaces the one it came from."""
    text = lab_file.read_text(encoding="utf-8")
    other = home / "other.toml"
    other.write_text(text.replace('"default"', '"other"'), encoding="utf-8")
    read_until_ready(start("node", "prime-pri", "-f", lab_file))
    result = tofulab("node", "prime-sec", "-f", other)
    assert 1 == result.returncode
    assert "runs another lab in" in result.stderr
    assert text == (home / ".tofulab/lab.toml").read_text(encoding="utf-8")


def test_each_node_in_its_own_process(
    start: Start, tofulab: Tofulab, lab_file: Path
) -> None:
    """Processes of single nodes make one lab: one status, one end."""
    pri = start("node", "prime-pri", "-f", lab_file)
    lines = read_until_ready(pri)
    assert 1 == sum("ssh -p" in line for line in lines)
    assert ["on", "off", "off"] == powers(tofulab)
    ise = start("node", "ISE-server")
    read_until_ready(ise)
    assert ["on", "off", "on"] == powers(tofulab)
    pri.send_signal(signal.SIGINT)
    assert 0 == pri.wait(timeout=15)
    assert ["off", "off", "on"] == powers(tofulab)
    assert "ended: ISE-server\n" == tofulab("down").stdout
    assert 0 == ise.wait(timeout=5)


def test_a_killed_lab_comes_back(
    start: Start, tofulab: Tofulab, lab_file: Path
) -> None:
    """After kill -9 nothing is left that stands in the next lab's way."""
    process = start("up", "-f", lab_file)
    read_until_ready(process)
    process.kill()
    process.wait()
    assert ["off", "off", "off"] == powers(tofulab)
    assert "nothing runs here\n" == tofulab("down").stdout
    read_until_ready(start("up"))
    assert ["on", "on", "on"] == powers(tofulab)


def test_the_lab_file_given_stays_with_the_lab(
    start: Start, tofulab: Tofulab, lab_file: Path, home: Path
) -> None:
    """Later commands need no -f, not even when the file given is gone."""
    process = start("up", "-f", lab_file)
    read_until_ready(process)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=15)
    text = lab_file.read_text(encoding="utf-8")
    lab_file.unlink()
    read_until_ready(start("up"))
    assert text == (home / ".tofulab/lab.toml").read_text(encoding="utf-8")
    assert ["on", "on", "on"] == powers(tofulab)
