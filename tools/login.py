"""How OpenSSH is told about a lab: host keys, the command line, a configuration.

Knows nodes by what status answers say of them; speaks no SSH itself.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

from .client import Message, OperationError
from .folder import LabFolder
from .lab import SSH, Lab, LabNode
from .operate import Operator


def login_name(node: LabNode) -> str:
    """Say as whom people log in: the first user, administrators before others."""
    users = sorted(node.seed.users, key=lambda user: user.role.value != "admin")
    return users[0].name


def dial_address(host: str) -> str:
    """Say where a listening address is dialled: a wildcard is on loopback too."""
    address = ipaddress.ip_address(host)
    if not address.is_unspecified:
        return host
    return "127.0.0.1" if address.version == 4 else "::1"


def note_host_keys(folder: LabFolder, rows: Iterable[Message]) -> None:
    """Take the host keys of status answers over into the lab's known_hosts.

    The lines of nodes that say nothing of their keys stay.
    """
    fresh = {row["name"]: _known_lines(row) for row in rows if row.get("host_keys")}
    with folder.hold_file(folder.known_hosts):
        old = _read_lines(folder.known_hosts)
        kept = [line for line in old if line.partition(",")[0] not in fresh]
        new = [line for lines in fresh.values() for line in lines]
        if sorted(kept + new) != sorted(old):
            folder.write(folder.known_hosts, "".join(f"{x}\n" for x in kept + new))


def open_session(
    operator: Operator, node: LabNode, user: str | None, words: Sequence[str]
) -> NoReturn:
    """Become OpenSSH, logged in to a node as `user` or its first administrator.

    Raises `OperationError` for a node that is not there, or without OpenSSH.
    """
    row = operator.status_of(node)
    if "host_keys" in row:
        note_host_keys(operator.folder, [row])
    _check_reachable(row)
    command = ssh_command(operator.folder, row, user or login_name(node), words)
    try:
        os.execvp(command[0], command)
    except FileNotFoundError:
        raise OperationError(
            "there is no ssh program; install OpenSSH's client (openssh-client)"
        ) from None


def _check_reachable(row: Message) -> None:
    if row["power"] == "on":
        return
    name, host = row["name"], dial_address(row["ssh"]["host"])
    if "host_keys" in row:
        raise OperationError(
            f"{name} is powered off; switch it on with: tofulab power {name} on"
        )
    # Elsewhere than on loopback it may run on another machine.
    if ipaddress.ip_address(host).is_loopback:
        raise OperationError(f"{name} does not run; start it with: tofulab up")


def ssh_command(
    folder: LabFolder, row: Message, user: str, words: Sequence[str]
) -> list[str]:
    """Make the OpenSSH command line that opens a session on a node."""
    options = [f"-o{key}={value}" for key, value in _options(folder, row)]
    place = row["ssh"]
    target = ["-p", str(place["port"]), "-l", user, dial_address(place["host"])]
    return ["ssh", *options, *target, *words]


def write_config(folder: LabFolder, lab: Lab, rows: Iterable[Message]) -> str:
    """Write a Host entry for each node, for `ssh -F` or an Include line."""
    return "\n".join(_host_entry(folder, lab.node(row["name"]), row) for row in rows)


def _host_entry(folder: LabFolder, node: LabNode, row: Message) -> str:
    place = row["ssh"]
    lines = [
        ("HostName", dial_address(place["host"])),
        ("Port", str(place["port"])),
        ("User", login_name(node)),
        *_options(folder, row),
    ]
    body = "".join(f"    {key} {value}\n" for key, value in lines)
    return f"Host {node.seed.name}\n{body}"


def _options(folder: LabFolder, row: Message) -> list[tuple[str, str]]:
    """Name the options under which a session of ours asks no question."""
    # The keys of a node that runs on another machine are not known here.
    strict = "yes" if row["name"] in _known_names(folder) else "accept-new"
    return [
        ("UserKnownHostsFile", _quote(folder.known_hosts)),
        ("GlobalKnownHostsFile", "/dev/null"),
        ("StrictHostKeyChecking", strict),
        # A rebuilt node has another key at the same place; the file says which.
        ("UpdateHostKeys", "no"),
    ]


def _quote(path: Path) -> str:
    """Quote a path for OpenSSH, to which a percent sign means a token."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _known_names(folder: LabFolder) -> set[str]:
    return {line.partition(",")[0] for line in _read_lines(folder.known_hosts)}


def _known_lines(row: Message) -> list[str]:
    host, port = dial_address(row["ssh"]["host"]), row["ssh"]["port"]
    place = host if port == SSH else f"[{host}]:{port}"
    return [f"{row['name']},{place} {_strip(key)}" for key in row["host_keys"]]


def _strip(public_key: str) -> str:
    """Drop a public key's comment."""
    return " ".join(public_key.split()[:2])


def _read_lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
