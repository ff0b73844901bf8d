"""The running configuration: in force at once, and kept."""

from __future__ import annotations

import pytest

from tofulab.state.configuration import Configuration, RunningConfiguration
from tofulab.state.store import Store


@pytest.fixture
def running(store: Store) -> RunningConfiguration:
    """A node's first configuration."""
    running = RunningConfiguration(store)
    running.save(Configuration(hostname="prime-pri"))
    return running


def test_the_default_repository_is_there_from_the_start(
    running: RunningConfiguration,
) -> None:
    """A new node has `defaultRepo` on its disk."""
    assert {"defaultRepo": "disk:/defaultRepo"} == running.values.repositories


def test_a_change_is_kept(running: RunningConfiguration, store: Store) -> None:
    """What was changed is in force, and read again by the next start."""
    running.change(
        hostname="pri", name_servers=("192.0.2.53",), repositories={"empty": None}
    )
    running.add_host("192.0.2.12", "prime-sec")
    expected = Configuration(
        hostname="pri",
        name_servers=("192.0.2.53",),
        hosts={"192.0.2.12": ("prime-sec",)},
        repositories={"empty": None},
    )
    assert expected == running.values
    assert expected == RunningConfiguration(store).values


def test_a_host_has_each_name_once(running: RunningConfiguration) -> None:
    """Names of one address are kept in order, without doubles."""
    for name in ("a", "b", "a"):
        running.add_host("192.0.2.1", name)
    assert {"192.0.2.1": ("a", "b")} == running.values.hosts


def test_hosts_entries_go_away_name_by_name(running: RunningConfiguration) -> None:
    """Removing tells whether the name was there; the last one takes the entry away."""
    running.add_host("192.0.2.1", "a")
    running.add_host("192.0.2.1", "b")
    assert not running.remove_host("192.0.2.1", "c")
    assert not running.remove_host("192.0.2.2", "a")
    assert running.remove_host("192.0.2.1", "a")
    assert {"192.0.2.1": ("b",)} == running.values.hosts
    assert running.remove_host("192.0.2.1", "b")
    assert {} == running.values.hosts
