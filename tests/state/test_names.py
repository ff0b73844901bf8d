"""How a node finds addresses."""

from __future__ import annotations

import pytest

from tofulab.state.addresses import Records
from tofulab.state.configuration import Configuration, RunningConfiguration
from tofulab.state.names import Resolution, Resolver, Source, UnknownHost
from tofulab.state.store import Store

DNS = "192.0.2.53"
RECORDS = Records(DNS, {"prime-sec": "192.0.2.12", "both": "192.0.2.1"})


@pytest.fixture
def configuration(store: Store) -> RunningConfiguration:
    """A node with hosts entries and no name server."""
    configuration = RunningConfiguration(store)
    hosts = {"192.0.2.12": ("prime-sec", "sec"), "192.0.2.2": ("both",)}
    configuration.save(Configuration(hostname="prime-pri", hosts=hosts))
    return configuration


@pytest.fixture
def resolver(configuration: RunningConfiguration) -> Resolver:
    """The resolver of that node."""
    return Resolver(configuration, RECORDS)


@pytest.mark.parametrize(
    ("typed", "address"),
    [("192.0.2.12", "192.0.2.12"), ("2001:DB8::0:1", "2001:db8::1")],
)
def test_an_address_is_itself(resolver: Resolver, typed: str, address: str) -> None:
    """A literal address is not looked up, and comes in its shortest form."""
    assert Resolution(address, Source.LITERAL) == resolver.resolve(typed)


@pytest.mark.parametrize("name", ["prime-sec", "sec", "PRIME-SEC"])
def test_hosts_entries_are_found(resolver: Resolver, name: str) -> None:
    """Without a name server, every name of a hosts entry is found in any case."""
    assert Resolution("192.0.2.12", Source.HOSTS) == resolver.resolve(name)


def test_dns_is_asked_first(
    resolver: Resolver, configuration: RunningConfiguration
) -> None:
    """With a name server, DNS answers before the hosts entries."""
    configuration.change(name_servers=(DNS,))
    assert Resolution("192.0.2.1", Source.DNS) == resolver.resolve("both")
    assert Resolution("192.0.2.12", Source.HOSTS) == resolver.resolve("sec")


def test_a_foreign_name_server_knows_nothing(
    resolver: Resolver, configuration: RunningConfiguration
) -> None:
    """A name server that is not the lab's leaves the hosts entries to answer."""
    configuration.change(name_servers=("198.51.100.1",))
    assert Source.HOSTS is resolver.resolve("both").source


@pytest.mark.parametrize("name", ["nobody", "", "192.0.2.256", "192.0.2"])
def test_other_names_are_unknown(resolver: Resolver, name: str) -> None:
    """A name that is nowhere is an error that names it."""
    with pytest.raises(UnknownHost, match=f"Unknown host {name}$"):
        resolver.resolve(name)
