"""What must hold between the parts of a lab: unique names and places, safe secrets.

Knows nothing of TOML; it is given a lab whose single values are already right.
Values that were not are empty, and are passed over.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..state.seed import UserRole
from .lab import SERVICES, Lab, LabNode
from .tables import MistakeList, suggest

WELL_KNOWN_USER = "admin"
WELL_KNOWN_PASSWORD = "Lab-Admin-1"
WELL_KNOWN_AUTHKEY = "Lab-Key-1"
_WELL_KNOWN = frozenset({WELL_KNOWN_PASSWORD, WELL_KNOWN_AUTHKEY})

_RESERVED = frozenset({"ca", "run"})
"""Folders of a lab directory that are not a node's."""


class _Claim(NamedTuple):
    """One place a node listens at, and the key that says so."""

    key: str
    host: str
    port: int
    mapped: bool


def check_lab(lab: Lab, notes: MistakeList, *, own_ports: bool = False) -> None:
    """Note what does not fit together in a lab.

    With `own_ports` its nodes will listen on loopback, wherever the file says.
    """
    _check_names(lab, notes)
    _check_addresses(lab, notes)
    _check_places(lab, notes)
    _check_links(lab, notes)
    for number, node in enumerate(lab.nodes, start=1):
        _check_node(node, f"node[{number}]", notes)
    if not own_ports:
        _check_exposure(lab, notes)


def is_well_known(secret: str | None) -> bool:
    """Tell whether everybody who reads the documentation knows this secret."""
    return secret in _WELL_KNOWN


def _check_names(lab: Lab, notes: MistakeList) -> None:
    names = [node.seed.name.lower() for node in lab.nodes]
    for key, name, first in _repeated(names, "name"):
        notes.note(key, f'"{name}" is the name of {first} too', "name each node once")
    for number, name in enumerate(names, start=1):
        if name in _RESERVED:
            reason = f'"{name}" is taken by a folder of the lab'
            notes.note(f"node[{number}].name", reason, "choose another name")


def _check_addresses(lab: Lab, notes: MistakeList) -> None:
    addresses = [node.seed.address for node in lab.nodes]
    for key, address, first in _repeated(addresses, "address"):
        reason = f'"{address}" is the address of {first} too'
        notes.note(key, reason, "give each node its own")


def _repeated(values: Iterable[str], key: str) -> Iterator[tuple[str, str, str]]:
    """Yield key path, value and first holder of each value seen before."""
    seen: dict[str, str] = {}
    for number, value in enumerate(values, start=1):
        if value and value in seen:
            yield f"node[{number}].{key}", value, seen[value]
        seen.setdefault(value, f"node[{number}]")


def _check_places(lab: Lab, notes: MistakeList) -> None:
    claims: list[_Claim] = []
    for claim in _claims(lab):
        rival = next((other for other in claims if _collide(claim, other)), None)
        if rival is not None:
            reason = f"{claim.host} port {claim.port} is taken by {rival.key}"
            notes.note(claim.key, reason, "choose another port")
        claims.append(claim)


def _claims(lab: Lab) -> Iterator[_Claim]:
    for number, node in enumerate(lab.nodes, start=1):
        if node.seed.address:
            for port in SERVICES[node.seed.kind]:
                key = f"node[{number}].listen.{port}"
                claim = _Claim(key, *node.place(port), port in node.listen)
                if claim.host:
                    yield claim


def _collide(one: _Claim, other: _Claim) -> bool:
    # Two that are not mapped share an address, which is said already.
    if one.port != other.port or not (one.mapped or other.mapped):
        return False
    return one.host == other.host or "0.0.0.0" in (one.host, other.host)


def _check_links(lab: Lab, notes: MistakeList) -> None:
    names = [node.seed.name for node in lab.nodes if node.seed.name]
    for number, link in enumerate(lab.links, start=1):
        key = f"link[{number}].between"
        for end in link.nodes:
            if end and end not in names:
                notes.note(key, f'there is no node "{end}"', suggest(end, names))
        if link.nodes[0] and link.nodes[0] == link.nodes[1]:
            notes.note(key, "joins a node to itself", "name two different nodes")


def _check_node(node: LabNode, key: str, notes: MistakeList) -> None:
    seed = node.seed
    if not any(user.role is UserRole.ADMIN for user in seed.users):
        reason = "the node has no user of role admin"
        notes.note(f"{key}.user", reason, "write a [[node.user]] table")
    seen: set[str] = set()
    for number, user in enumerate(seed.users, start=1):
        if user.name and user.name in seen:
            reason = f'"{user.name}" stands here twice'
            notes.note(f"{key}.user[{number}].name", reason, "name each user once")
        seen.add(user.name)


def _check_exposure(lab: Lab, notes: MistakeList) -> None:
    """Refuse secrets that everybody knows where anybody can connect."""
    exposed = next((claim for claim in _claims(lab) if not _is_loopback(claim)), None)
    if exposed is None:
        return
    reason = (
        f"is a well-known secret, and {exposed.key} puts the lab"
        f" on {exposed.host} port {exposed.port}"
    )
    for key in _well_known_keys(lab):
        notes.note(key, reason, "choose your own, or listen on 127.0.0.1 only")


def _is_loopback(claim: _Claim) -> bool:
    return ipaddress.ip_address(claim.host).is_loopback


def _well_known_keys(lab: Lab) -> Iterator[str]:
    for number, node in enumerate(lab.nodes, start=1):
        if is_well_known(node.seed.ha_authkey):
            yield f"node[{number}].ha_authkey"
        for index, user in enumerate(node.seed.users, start=1):
            if is_well_known(user.password):
                yield f"node[{number}].user[{index}].password"
