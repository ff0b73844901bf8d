"""The checklist before a registration."""

from __future__ import annotations

from tests.nodes import PRIMARY, SECONDARY, Lab, Servers
from tofulab.state.readiness import (
    COMPATIBILITY,
    MONITOR_STATUS,
    REACHABILITY,
    Check,
    check_readiness,
)

ALL_WELL = [
    Check(item=MONITOR_STATUS, passed=True),
    Check(item=REACHABILITY, passed=True),
    Check(item=COMPATIBILITY, passed=True),
]


async def test_all_is_well(pair: Servers) -> None:
    """Two servers that can be registered pass every check, and nothing changes."""
    assert ALL_WELL == await check_readiness(pair.primary, SECONDARY)
    assert [] == pair.primary.prime.pair.events()


async def test_without_a_secondary_the_server_checks_itself(pair: Servers) -> None:
    """Where no secondary is known, only this server is tested."""
    assert ALL_WELL[:1] == await check_readiness(pair.primary, None)


async def test_a_pair_checks_its_peer(registered: Servers) -> None:
    """A registered server tests the one that it is registered with."""
    assert ALL_WELL == await check_readiness(registered.primary, None)


async def test_a_secondary_that_cannot_be_reached(pair: Servers) -> None:
    """A cut link fails the check of reachability, with its reason."""
    pair.lab.network.cut(PRIMARY, SECONDARY)
    failed = (await check_readiness(pair.primary, SECONDARY))[1]
    assert (REACHABILITY, False) == (failed.item, failed.passed)
    assert f"{SECONDARY}: connection timed out" == failed.impact
    assert "Check the secondary and its link" == failed.recommendation


async def test_a_changed_certificate_is_told_with_the_way_out(pair: Servers) -> None:
    """A stale entry is the impact, and deleting it the recommendation."""
    await check_readiness(pair.primary, SECONDARY)
    await pair.secondary.renew_certificate()
    failed = (await check_readiness(pair.primary, SECONDARY))[1]
    assert "Trust-on-first-use" in failed.impact
    way = f"ncs certvalidation tofu-certs deletecert host {SECONDARY}_8082"
    assert f"Delete the stale entry: {way}" == failed.recommendation


async def test_versions_that_differ(lab: Lab) -> None:
    """Both versions are named."""
    await lab.boot("prime-sec", version="3.10")
    primary = await lab.boot("prime-pri")
    failed = (await check_readiness(primary, SECONDARY))[2]
    assert (COMPATIBILITY, False) == (failed.item, failed.passed)
    assert "This server has version 3.5, the secondary 3.10" == failed.impact


async def test_an_unknown_name(pair: Servers) -> None:
    """A secondary that no name service knows cannot be tested."""
    failed = (await check_readiness(pair.primary, "nobody"))[1]
    assert ("Unknown host nobody", False) == (failed.impact, failed.passed)


async def test_stopped_services(pair: Servers) -> None:
    """A server whose own health monitor is down says how to start it."""
    await pair.primary.services.stop()
    failed = (await check_readiness(pair.primary, None))[0]
    assert (MONITOR_STATUS, False) == (failed.item, failed.passed)
    assert "Start the server: ncs start" == failed.recommendation
