"""What an operator asks of a lab, whoever runs its nodes or nobody."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tofulab.tools.client import Message, OperationError
from tofulab.tools.control import ControlServer
from tofulab.tools.folder import LabFolder
from tofulab.tools.labfile import default_text
from tofulab.tools.operate import Operator, open_lab, stop_all

DEAF = """
import sys, socket
from pathlib import Path
from tofulab.tools.folder import LabFolder, Record
folder = LabFolder(Path(sys.argv[1]))
with folder.hold_process("ISE-server", ["ISE-server"]), socket.socket(1) as deaf:
    path = folder.new_socket_path("ISE-server")
    deaf.bind(str(path))
    deaf.listen()
    import os
    folder.add_record(
        Record(name="ISE-server", pid=os.getpid(), socket=path, nodes=("ISE-server",))
    )
    print("held", flush=True)
    while True:
        deaf.accept()[0].close()
"""


@pytest.fixture
def folder(tmp_path: Path) -> LabFolder:
    """A directory that holds the default lab."""
    folder = LabFolder(tmp_path / "lab")
    folder.prepare()
    folder.write(folder.lab_file, default_text())
    return folder


@pytest.fixture
def operator(folder: LabFolder) -> Operator:
    """The operator of that lab."""
    return open_lab(folder.path)


class Process:
    """Stands for a process that runs nodes: notes what it is asked."""

    def __init__(self, *nodes: str) -> None:
        self.nodes = nodes
        self.asked: list[Message] = []
        self.told_to_stop = asyncio.Event()

    async def operate(self, request: Message) -> Message:
        """Answer like the launcher."""
        self.asked.append(request)
        if request["do"] == "stop":
            self.told_to_stop.set()
        rows = [{"name": name, "power": "on", "uptime_s": 5} for name in self.nodes]
        return {"nodes": rows}

    @contextlib.asynccontextmanager
    async def run(self, folder: LabFolder) -> AsyncIterator[Process]:
        """Run in a lab directory."""
        name = self.nodes[0]
        with folder.hold_process(name, self.nodes):
            server = ControlServer(folder, name, self.nodes, self.operate)
            await server.start()
            try:
                yield self
            finally:
                await server.close()


def test_a_directory_without_a_lab(tmp_path: Path) -> None:
    """Where there is no lab, it is said how to get one."""
    with pytest.raises(OperationError, match="no lab is here; start one with"):
        open_lab(tmp_path)


def test_unknown_nodes(operator: Operator) -> None:
    """A wrong name is answered with the right one."""
    assert "ISE-server" == operator.find("ise-SERVER").seed.name
    with pytest.raises(OperationError, match='no node "prime-prj"; did you mean "prim'):
        operator.find("prime-prj")


def test_status_while_nothing_runs(operator: Operator) -> None:
    """A lab that is down is described from its file."""
    rows = operator.status()
    assert {
        "name": "prime-sec",
        "kind": "prime",
        "role": "secondary",
        "address": "192.0.2.12",
        "power": "off",
        "ha_state": None,
        "uptime_s": 0,
        "ssh": {"host": "127.0.0.1", "port": 2212},
        "https": {"host": "127.0.0.1", "port": 4412},
        "health_monitor": {"host": "127.0.0.1", "port": 8212},
    } == rows[1]
    assert "health_monitor" not in rows[2]


async def test_status_joins_what_the_processes_say(
    folder: LabFolder, operator: Operator
) -> None:
    """Nodes come in the order of the lab file, each from whoever runs it."""
    async with Process("ISE-server").run(folder), Process("prime-pri").run(folder):
        rows = await asyncio.to_thread(operator.status)
    assert [
        ("prime-pri", "on", 5),
        ("prime-sec", "off", 0),
        ("ISE-server", "on", 5),
    ] == [(row["name"], row["power"], row["uptime_s"]) for row in rows]


async def test_a_request_reaches_the_process_that_runs_the_node(
    folder: LabFolder, operator: Operator
) -> None:
    """Each node's process is asked, and no other."""
    pair = Process("prime-pri", "prime-sec")
    ise = Process("ISE-server")
    node = operator.find("prime-sec")
    async with pair.run(folder), ise.run(folder):
        await asyncio.to_thread(operator.request, node, "power", on=False)
    assert [{"do": "power", "node": "prime-sec", "on": False}] == pair.asked
    assert [] == ise.asked


def test_a_request_to_a_node_that_does_not_run(operator: Operator) -> None:
    """What only a running node can do is refused with the way out."""
    with pytest.raises(OperationError, match="prime-pri does not run; start it with"):
        operator.request(operator.find("prime-pri"), "rebuild")


async def test_reset_asks_those_who_run(folder: LabFolder, operator: Operator) -> None:
    """One node is reset by its process; all by every process, each for its own."""
    pair = Process("prime-pri", "prime-sec")
    ise = Process("ISE-server")
    names = ["prime-pri", "prime-sec", "ISE-server"]
    async with pair.run(folder), ise.run(folder):
        node = operator.find("prime-sec")
        assert ["prime-sec"] == await asyncio.to_thread(operator.reset, node)
        assert names == await asyncio.to_thread(operator.reset, None)
    assert [
        {"do": "reset", "node": "prime-sec"},
        {"do": "reset", "node": None},
    ] == pair.asked
    assert [{"do": "reset", "node": None}] == ise.asked


def test_stopping_what_does_not_run(folder: LabFolder, tmp_path: Path) -> None:
    """Nothing to end is no failure."""
    assert [] == stop_all(folder)
    assert [] == stop_all(LabFolder(tmp_path / "nowhere"))


async def test_stopping_waits_for_the_end(folder: LabFolder) -> None:
    """`down` returns when the nodes are free, not when they are told to end."""
    process = Process("prime-pri", "prime-sec")
    async with process.run(folder):
        stopping = asyncio.create_task(asyncio.to_thread(stop_all, folder))
        await process.told_to_stop.wait()
        assert not stopping.done()
    assert ["prime-pri", "prime-sec"] == await stopping


def test_a_process_that_does_not_answer(folder: LabFolder, operator: Operator) -> None:
    """A process that hangs is named, with the way to end it; killed, it is gone."""
    command = [sys.executable, "-c", DEAF, str(folder.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as deaf:
        assert deaf.stdout is not None
        assert b"held\n" == deaf.stdout.readline()
        with pytest.raises(OperationError, match=f"end it with: kill {deaf.pid}$"):
            operator.status()
        os.kill(deaf.pid, signal.SIGKILL)
        deaf.wait()
    assert {"off"} == {row["power"] for row in operator.status()}
