"""Nodes for tests: started in this process, over real TLS, on ports of the kernel's."""

from __future__ import annotations

import math
import secrets
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.polling import until
from tofulab.state.addresses import Network, Place, Records
from tofulab.state.clock import Clock
from tofulab.state.ise import IseServer
from tofulab.state.logs import LogName
from tofulab.state.node import Node, Surroundings
from tofulab.state.preconditions import RegistrationRequest
from tofulab.state.seed import KeyType, Kind, NodeSeed, Role, UserRole, UserSeed
from tofulab.web.serving import listeners_for

PRIMARY, SECONDARY, ISE = "192.0.2.11", "192.0.2.12", "192.0.2.21"
STANDBY, ANOTHER, DEAF = "192.0.2.22", "192.0.2.23", "192.0.2.99"
PASSWORD, AUTHKEY = "Lab-Admin-1", "Lab-Key-1"
PORTS = (443, 8082)

_PRIME = (Kind.PRIME, "3.5")
_ISE = (Kind.ISE, "3.1")
_NODES = {
    "prime-pri": (PRIMARY, Role.PRIMARY, *_PRIME),
    "prime-sec": (SECONDARY, Role.SECONDARY, *_PRIME),
    "ISE-server": (ISE, Role.STANDALONE, *_ISE),
    "ISE-standby": (STANDBY, Role.SECONDARY, *_ISE),
    "ISE-another": (ANOTHER, Role.SECONDARY, *_ISE),
}
_USERS = (
    UserSeed(name="admin", password=PASSWORD),
    UserSeed(name="viewer", password=PASSWORD, role=UserRole.USER),
)


def seed_of(name: str, **changes: Any) -> NodeSeed:
    """Declare one of the lab's nodes, with quick keys."""
    address, role, kind, version = _NODES[name]
    seed = NodeSeed(
        name=name,
        kind=kind,
        role=role,
        address=address,
        version=version,
        users=_USERS,
        ha_authkey=AUTHKEY if kind is Kind.PRIME else None,
        key_type=KeyType.EC_P256,
    )
    return replace(seed, **changes)


def new_host_keys() -> list[str]:
    """Make what stands for a host key: each one is different."""
    return [secrets.token_hex(8)]


def new_network() -> Network:
    """Make a network of all the addresses; the kernel chooses the ports."""
    addresses = {PRIMARY, SECONDARY, ISE, STANDBY, ANOTHER, DEAF}
    places = {
        (each, port): Place("127.0.0.1", 0) for each in addresses for port in PORTS
    }
    return Network(frozenset(addresses), places)


def read_log(node: Node, log: LogName = LogName.HEALTH_MONITOR) -> str:
    """Read all of a log."""
    return "\n".join(node.logs.lines(log))


@dataclass
class Lab:
    """A lab without waiting, below a folder; `close` ends what runs."""

    folder: Path
    clock: Clock = field(default_factory=lambda: Clock(math.inf))
    network: Network = field(default_factory=new_network)
    records: Records = field(default_factory=Records)
    running: list[Node] = field(default_factory=list)

    async def open(self, name: str, **changes: Any) -> Node:
        """Open a node without power."""
        around = Surroundings(self.clock, self.network, self.records)
        seed = seed_of(name, **changes)
        return await Node.open(seed, self.folder / name, around, new_host_keys)

    async def boot(self, name: str, **changes: Any) -> Node:
        """Open a node and power it on."""
        node = await self.open(name, **changes)
        self.running.append(node)
        await node.start(listeners_for(node))
        return node

    async def shut(self, node: Node) -> None:
        """Power a node off."""
        self.running.remove(node)
        await node.close()

    async def pull_plug(self, node: Node) -> None:
        """End a node as `kill -9` does: its disk stays as it is at this instant."""
        image = node.folder.with_suffix(".image")
        shutil.copytree(node.folder, image, ignore=shutil.ignore_patterns("*-shm"))
        await self.shut(node)
        shutil.rmtree(node.folder)
        image.rename(node.folder)

    async def close(self) -> None:
        """Power all nodes off."""
        for node in list(self.running):
            await self.shut(node)
        # Who was still shaking hands has time to notice that nobody is there.
        rounds = iter((False, True))
        await until(lambda: next(rounds))


@dataclass
class Servers:
    """The two PI servers of a lab, started."""

    lab: Lab
    primary: Node
    secondary: Node

    async def register(self, **values: Any) -> None:
        """Register the secondary with the primary, and wait for the end."""
        request = RegistrationRequest(
            **{"secondary": SECONDARY, "key": AUTHKEY} | values
        )
        done = self.primary.prime.register(request).done
        assert done is not None
        await done

    @property
    def states(self) -> tuple[str, str]:
        """The HA states of both."""
        return str(self.primary.prime.pair.state), str(self.secondary.prime.pair.state)

    async def restart(self, node: Node) -> Node:
        """Boot a node that has lost its power."""
        again = await self.lab.boot(node.seed.name)
        if node is self.primary:
            self.primary = again
        else:
            self.secondary = again
        return again


NOT_CONFIGURED = ("HA not Configured", "HA not Configured")
HEALTHY = ("Primary Active", "Secondary Syncing")
LOST = ("Primary Lost Secondary", "Secondary Lost Primary")


def ise_server(address: str = ISE, **changes: Any) -> IseServer:
    """Declare an ISE server as an administrator does."""
    server = IseServer(
        address=address, port=443, username="admin", password=PASSWORD, timeout=10
    )
    return replace(server, **changes)
