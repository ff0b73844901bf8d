"""What an operator does to a lab from outside, through the processes that run it.

Works the same with one process for the whole lab, one for each node, or none.
Knows nothing of how a node does what it is asked.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from .client import Message, NoAnswer, OperationError, ask, is_served
from .folder import Busy, LabFolder, Record
from .lab import HEALTH_MONITOR, HTTPS, SERVICES, SSH, Lab, LabNode
from .labfile import read_lab
from .tables import suggest

_END_PATIENCE = 30.0
_POLL_INTERVAL = 0.02


class Operator:
    """Operates the lab of one directory."""

    def __init__(self, folder: LabFolder, lab: Lab) -> None:
        self.folder = folder
        self.lab = lab

    def find(self, name: str) -> LabNode:
        """Find a node; raises `OperationError` with the name probably meant."""
        try:
            return self.lab.node(name)
        except LookupError:
            known = [node.seed.name for node in self.lab.nodes]
            hint = suggest(name, known)
            raise OperationError(f'there is no node "{name}"; {hint}') from None

    def status(self) -> list[Message]:
        """Describe every node, those of running processes in their own words."""
        told: dict[str, Message] = {}
        for record in running(self.folder):
            answer = _ask(record, {"do": "status"})
            told |= {row["name"]: row for row in answer["nodes"]}
        return [
            told.get(node.seed.name) or _describe_idle(node) for node in self.lab.nodes
        ]

    def status_of(self, node: LabNode) -> Message:
        """Describe one node."""
        name = node.seed.name
        return next(row for row in self.status() if row["name"] == name)

    def request(self, node: LabNode, do: str, **details: object) -> Message:
        """Ask the process that runs `node`; `OperationError` when none does."""
        name = node.seed.name
        for record in running(self.folder):
            if name in record.nodes:
                return _ask(record, {"do": do, "node": name, **details})
        raise OperationError(f"{name} does not run; start it with: tofulab up")

    def reset(self, node: LabNode | None) -> list[str]:
        """Take one node, or all, back to the first boot; returns their names."""
        nodes = [node] if node else list(self.lab.nodes)
        names = [each.seed.name for each in nodes]
        idle = list(names)
        for record in running(self.folder):
            ours = [name for name in names if name in record.nodes]
            if ours:
                _ask(record, {"do": "reset", "node": ours[0] if node else None})
            idle = [name for name in idle if name not in ours]
        for name in idle:
            self._reset_idle(name)
        return names

    def sign(self, node: str, file: str) -> tuple[str, str]:
        """Have the lab's CA sign a request in a node's repository.

        Returns the names of the certificate and of the chain put beside it;
        raises `OperationError` when the file is not there or no request.
        """
        from .authority import sign_request

        try:
            return sign_request(self.folder.path, node, file)
        except (OSError, ValueError, LookupError) as error:
            raise OperationError(f"{node}: {file}: {_reason(error)}") from None

    def _reset_idle(self, name: str) -> None:
        from .launcher import reset_folder

        self.folder.prepare()
        try:
            with self.folder.hold_node(name):
                reset_folder(self.folder.path, name)
        except Busy:
            raise OperationError(
                f"{name} is starting or ending; try again in a moment"
            ) from None


def open_lab(directory: Path) -> Operator:
    """Open the lab of a directory; `OperationError` when it holds none."""
    folder = LabFolder(directory)
    if not folder.lab_file.is_file():
        raise OperationError(
            f"{directory}: no lab is here; start one with: tofulab up,"
            " or name its directory with --dir"
        )
    return Operator(folder, read_lab(folder.lab_file))


def running(folder: LabFolder) -> Iterator[Record]:
    """Yield the processes of a lab that run now; what kill -9 left is passed over."""
    return (record for record in folder.records() if is_served(record.socket))


def stop_all(folder: LabFolder) -> list[str]:
    """End all processes of a lab and wait for it; returns the nodes that ran.

    Raises `OperationError` when one does not end.
    """
    records = list(running(folder))
    for record in records:
        _ask(record, {"do": "stop"})
    for record in records:
        _wait_for_end(folder, record)
    return [node for record in records for node in record.nodes]


def _wait_for_end(folder: LabFolder, record: Record) -> None:
    deadline = time.monotonic() + _END_PATIENCE
    while any(folder.is_running(node) for node in record.nodes):
        if time.monotonic() > deadline:
            raise OperationError(
                f"process {record.pid} does not end; end it with: kill -9 {record.pid}"
            )
        time.sleep(_POLL_INTERVAL)


def _ask(record: Record, request: Message) -> Message:
    try:
        return ask(record.socket, request)
    except NoAnswer as error:
        raise OperationError(
            f"process {record.pid} of the lab gives no answer ({error});"
            f" end it with: kill {record.pid}"
        ) from None


def _reason(error: Exception) -> str:
    """Say in words why a file could not be used."""
    if isinstance(error, OSError):
        return str(error.strerror or error)
    return str(error)


def _describe_idle(node: LabNode) -> Message:
    seed = node.seed
    row: Message = {
        "name": seed.name,
        "kind": seed.kind.value,
        "role": seed.role.value,
        "address": seed.address,
        "power": "off",
        "ha_state": None,
        "uptime_s": 0,
        "ssh": _describe_place(node, SSH),
        "https": _describe_place(node, HTTPS),
    }
    if HEALTH_MONITOR in SERVICES[seed.kind]:
        row["health_monitor"] = _describe_place(node, HEALTH_MONITOR)
    return row


def _describe_place(node: LabNode, service: int) -> Message:
    host, port = node.place(service)
    return {"host": host, "port": port}
