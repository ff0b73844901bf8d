"""What a lab is: its nodes, where they listen, the links between them, its names.

Values alone: knows nothing of the lab file's syntax, of sockets or of running nodes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ..state.seed import Kind, NodeSeed

SSH = 22
HTTPS = 443
HEALTH_MONITOR = 8082

SERVICES: Mapping[Kind, tuple[int, ...]] = {
    Kind.PRIME: (SSH, HTTPS, HEALTH_MONITOR),
    Kind.ISE: (SSH, HTTPS),
}
"""The real ports that each kind of node serves."""

DEFAULT_SCALE = 300.0
"""A registration takes the appliance 25 minutes and the default lab 5 seconds."""


class LinkState(StrEnum):
    """Whether connections pass a link."""

    UP = "up"
    CUT = "cut"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What joins two nodes, as it is when the lab comes up.

    `port` is the real port that is concerned, None means all of them.  With
    `one_way` only connections that the first node opens to the second are.
    """

    nodes: tuple[str, str]
    state: LinkState = LinkState.UP
    port: int | None = None
    one_way: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dns:
    """The lab's name server: the address nodes know it by, and what it answers.

    Without `server` the lab has none; `records` maps a lower-case name to an address.
    """

    server: str | None = None
    records: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabNode:
    """A node and where it really listens.

    `listen` maps a real port (22, 443, 8082) to a listening host and port.
    """

    seed: NodeSeed
    listen: Mapping[int, tuple[str, int]] = field(default_factory=dict)

    def place(self, port: int) -> tuple[str, int]:
        """Say where the real `port` listens: as mapped, or at the real address."""
        return self.listen.get(port, (self.seed.address, port))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """Nodes that share a lab file.

    `scale` says how many times faster than the appliance the lab's waits pass:
    1.0 is real time, `math.inf` does not wait at all.  `hosts` are the
    (address, name) entries of every node's `/etc/hosts`; every `seed.hosts`
    begins with them already.
    """

    name: str
    nodes: tuple[LabNode, ...]
    scale: float = DEFAULT_SCALE
    links: tuple[Link, ...] = ()
    dns: Dns = Dns()
    hosts: tuple[tuple[str, str], ...] = ()

    def node(self, name: str) -> LabNode:
        """Find a node by name, in any case; `LookupError` when there is none."""
        for node in self.nodes:
            if node.seed.name.lower() == name.lower():
                return node
        raise LookupError(name)
