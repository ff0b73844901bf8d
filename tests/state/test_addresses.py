"""Where addresses lead, and links that are cut."""

from __future__ import annotations

import pytest

from tofulab.state.addresses import LinkCut, Network, Place, Records, Unroutable

A, B, C = "192.0.2.1", "192.0.2.2", "192.0.2.3"


@pytest.fixture
def network() -> Network:
    """Three nodes that serve 8082 at their real addresses; 443 of B is mapped."""
    nodes = frozenset({A, B, C})
    places = {(address, 8082): Place(address, 8082) for address in nodes}
    return Network(nodes, places | {(B, 443): Place("127.0.0.1", 4430)})


def test_a_mapped_port_leads_to_its_place(network: Network) -> None:
    """The lab's map says where a port is dialled."""
    assert Place("127.0.0.1", 4430) == network.route(A, B, 443)


def test_a_port_that_no_node_serves_is_refused(network: Network) -> None:
    """It is never dialled: at the real address might be somebody."""
    with pytest.raises(ConnectionRefusedError, match="Connection refused"):
        network.route(A, B, 8443)


@pytest.mark.parametrize("address", ["198.51.100.1", "127.0.0.2", "localhost", ""])
def test_nothing_outside_the_lab_is_dialled(network: Network, address: str) -> None:
    """An address that is no node's has no route."""
    with pytest.raises(Unroutable, match="no route"):
        network.route(A, address, 443)


def test_loopback_is_the_node_itself(network: Network) -> None:
    """127.0.0.1 leads to the place of the node that dials."""
    assert Place("127.0.0.1", 4430) == network.route(B, "127.0.0.1", 443)


def test_a_cut_link_is_cut_both_ways(network: Network) -> None:
    """Nothing comes through a cut link from either end, and others are not touched."""
    network.cut(A, B)
    for source, target in ((A, B), (B, A)):
        with pytest.raises(LinkCut):
            network.route(source, target, 8082)
    assert Place(C, 8082) == network.route(A, C, 8082)


def test_a_link_cut_one_way_lets_the_other_way_through(network: Network) -> None:
    """A one-way cut loses what goes that way alone."""
    network.cut(A, B, one_way=True)
    with pytest.raises(LinkCut):
        network.route(A, B, 8082)
    assert Place(A, 8082) == network.route(B, A, 8082)


def test_one_port_can_be_cut(network: Network) -> None:
    """A cut of one port leaves the others alone."""
    network.cut(A, B, 8082)
    with pytest.raises(LinkCut):
        network.route(A, B, 8082)
    assert Place("127.0.0.1", 4430) == network.route(A, B, 443)


def test_healing_takes_back_every_cut_between_two_nodes(network: Network) -> None:
    """A healed link has no cut left, and other cuts stay."""
    network.cut(A, B, 8082)
    network.cut(B, A, one_way=True)
    network.cut(A, C)
    network.heal(B, A)
    assert Place(A, 8082) == network.route(B, A, 8082)
    with pytest.raises(LinkCut):
        network.route(A, C, 8082)


def test_a_node_reaches_itself_whatever_is_cut(network: Network) -> None:
    """No cut stands between a node and its own address."""
    network.cut(A, A)
    assert Place(A, 8082) == network.route(A, A, 8082)


@pytest.mark.parametrize(
    ("name", "servers", "address"),
    [
        ("node", ["192.0.2.53"], A),
        ("NODE.", ["198.51.100.1", "192.0.2.53"], A),
        ("other", ["192.0.2.53"], None),
        ("node", ["198.51.100.1"], None),
        ("node", [], None),
    ],
)
def test_the_labs_dns_answers_those_who_ask_its_server(
    name: str, servers: list[str], address: str | None
) -> None:
    """A name is found in any case, with a final dot, by the lab's own server only."""
    records = Records("192.0.2.53", {"Node": A})
    assert address == records.look_up(name, servers)


def test_a_lab_without_dns_knows_no_name() -> None:
    """Where the lab has no server, asking any finds nothing."""
    assert None is Records(None, {"node": A}).look_up("node", ["192.0.2.53"])
