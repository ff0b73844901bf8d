"""Which ports a node serves."""

from __future__ import annotations

import pytest

from tests.nodes import Lab
from tofulab.state.addresses import Place


@pytest.mark.parametrize(
    ("name", "ports"), [("prime-pri", {443, 8082}), ("ISE-server", {443})]
)
async def test_a_node_serves_the_ports_of_its_kind(
    lab: Lab, name: str, ports: set[int]
) -> None:
    """A PI server has 443 and the health monitor's 8082, an ISE server 443 alone."""
    node = await lab.boot(name)
    unused = Place("127.0.0.1", 0)
    served = {
        port
        for (address, port), place in lab.network.places.items()
        if address == node.seed.address and place != unused
    }
    assert ports == served
