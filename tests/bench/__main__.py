"""Speed and memory of a node beside a bare asyncssh server, in one run.

`make bench` prints a table of medians and their ratios.  Nothing is asserted: a
shared machine's figures are worth their ratios only.
"""

from __future__ import annotations

import asyncio
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh

PASSWORD = "Lab-Admin-1"
LOGINS = 40
COMMANDS = 400
SESSIONS = 100
PIPELINED = 20

LAB = """
scale = 300
[[node]]
name = "prime-pri"
kind = "prime"
role = "primary"
address = "192.0.2.11"
version = "3.5"
listen = {{ 22 = "127.0.0.1:{0}", 443 = "127.0.0.1:{1}", 8082 = "127.0.0.1:{2}" }}
user = [{{ name = "admin", password = "Lab-Admin-1" }}]
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """A server to be measured: how it is started, and where it listens."""

    name: str
    command: list[str]
    port: int


@contextmanager
def started(subject: Subject) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server; it is ended by its process id."""
    process = subprocess.Popen(
        subject.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def connect(subject: Subject) -> Awaitable[asyncssh.SSHClientConnection]:
    """Log in, with the same cryptography for every server."""
    return asyncssh.connect(
        "127.0.0.1",
        subject.port,
        username="admin",
        password=PASSWORD,
        preferred_auth="password",
        known_hosts=None,
        client_keys=None,
        config=None,
        kex_algs=["curve25519-sha256"],
        encryption_algs=["aes128-gcm@openssh.com"],
        server_host_key_algs=["ssh-ed25519"],
    )


Process = asyncssh.SSHClientProcess[str]


async def open_shell(connection: asyncssh.SSHClientConnection) -> Process:
    """Open a shell with a PTY, up to its prompt."""
    shell = await connection.create_process(term_type="vt100", term_size=(80, 24))
    await shell.stdout.readuntil("# ")
    return shell


async def run(shell: Process) -> None:
    """Type a command and read up to the next prompt."""
    shell.stdin.write("show clock\n")
    await shell.stdout.readuntil("# ")


async def first_login(subject: Subject, begun: float) -> float:
    """Try to log in until it works; seconds since `begun`."""
    while True:
        try:
            async with await connect(subject) as connection:
                await open_shell(connection)
                return time.perf_counter() - begun
        except OSError:
            await asyncio.sleep(0.005)


async def timed(times: int, work: Callable[[], Awaitable[object]]) -> list[float]:
    """Do something several times; seconds of each."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        await work()
        taken.append(time.perf_counter() - begun)
    return taken


def resident(process: subprocess.Popen[bytes]) -> int:
    """Read a process's resident memory in KiB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


async def measure(subject: Subject) -> dict[str, float]:
    """Measure one server from its start to its end."""
    begun = time.perf_counter()
    with started(subject) as process:
        first = await first_login(subject, begun)

        async def visit() -> None:
            async with await connect(subject) as connection:
                shell = await open_shell(connection)
                await run(shell)
                shell.stdin.write("exit\n")
                await shell.wait()

        logins = await timed(LOGINS, visit)
        async with await connect(subject) as connection:
            shell = await open_shell(connection)
            trips = await timed(COMMANDS, lambda: run(shell))
        kib = await idle_session(subject, process)
    return {
        "start to first login, ms": first * 1e3,
        "login, command, logout, ms": statistics.median(logins) * 1e3,
        "command round trip, ms": statistics.median(trips) * 1e3,
        "command round trip p99, ms": statistics.quantiles(trips, n=100)[98] * 1e3,
        "idle session, KiB": kib,
    }


async def idle_session(subject: Subject, process: subprocess.Popen[bytes]) -> float:
    """Memory that each of many idle connections with a session adds, in KiB."""
    before = resident(process)
    connections = [await connect(subject) for _ in range(SESSIONS)]
    shells = [await open_shell(connection) for connection in connections]
    grown = (resident(process) - before) / len(shells)
    for connection in connections:
        connection.abort()
    return grown


def free_ports(count: int) -> list[int]:
    """Ask the kernel for ports that nobody has."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def main() -> None:
    """Measure the floor, a node at its first boot, and one that boots again."""
    with tempfile.TemporaryDirectory() as folder:
        bare_port, *ports = free_ports(4)
        lab = Path(folder) / "lab.toml"
        lab.write_text(LAB.format(*ports))
        bare = str(Path(__file__).with_name("bare_server.py"))
        node = [sys.executable, "-m", "tofulab", "up", "-f", str(lab), "--dir", folder]
        results = [
            asyncio.run(measure(subject))
            for subject in (
                Subject("bare", [sys.executable, bare, str(bare_port)], bare_port),
                Subject("first boot", node, ports[0]),
                Subject("boot", node, ports[0]),
            )
        ]
    floor, *nodes = results
    print(f"{'':<28} {'bare':>9} {'first boot':>18} {'boot':>18}")
    for name, base in floor.items():
        cells = [f"{each[name]:>9.2f} ({each[name] / base:>5.2f} x)" for each in nodes]
        print(f"{name:<28} {base:>9.2f} {' '.join(cells)}")


if __name__ == "__main__":
    main()
