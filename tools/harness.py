"""A lab in a thread, for test suites: up in a blink, on ports of its own.

Knows nothing of pytest.
"""

from __future__ import annotations

import asyncio
import math
import shutil
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from ..state import birth
from .client import Message, OperationError
from .folder import LabFolder
from .lab import SERVICES, Lab
from .labfile import default_text, parse_lab, read_text
from .launcher import RunningLab
from .login import login_name, note_host_keys, ssh_command

_LOOPBACK = "127.0.0.1"
_START_PATIENCE = 60.0

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeView:
    """Where a node of a running lab is found; places are (host, port).

    `user` and `password` are of its first administrator; `health_monitor` is
    None on ISE nodes.
    """

    name: str
    address: str
    user: str
    password: str | None
    ssh: tuple[str, int]
    https: tuple[str, int]
    health_monitor: tuple[str, int] | None


def _on_own_ports(lab: Lab, scale: float) -> Lab:
    """Let the kernel choose every port, so that labs run beside each other."""
    nodes = tuple(
        replace(node, listen=dict.fromkeys(SERVICES[node.seed.kind], (_LOOPBACK, 0)))
        for node in lab.nodes
    )
    return replace(lab, nodes=nodes, scale=scale)


class LabThread:
    """A lab running in a thread of its own; a context manager.

    `directory` keeps its state; `file` is a lab file, by default the embedded
    lab; `scale` is how many times faster than the appliance waits pass.  Labs of
    one file that share `first_boots`, a folder, are born once: the first makes
    the keys, the others begin with copies.  Methods may be called from any
    thread but the lab's own.
    """

    def __init__(
        self,
        directory: Path,
        file: Path | None = None,
        *,
        scale: float = math.inf,
        first_boots: Path | None = None,
    ) -> None:
        """Prepare a lab; raises LabFileError for a file with mistakes."""
        text = read_text(file) if file is not None else default_text()
        lab = parse_lab(text, str(file or "default.toml"), own_ports=True)
        self.lab = _on_own_ports(lab, scale)
        self.folder = LabFolder(directory)
        self._first_boots = first_boots
        self.directory = self.folder.path
        self._running = RunningLab(self.lab, self.directory)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="tofulab", daemon=True)

    def __enter__(self) -> LabThread:
        """Bring the lab up."""
        self.folder.prepare()
        self._copy_first_boots()
        self._thread.start()
        try:
            self._call(self._running.start())
        except BaseException:  # Ctrl-C too: the thread must not outlive it
            self._end()
            raise
        self._keep_first_boots()
        return self

    def _copy_first_boots(self) -> None:
        if self._first_boots is not None and self._first_boots.exists():
            shutil.copytree(self._first_boots, self.directory, dirs_exist_ok=True)
            for node in self.lab.nodes:
                birth.reset(self.directory / node.seed.name)

    def _keep_first_boots(self) -> None:
        if self._first_boots is None or self._first_boots.exists():
            return
        for node in self.lab.nodes:
            folder = self._first_boots / node.seed.name
            folder.mkdir(parents=True)
            shutil.copy(self.directory / node.seed.name / birth.FIRST_BOOT, folder)

    def __exit__(self, *_: object) -> None:
        """Bring the lab down; its directory stays."""
        try:
            self._call(self._running.stop())
        finally:
            self._end()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _end(self) -> None:
        self._call(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, _Value]) -> _Value:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(_START_PATIENCE)

    def operate(self, do: str, **details: object) -> Message:
        """Ask what an operator can ask, such as `power`; raises OperationError."""
        return self._call(self._running.operate({"do": do, **details}))

    def status(self) -> list[Message]:
        """Describe every node, as `tofulab status --json` does."""
        rows: list[Message] = self.operate("status")["nodes"]
        return rows

    def ha_state(self, node: str) -> str | None:
        """Say a node's HA state."""
        state: str | None = self._row(node)["ha_state"]
        return state

    def power(self, node: str, on: bool) -> None:
        """Switch a node's power."""
        self.operate("power", node=node, on=on)

    def renew_certificate(self, node: str) -> None:
        """Put a new self-signed certificate into use on a node."""
        self.operate("renew-cert", node=node)

    def rebuild(self, node: str) -> None:
        """Redeploy a node: same address, everything else new."""
        self.operate("rebuild", node=node)

    def reset(self, node: str | None = None) -> None:
        """Bring a node, or all, back to the first boot."""
        self.operate("reset", node=node)

    def sign(self, node: str, file: str) -> tuple[str, str]:
        """Sign a request in a node's repository; names certificate and chain."""
        from .authority import sign_request

        return sign_request(self.directory, node, file)

    def cut(
        self, a: str, b: str, port: int | None = None, *, one_way: bool = False
    ) -> None:
        """Cut the link between two nodes, or one direction or real port of it."""
        source, target = self._address(a), self._address(b)
        self._running.network.cut(source, target, port, one_way=one_way)

    def heal(self, a: str, b: str) -> None:
        """Take all cuts between two nodes back."""
        self._running.network.heal(self._address(a), self._address(b))

    def _address(self, node: str) -> str:
        return self.lab.node(node).seed.address

    def node(self, name: str) -> NodeView:
        """Say where a node is found; raises LookupError for an unknown name."""
        lab_node = self.lab.node(name)
        row = self._row(lab_node.seed.name)
        user = login_name(lab_node)
        seeds = {seed.name: seed for seed in lab_node.seed.users}
        monitor = row.get("health_monitor")
        return NodeView(
            name=row["name"],
            address=row["address"],
            user=user,
            password=seeds[user].password,
            ssh=_place(row["ssh"]),
            https=_place(row["https"]),
            health_monitor=None if monitor is None else _place(monitor),
        )

    def ssh_command(self, node: str, *words: str, user: str | None = None) -> list[str]:
        """Make the OpenSSH command line that opens a session on a node."""
        row = self._row(node)
        note_host_keys(self.folder, [row])
        name = user or login_name(self.lab.node(node))
        return ssh_command(self.folder, row, name, words)

    def _row(self, node: str) -> Message:
        for row in self.status():
            if row["name"] == node:
                return row
        raise OperationError(f'there is no node "{node}"')


def _place(row: Message) -> tuple[str, int]:
    return str(row["host"]), int(row["port"])
