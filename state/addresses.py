"""Where an address that people type is really reached, and which links are up.

A lab's nodes share one `Network`.  It knows places, not what is said there.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

LOOPBACK = "127.0.0.1"


class Unroutable(OSError):
    """There is no node at the address dialled."""


class LinkCut(OSError):
    """The link to the node dialled is cut: nothing comes through or back."""


@dataclass(frozen=True, slots=True)
class Place:
    """A host and port that can be listened on and dialled on this machine."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Cut:
    """A cut link: traffic from `source` to `target` is lost, on one port or on all."""

    source: str
    target: str
    port: int | None = None


@dataclass(slots=True)
class Network:
    """The address map and the links of a lab.

    `places` maps each (address, port) that a node serves to where it listens;
    nothing else is ever dialled.  `addresses` are those of the lab's nodes.
    """

    addresses: frozenset[str]
    places: dict[tuple[str, int], Place] = field(default_factory=dict)
    cuts: set[Cut] = field(default_factory=set)

    def place(self, address: str, port: int) -> Place:
        """Say where a port that a node serves listens."""
        return self.places[address, port]

    def route(self, source: str, address: str, port: int) -> Place:
        """Say where the node at `source` reaches `address` and `port`.

        Raises Unroutable for an address outside the lab, LinkCut where the way
        there or back is cut, ConnectionRefusedError for a port that no node serves.
        """
        target = source if address == LOOPBACK else address
        if target not in self.addresses:
            raise Unroutable(f"no route to host {address}")
        if target != source and self._is_cut(source, target, port):
            raise LinkCut(f"no answer from {address}")
        if (target, port) not in self.places:
            refused = errno.ECONNREFUSED
            raise ConnectionRefusedError(refused, os.strerror(refused))
        return self.place(target, port)

    def _is_cut(self, source: str, target: str, port: int) -> bool:
        return any(
            cut.source == source and cut.target == target and cut.port in (None, port)
            for cut in self.cuts
        )

    def cut(
        self, a: str, b: str, port: int | None = None, *, one_way: bool = False
    ) -> None:
        """Cut the link from address `a` to `b`, and the way back unless one-way."""
        self.cuts.add(Cut(a, b, port))
        if not one_way:
            self.cuts.add(Cut(b, a, port))

    def heal(self, a: str, b: str) -> None:
        """Take back all cuts between two addresses."""
        self.cuts -= {cut for cut in self.cuts if {cut.source, cut.target} == {a, b}}


@dataclass(frozen=True, slots=True)
class Records:
    """The lab's DNS: its server's address, and the address of each name."""

    server: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    def look_up(self, name: str, servers: Iterable[str]) -> str | None:
        """Find a name's address, where the lab's server is among those asked."""
        if self.server is None or self.server not in servers:
            return None
        wanted = name.rstrip(".").lower()
        return next(
            (addr for known, addr in self.names.items() if known.lower() == wanted),
            None,
        )
