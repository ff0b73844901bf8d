"""A lab, or one node of it, running in this process.

Knows nothing of command lines: requests and answers are plain values.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from ..state import birth
from ..state.addresses import Network, Place, Records
from ..state.clock import Clock
from ..state.node import Surroundings
from ..state.store import StoreError
from .appliance import Appliance, PortInUse
from .client import Message, OperationError
from .lab import SERVICES, Lab, LinkState

__all__ = ["PortInUse", "RunningLab", "reset_folder"]


def reset_folder(directory: Path, node: str) -> None:
    """Bring a node that is not running back to its first boot."""
    birth.reset(directory / node)


def make_network(lab: Lab) -> Network:
    """Make the network of a lab: where its nodes listen, and what links are cut."""
    network = Network(frozenset(node.seed.address for node in lab.nodes))
    for node in lab.nodes:
        for port in SERVICES[node.seed.kind]:
            network.places[node.seed.address, port] = Place(*node.place(port))
    for link in lab.links:
        if link.state is LinkState.CUT:
            source, target = (lab.node(name).seed.address for name in link.nodes)
            network.cut(source, target, link.port, one_way=link.one_way)
    return network


class RunningLab:
    """The nodes of a lab that this process runs; `only` names a single one."""

    def __init__(self, lab: Lab, directory: Path, only: str | None = None) -> None:
        self.lab = lab
        self._ending = False
        self.network = make_network(lab)
        around = Surroundings(
            Clock(lab.scale),
            self.network,
            Records(lab.dns.server, lab.dns.records),
        )
        self.appliances = {
            node.seed.name: Appliance(node.seed, directory / node.seed.name, around)
            for node in lab.nodes
            if only is None or node.seed.name == only
        }

    async def start(self) -> None:
        """Power all nodes on; raises PortInUse or OperationError, and nothing runs."""
        outcomes = await asyncio.gather(
            *(appliance.power_on() for appliance in self.appliances.values()),
            return_exceptions=True,
        )
        failures = [each for each in outcomes if isinstance(each, BaseException)]
        if failures:
            await self.stop()
            if isinstance(failures[0], StoreError):
                raise OperationError(
                    f"{failures[0]}; choose another lab directory with --dir"
                )
            raise failures[0]

    async def stop(self) -> None:
        """Power all nodes off, for good."""
        self._ending = True
        for appliance in self.appliances.values():
            await appliance.power_off()

    async def operate(self, request: Message) -> Message:
        """Do what an operator asks; raises OperationError for what cannot be done."""
        if self._ending:
            raise OperationError("the lab is ending")
        match request:
            case {"do": "status"}:
                return {"nodes": [each.status() for each in self.appliances.values()]}
            case {"do": "power", "node": str(name), "on": bool(on)}:
                appliance = self._find(name)
                await (appliance.power_on() if on else appliance.power_off())
            case {"do": "renew-cert", "node": str(name)}:
                await self._find_powered(name).renew_certificate()
            case {"do": "rebuild", "node": str(name)}:
                await self._find(name).rebuild()
            case {"do": "reset", "node": str(name)}:
                await self._find(name).reset()
            case {"do": "reset", "node": None}:
                await self._reset_all()
            case _:
                raise OperationError(f"unknown request {request.get('do')}")
        return {}

    async def _reset_all(self) -> None:
        """Reset all nodes together, so that none meets another's earlier state."""
        powered = [each for each in self.appliances.values() if each.powered]
        for appliance in powered:
            await appliance.power_off()
        for appliance in self.appliances.values():
            await appliance.reset()
        for appliance in powered:
            if not self._ending:
                await appliance.power_on()

    def _find(self, name: str) -> Appliance:
        try:
            return self.appliances[name]
        except KeyError:
            raise OperationError(f"{name} is not run by this process") from None

    def _find_powered(self, name: str) -> Appliance:
        appliance = self._find(name)
        if not appliance.powered:
            raise OperationError(
                f"{name} is off; switch it on with: tofulab power {name} on"
            )
        return appliance
