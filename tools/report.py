"""What the `tofulab` command prints about a lab: where to log in, and the status.

Pure functions from values to text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from .client import Message
from .lab import HEALTH_MONITOR, HTTPS, SERVICES, SSH, Lab, LabNode
from .lab_checks import WELL_KNOWN_AUTHKEY, WELL_KNOWN_PASSWORD
from .login import dial_address, login_name

_COLUMNS = (
    ("NODE", "name"),
    ("KIND", "kind"),
    ("ROLE", "role"),
    ("ADDRESS", "address"),
    ("POWER", "power"),
    ("HA STATE", "ha_state"),
    ("UPTIME", "uptime_s"),
    ("SSH", "ssh"),
    ("HTTPS", "https"),
    ("HEALTH MONITOR", "health_monitor"),
)


def announce(lab: Lab, nodes: Sequence[LabNode], folder: Path, file: str) -> str:
    """Say where to log in and how; `file` is the lab file as the user named it."""
    head = f'Lab "{lab.name}", {_pace(lab.scale)}; its state is in {folder}'
    rows = [_way_in(node) for node in nodes]
    return "\n".join([head, "", *_align(rows, "  "), "", *_secrets(lab, file)])


def status_table(rows: Iterable[Message]) -> str:
    """Lay out status answers as a table."""
    titles = [title for title, _ in _COLUMNS]
    body = [[_cell(row, key) for _, key in _COLUMNS] for row in rows]
    return "\n".join(_align([titles, *body], ""))


def status_json(rows: Iterable[Message]) -> str:
    """Write status answers as JSON for programs, without the host keys."""
    shown = [
        {key: value for key, value in row.items() if key != "host_keys"} for row in rows
    ]
    return json.dumps({"nodes": shown}, indent=2)


def _pace(scale: float) -> str:
    if math.isinf(scale):
        return "without waiting"
    if scale == 1:
        return "as fast as the appliance"
    return f"{scale:g} times as fast as the appliance"


def _way_in(node: LabNode) -> list[str]:
    host, port = node.place(SSH)
    pages = [
        f"https://{_join(*node.place(service))}/"
        for service in (HTTPS, HEALTH_MONITOR)
        if service in SERVICES[node.seed.kind]
    ]
    login = f"ssh -p {port} {login_name(node)}@{dial_address(host)}"
    return [node.seed.name, node.seed.role.value, node.seed.address, login, *pages]


def _secrets(lab: Lab, file: str) -> list[str]:
    """Name secrets that everybody knows, and for others the file they stand in."""
    lines = []
    users = [user for node in lab.nodes for user in node.seed.users]
    if all(user.password == WELL_KNOWN_PASSWORD for user in users):
        names = ", ".join(sorted({user.name for user in users}))
        lines.append(f"user {names}, password {WELL_KNOWN_PASSWORD}")
    else:
        lines.append(f"users and passwords: as in {file}")
    keys = {node.seed.ha_authkey for node in lab.nodes} - {None}
    if keys == {WELL_KNOWN_AUTHKEY}:
        lines.append(f"HA authentication key {WELL_KNOWN_AUTHKEY}")
    elif keys:
        lines.append(f"HA authentication key: as in {file}")
    return lines


def _cell(row: Message, key: str) -> str:
    value = row.get(key)
    if value is None:
        return "-"
    if key == "uptime_s":
        return str(timedelta(seconds=int(value)))
    if isinstance(value, dict):
        return _join(value["host"], value["port"])
    return str(value)


def _join(host: str, port: int) -> str:
    address = dial_address(host)
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _align(rows: Sequence[Sequence[str]], indent: str) -> list[str]:
    count = max((len(row) for row in rows), default=0)
    full = [[*row, *[""] * (count - len(row))] for row in rows]
    widths = [max(map(len, column)) for column in zip(*full, strict=True)]
    return [(indent + "  ".join(map(str.ljust, row, widths))).rstrip() for row in full]
