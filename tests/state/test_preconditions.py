"""What a registration needs to be started, and what is refused before it is."""

from __future__ import annotations

import pytest

from tests.nodes import PRIMARY, SECONDARY
from tofulab.state.addresses import Records
from tofulab.state.clock import Clock
from tofulab.state.configuration import Configuration, RunningConfiguration
from tofulab.state.ha import HaEvent
from tofulab.state.logs import NodeLogs
from tofulab.state.names import Resolver
from tofulab.state.pair import Pair, Peer
from tofulab.state.preconditions import (
    Identity,
    RegistrationRefused,
    RegistrationRequest,
    check_request,
    check_virtual_ip,
)
from tofulab.state.seed import Role
from tofulab.state.store import Store

SERVERS = (PRIMARY, SECONDARY)
IDENTITY = Identity(address=PRIMARY, name="prime-pri", version="3.5")
DNS = "192.0.2.53"


@pytest.fixture
def configuration(store: Store) -> RunningConfiguration:
    """A primary that knows its secondary from its hosts entries."""
    configuration = RunningConfiguration(store)
    hosts = {SECONDARY: ("prime-sec",)}
    configuration.save(Configuration(hostname="prime-pri", hosts=hosts))
    return configuration


@pytest.fixture
def resolver(configuration: RunningConfiguration) -> Resolver:
    """Resolves its names, in a lab with DNS."""
    return Resolver(configuration, Records(DNS, {"prime-sec": SECONDARY}))


@pytest.fixture
def pair(store: Store, logs: NodeLogs) -> Pair:
    """Its half of no pair yet."""
    return Pair(Role.PRIMARY, store, logs, Clock())


def check(pair: Pair, resolver: Resolver, secondary: str, *vip: str) -> str:
    """Check a request to register."""
    request = RegistrationRequest(secondary=secondary, key="k", virtual_ip=vip)
    return check_request(IDENTITY, request, pair, resolver)


@pytest.mark.parametrize(
    "virtual_ip",
    [(), ("192.0.2.100",), ("192.0.2.100", "2001:db8::100"), ("192.0.2.1", "ff05::1")],
)
def test_virtual_addresses_of_the_servers_subnet(virtual_ip: tuple[str, ...]) -> None:
    """IPv4 in the servers' subnet, and IPv6 or none, is taken."""
    check_virtual_ip(virtual_ip, SERVERS)


@pytest.mark.parametrize(
    ("virtual_ip", "reason"),
    [
        ((PRIMARY,), "address of a server"),
        ((SECONDARY,), "address of a server"),
        (("198.51.100.1",), "must be in one subnet"),
        (("192.0.3.11",), "must be in one subnet"),
        (("2001:db8::1",), "must be in one subnet"),
        (("192.0.2.100", "fe80::1"), "must not be in fe80"),
        (("192.0.2.100", "febf::1"), "must not be in fe80"),
        (("192.0.2.100", "192.0.2.101"), "must be an IPv6 address"),
        (("hello",), "Virtual IP: 'hello'"),
    ],
)
def test_other_virtual_addresses_are_refused(
    virtual_ip: tuple[str, ...], reason: str
) -> None:
    """Another subnet, a server's own, link-local and nonsense are told apart."""
    with pytest.raises(RegistrationRefused, match=reason):
        check_virtual_ip(virtual_ip, SERVERS)


def test_servers_of_two_subnets_have_no_virtual_address() -> None:
    """A virtual IP works with both servers in one subnet only."""
    with pytest.raises(RegistrationRefused, match="must be in one subnet"):
        check_virtual_ip(("192.0.2.100",), (PRIMARY, "198.51.100.2"))


def test_an_address_is_taken(pair: Pair, resolver: Resolver) -> None:
    """A secondary given by its address needs no name service."""
    assert SECONDARY == check(pair, resolver, SECONDARY)


def test_a_name_from_dns_is_taken(
    pair: Pair, resolver: Resolver, configuration: RunningConfiguration
) -> None:
    """A name that DNS knows can be given."""
    configuration.change(name_servers=(DNS,))
    assert SECONDARY == check(pair, resolver, "prime-sec")


def test_a_name_from_hosts_is_refused_with_a_hint(
    pair: Pair, resolver: Resolver
) -> None:
    """Where `/etc/hosts` is used, the address must be given, as the TechNote says."""
    with pytest.raises(RegistrationRefused, match="from /etc/hosts, not from") as no:
        check(pair, resolver, "prime-sec")
    assert f"Give the IP address of the secondary server: {SECONDARY}" == no.value.hint


@pytest.mark.parametrize(
    ("secondary", "reason"),
    [(PRIMARY, "is this server itself"), ("nobody", "Unknown host nobody")],
)
def test_a_wrong_secondary_is_refused(
    pair: Pair, resolver: Resolver, secondary: str, reason: str
) -> None:
    """A server cannot be its own secondary, nor an unknown one."""
    with pytest.raises(RegistrationRefused, match=reason):
        check(pair, resolver, secondary)


def test_a_wrong_virtual_address_is_refused(pair: Pair, resolver: Resolver) -> None:
    """The virtual addresses are part of the request."""
    with pytest.raises(RegistrationRefused, match="one subnet"):
        check(pair, resolver, SECONDARY, "198.51.100.1")


def test_only_a_primary_registers(
    store: Store, logs: NodeLogs, resolver: Resolver
) -> None:
    """A secondary is registered with, it does not register."""
    pair = Pair(Role.SECONDARY, store, logs, Clock())
    with pytest.raises(RegistrationRefused, match="not a primary server"):
        check(pair, resolver, SECONDARY)


def test_one_secondary_is_enough(pair: Pair, resolver: Resolver) -> None:
    """The same secondary can be registered again, another not beside it."""
    peer = Peer(address=SECONDARY, name="prime-sec", token="t")
    pair.apply(HaEvent.REGISTRATION_STARTED, peer=peer)
    with pytest.raises(RegistrationRefused, match="in progress"):
        check(pair, resolver, SECONDARY)
    pair.apply(HaEvent.REGISTRATION_COMPLETED)
    assert SECONDARY == check(pair, resolver, SECONDARY)
    with pytest.raises(RegistrationRefused, match="HA is configured with") as no:
        check(pair, resolver, "192.0.2.13")
    assert "Remove it first: ncs ha remove" == no.value.hint
