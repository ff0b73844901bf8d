"""Heartbeats and replication: what is lost, what is found, what the log says."""

from __future__ import annotations

import re

import pytest

from tests.nodes import (
    HEALTHY,
    ISE,
    LOST,
    NOT_CONFIGURED,
    PRIMARY,
    SECONDARY,
    Servers,
    ise_server,
    read_log,
)
from tests.polling import until
from tofulab.state.addresses import LOOPBACK
from tofulab.state.logs import LogName
from tofulab.state.node import Node
from tofulab.state.trust import CertificateCheck, Entry, Zone

# The TechNote's record, with the name of the server whose certificate has changed.
RECORD = """\
[system] [HealthMonitorThread] TOFU failed.
Check local trust Trust-on-first-use is configure for this connection.
Current certificate of the remote host is different from what was used earlier
- CN={name}, OU=Prime Infra, O=Cisco Systems, L=SJ, ST=CA, C=US
javax.net.ssl.SSLHandshakeException: java.security.cert.CertificateException:
Trust-on-first-use is configure for this connection.
Current certificate of the remote host is different from what was used earlier
- CN={name}"""
STAMP = r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d\.\d{3} ERROR "


def hosts(node: Node) -> set[str]:
    """The hosts of a node's entries for port 8082."""
    return {entry.host for entry in node.trust.entries() if entry.port == 8082}


def records(node: Node, name: str) -> list[str]:
    """Find the whole TechNote records about a server in a node's log."""
    pattern = f"^{STAMP}{re.escape(RECORD.format(name=name))}$"
    return re.findall(pattern, read_log(node), re.MULTILINE)


async def test_servers_list_themselves(pair: Servers) -> None:
    """A server dials its own address, and the secondary loopback too."""
    await until(lambda: {SECONDARY, LOOPBACK} == hosts(pair.secondary))
    await until(lambda: {PRIMARY} == hosts(pair.primary))


async def test_a_pair_lists_what_the_technote_lists(registered: Servers) -> None:
    """Own address, loopback on the secondary, and the peer."""
    await until(lambda: {PRIMARY, SECONDARY} == hosts(registered.primary))
    expected = {PRIMARY, SECONDARY, LOOPBACK}
    await until(lambda: expected == hosts(registered.secondary))


async def test_a_cut_link_loses_both_and_heals(registered: Servers) -> None:
    """T4 and T4a: both know that they have lost the other, and find it again."""
    network = registered.lab.network
    network.cut(PRIMARY, SECONDARY)
    await until(lambda: LOST == registered.states)
    network.heal(PRIMARY, SECONDARY)
    await until(lambda: HEALTHY == registered.states)


@pytest.mark.parametrize(
    ("ends", "states"),
    [
        ((PRIMARY, SECONDARY), (LOST[0], HEALTHY[1])),
        ((SECONDARY, PRIMARY), (HEALTHY[0], LOST[1])),
    ],
)
async def test_a_link_cut_one_way_loses_one(
    registered: Servers, ends: tuple[str, str], states: tuple[str, str]
) -> None:
    """Only who gets no answer has lost the other."""
    registered.lab.network.cut(*ends, 8082, one_way=True)
    await until(lambda: states == registered.states)
    registered.lab.network.heal(*ends)
    await until(lambda: HEALTHY == registered.states)


async def test_lost_heartbeats_are_counted_in_the_log(registered: Servers) -> None:
    """Three lines say that the peer was missed, then the state changes."""
    registered.lab.network.cut(PRIMARY, SECONDARY)
    await until(lambda: LOST == registered.states)
    log = read_log(registered.primary)
    for missed in (1, 2, 3):
        text = f"No heartbeat from {SECONDARY} ({missed} of 3): {SECONDARY}: connection"
        assert text in log
    assert "from Primary Active to Primary Lost Secondary: heartbeat missed" in log


async def test_the_secondary_restarts(registered: Servers) -> None:
    """T9: the primary loses the secondary and finds it again."""
    await registered.lab.shut(registered.secondary)
    await until(lambda: registered.states[0] == LOST[0])
    await registered.restart(registered.secondary)
    await until(lambda: HEALTHY == registered.states)
    states = [event.state for event in registered.secondary.prime.pair.events()]
    assert [HEALTHY[1], LOST[1]] == states[:2]


async def test_the_primary_restarts(registered: Servers) -> None:
    """T8: it is alone at first, and active when the secondary answers."""
    await registered.lab.shut(registered.primary)
    await until(lambda: registered.states[1] == LOST[1])
    await registered.restart(registered.primary)
    await until(lambda: HEALTHY == registered.states)
    states = [event.state for event in registered.primary.prime.pair.events()]
    assert [HEALTHY[0], "Primary Alone"] == states[:2]


async def test_both_restart_the_secondary_first(registered: Servers) -> None:
    """T10: the secondary waits for its primary."""
    await registered.lab.shut(registered.primary)
    await until(lambda: registered.states[1] == LOST[1])
    await registered.lab.shut(registered.secondary)
    secondary = await registered.restart(registered.secondary)
    assert LOST[1] == secondary.prime.pair.state
    await registered.restart(registered.primary)
    await until(lambda: HEALTHY == registered.states)


async def test_stopped_services_are_a_loss(registered: Servers) -> None:
    """`ncs stop` on one side loses it for the other until `ncs start`."""
    await registered.secondary.services.stop()
    await until(lambda: registered.states[0] == LOST[0])
    await registered.secondary.services.start()
    await until(lambda: HEALTHY == registered.states)


async def test_the_secondarys_new_certificate(registered: Servers) -> None:
    """The primary's log has the TechNote's record, until the entry is deleted."""
    await registered.secondary.renew_certificate()
    await until(lambda: registered.states[0] == LOST[0])
    assert records(registered.primary, "prime-sec")
    # The record stands for the missed heartbeat: it is not told twice.
    assert "of 3): A Trust-on-first-use" not in read_log(registered.primary)
    # It does not trust itself either, which is no loss of the primary.
    await until(lambda: records(registered.secondary, "prime-sec"))
    assert HEALTHY[1] == registered.states[1]
    assert registered.primary.trust.delete(SECONDARY, 8082)
    await until(lambda: HEALTHY == registered.states)
    served = registered.secondary.keystore.installed.certificate
    assert Entry(SECONDARY, 8082, served) in registered.primary.trust.entries()


async def test_the_primarys_new_certificate(registered: Servers) -> None:
    """The secondary's log has the TechNote's record, until the entry is deleted."""
    await registered.primary.renew_certificate()
    await until(lambda: registered.states[1] == LOST[1])
    assert records(registered.secondary, "prime-pri")
    assert registered.secondary.trust.delete(PRIMARY, 8082)
    await until(lambda: HEALTHY == registered.states)


async def test_a_changed_certificate_counts_where_it_is_checked(
    registered: Servers,
) -> None:
    """Where the zone is not checked, a new certificate does not matter."""
    registered.primary.trust.set_check(Zone.SYSTEM, CertificateCheck.DISABLE)
    await registered.secondary.renew_certificate()
    await until(lambda: records(registered.secondary, "prime-sec"))
    await until(lambda: HEALTHY == registered.states)
    assert not records(registered.primary, "prime-sec")


async def test_ise_servers_are_replicated(registered: Servers) -> None:
    """What is added on the primary is soon on the secondary, and removed again."""
    await registered.lab.boot("ISE-server")
    servers = registered.primary.prime.ise_servers
    replica = registered.secondary.prime.ise_servers
    added = await servers.add(ise_server())
    await until(lambda: [added] == replica.all())
    servers.delete(ISE)
    await until(lambda: [] == replica.all())
    assert f"Received configuration from {PRIMARY}" in read_log(registered.secondary)


async def test_a_secondary_that_was_away_gets_everything(registered: Servers) -> None:
    """What changed while the link was cut is replicated when it heals."""
    network = registered.lab.network
    network.cut(PRIMARY, SECONDARY)
    await until(lambda: LOST == registered.states)
    registered.primary.trust.set_check(Zone.USER, CertificateCheck.ENABLE)
    network.heal(PRIMARY, SECONDARY)
    trust = registered.secondary.trust
    await until(lambda: trust.check(Zone.USER) is CertificateCheck.ENABLE)


async def test_removal_on_the_primary_reaches_the_secondary(
    registered: Servers,
) -> None:
    """T13: high availability removed on the primary is removed on both."""
    half = registered.secondary.prime.pair
    await until(lambda: half.peer is not None and half.peer.confirmed)
    assert None is await registered.primary.prime.remove()
    assert NOT_CONFIGURED == registered.states
    log = read_log(registered.secondary)
    assert f"high availability removed: by {PRIMARY}" in log


async def test_removal_that_cannot_be_told(registered: Servers) -> None:
    """A secondary that cannot be told keeps its half, and knows the primary lost."""
    half = registered.secondary.prime.pair
    await until(lambda: half.peer is not None and half.peer.confirmed)
    registered.lab.network.cut(PRIMARY, SECONDARY)
    reason = await registered.primary.prime.remove()
    assert f"{SECONDARY}: connection timed out" == reason
    registered.lab.network.heal(PRIMARY, SECONDARY)
    await until(lambda: (NOT_CONFIGURED[0], LOST[1]) == registered.states)
    assert None is await registered.secondary.prime.remove()
    assert NOT_CONFIGURED == registered.states


async def test_removal_on_the_secondary_is_its_own(registered: Servers) -> None:
    """The primary keeps its half, and knows the secondary lost."""
    assert None is await registered.secondary.prime.remove()
    await until(lambda: (LOST[0], NOT_CONFIGURED[1]) == registered.states)
    assert f"{SECONDARY} does not know this registration" in read_log(
        registered.primary
    )


async def test_a_dead_link_to_oneself_is_logged(pair: Servers) -> None:
    """A server that cannot reach its own health monitor says so."""
    place = pair.lab.network.places.pop((PRIMARY, 8082))
    pair.lab.network.places[PRIMARY, 8082] = type(place)("127.0.0.1", 1)
    await until(lambda: f"{PRIMARY}: " in read_log(pair.primary))
    assert "" == read_log(pair.primary, LogName.INFRASTRUCTURE)


async def test_a_secondary_that_forgot_already_needs_no_telling(
    registered: Servers,
) -> None:
    """Where the secondary holds nothing any more, removal has nothing to complain."""
    await registered.secondary.prime.remove()
    assert None is await registered.primary.prime.remove()
    assert NOT_CONFIGURED == registered.states
