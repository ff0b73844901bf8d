"""Making the pair: the good way, every refusal, and power lost on the way."""

from __future__ import annotations

import pytest

from tests.nodes import (
    AUTHKEY,
    HEALTHY,
    ISE,
    NOT_CONFIGURED,
    PRIMARY,
    SECONDARY,
    Lab,
    Servers,
    read_log,
)
from tests.polling import until
from tofulab.state.addresses import Records
from tofulab.state.clock import Clock
from tofulab.state.node import Node
from tofulab.state.pair import FailoverType
from tofulab.state.preconditions import RegistrationRefused, RegistrationRequest
from tofulab.state.registration import (
    Milestone,
    Progress,
    Registration,
    RegistrationFailed,
)
from tofulab.state.seed import Role

MISMATCH = (
    f"Authentication key does not match between primary {PRIMARY}"
    f" and secondary servers {SECONDARY}"
)
REQUEST = RegistrationRequest(secondary=SECONDARY, key=AUTHKEY)


async def reach(registration: Registration, milestone: Milestone) -> None:
    """Wait until a registration works at a milestone, the secondary being asked."""
    while _place(registration.progress) < _place(Progress(milestone, 5)):
        assert registration.running
        await registration.moved()


def _place(progress: Progress) -> tuple[int, int]:
    return list(Milestone).index(progress.milestone), progress.percent


async def finish(registration: Registration) -> None:
    """Wait for a registration's end, whichever it is."""
    while registration.running:
        await registration.moved()


async def test_two_servers_become_a_pair(pair: Servers) -> None:
    """Both reach their healthy state, and know the other by address and name."""
    await pair.register(
        failover=FailoverType.AUTOMATIC,
        emails=("a@example.org",),
        virtual_ip=("192.0.2.100",),
    )
    assert HEALTHY == pair.states
    primary, secondary = pair.primary.prime.pair.peer, pair.secondary.prime.pair.peer
    assert primary is not None
    assert secondary is not None
    assert (SECONDARY, "prime-sec") == (primary.address, primary.name)
    assert (PRIMARY, "prime-pri") == (secondary.address, secondary.name)
    for peer in (primary, secondary):
        assert FailoverType.AUTOMATIC is peer.failover
        assert (("a@example.org",), ("192.0.2.100",)) == (peer.emails, peer.virtual_ip)
    assert primary.token == secondary.token


async def test_the_states_on_the_way(pair: Servers) -> None:
    """Both pass through `HA Initializing`, as the HA state reference says."""
    await pair.register()
    for node, end in zip((pair.primary, pair.secondary), HEALTHY, strict=True):
        states = [event.state for event in reversed(node.prime.pair.events())]
        assert ["HA Initializing", end] == states


async def test_each_learns_the_others_certificate(pair: Servers) -> None:
    """Trust holds both ways before the registration goes on."""
    await pair.register()
    for node, other in ((pair.primary, pair.secondary), (pair.secondary, pair.primary)):
        entries = {(e.host, e.port): e.certificate for e in node.trust.entries()}
        served = other.keystore.installed.certificate
        assert served == entries[other.seed.address, 8082]


async def test_progress_goes_through_the_milestones(pair: Servers) -> None:
    """Three milestones, in order, each from 0 to 100 percent."""
    registration = pair.primary.prime.register(REQUEST)
    seen = [registration.progress]
    while registration.running:
        await registration.moved()
        seen.append(registration.progress)
    assert Progress(Milestone.PRE, 0) == seen[0]
    assert Progress(Milestone.POST, 100) == seen[-1]
    assert sorted(seen, key=_place) == seen
    assert list(Milestone) == list(dict.fromkeys(each.milestone for each in seen))
    log = read_log(pair.primary)
    for milestone in Milestone:
        assert f"HA registration: {milestone} completed" in log


async def test_the_registration_survives(pair: Servers) -> None:
    """Both servers are a pair again after a restart of both."""
    await pair.register()
    for node in (pair.primary, pair.secondary):
        await pair.lab.pull_plug(node)
    await pair.restart(pair.secondary)
    await pair.restart(pair.primary)
    await until(lambda: HEALTHY == pair.states)


async def test_a_wrong_key(pair: Servers) -> None:
    """The key of neither server: the reason is told and in both logs."""
    with pytest.raises(RegistrationFailed, match=MISMATCH):
        await pair.register(key="wrong")
    assert NOT_CONFIGURED == pair.states
    for node in (pair.primary, pair.secondary):
        assert MISMATCH in read_log(node)
        assert None is node.prime.pair.peer


async def test_the_key_of_the_secondary_alone(pair: Servers) -> None:
    """The two servers must have the same key; the secondary goes back too."""
    await pair.secondary.prime.set_authkey("Other-Key-1")
    with pytest.raises(RegistrationFailed, match=MISMATCH):
        await pair.register(key="Other-Key-1")
    assert NOT_CONFIGURED == pair.states
    for node in (pair.primary, pair.secondary):
        assert MISMATCH in read_log(node)
    await pair.primary.prime.set_authkey("Other-Key-1")
    await pair.register(key="Other-Key-1")
    assert HEALTHY == pair.states


async def test_a_primary_without_a_key_takes_the_secondarys_over(lab: Lab) -> None:
    """The key is set when a secondary is installed; the primary is told it."""
    primary = await lab.boot("prime-pri", ha_authkey=None)
    pair = Servers(lab, primary, await lab.boot("prime-sec"))
    with pytest.raises(RegistrationFailed, match=MISMATCH):
        await pair.register(key="wrong")
    assert not await primary.prime.check_authkey("wrong")
    await pair.register()
    assert HEALTHY == pair.states
    assert await primary.prime.check_authkey(AUTHKEY)


async def test_keys_are_never_logged(pair: Servers) -> None:
    """Neither a right nor a wrong key is in a log."""
    with pytest.raises(RegistrationFailed):
        await pair.register(key="wrong-Key-9")
    await pair.register()
    for node in (pair.primary, pair.secondary):
        for secret in (AUTHKEY, "wrong-Key-9"):
            assert secret not in read_log(node)


async def test_versions_differ(lab: Lab) -> None:
    """Both servers must have the same version."""
    secondary = await lab.boot("prime-sec", version="3.10")
    pair = Servers(lab, await lab.boot("prime-pri"), secondary)
    with pytest.raises(RegistrationFailed, match=r"primary 3\.5, secondary 3\.10"):
        await pair.register()
    assert NOT_CONFIGURED == pair.states


async def test_a_peer_that_is_no_secondary(lab: Lab) -> None:
    """Two primaries are no pair."""
    other = await lab.boot("prime-sec", role=Role.PRIMARY)
    pair = Servers(lab, await lab.boot("prime-pri"), other)
    with pytest.raises(RegistrationFailed, match="is not a secondary server"):
        await pair.register()
    assert NOT_CONFIGURED == pair.states


async def test_a_peer_that_is_no_prime_server(lab: Lab, pair: Servers) -> None:
    """An ISE server does not answer on the health monitor's port."""
    await lab.boot("ISE-server")
    with pytest.raises(RegistrationFailed, match=ISE):
        await pair.register(secondary=ISE)
    assert NOT_CONFIGURED == pair.states


async def test_a_peer_without_power(pair: Servers) -> None:
    """A secondary that is down cannot be registered, until it is up."""
    await pair.lab.shut(pair.secondary)
    with pytest.raises(RegistrationFailed, match=SECONDARY):
        await pair.register()
    assert "HA not Configured" == pair.primary.prime.pair.state
    await pair.restart(pair.secondary)
    await pair.register()
    assert HEALTHY == pair.states


@pytest.mark.parametrize("ends", [(PRIMARY, SECONDARY), (SECONDARY, PRIMARY)])
async def test_a_link_cut_one_way(pair: Servers, ends: tuple[str, str]) -> None:
    """Both ways must be open."""
    pair.lab.network.cut(*ends, one_way=True)
    with pytest.raises(RegistrationFailed, match="connection timed out"):
        await pair.register()
    assert NOT_CONFIGURED == pair.states


async def test_the_secondary_has_a_new_certificate(pair: Servers) -> None:
    """The primary refuses, in the TechNote's words, until its entry is deleted."""
    await pair.register()
    await pair.primary.prime.remove()
    await pair.secondary.renew_certificate()
    with pytest.raises(RegistrationFailed, match="Trust-on-first-use"):
        await pair.register()
    assert NOT_CONFIGURED == pair.states
    assert "TOFU failed." in read_log(pair.primary)
    assert pair.primary.trust.delete(SECONDARY, 8082)
    await pair.register()
    assert HEALTHY == pair.states


async def test_the_primary_has_a_new_certificate(pair: Servers) -> None:
    """The secondary refuses, both logs tell, until the secondary's entry is deleted."""
    await pair.register()
    await pair.primary.prime.remove()
    await pair.primary.renew_certificate()
    reason = f"Secondary server {SECONDARY} cannot connect to primary server {PRIMARY}"
    with pytest.raises(RegistrationFailed, match=f"{reason}: A Trust-on-first-use"):
        await pair.register()
    assert NOT_CONFIGURED == pair.states
    for node in (pair.primary, pair.secondary):
        assert reason in read_log(node)
    assert "- CN=prime-pri, OU=Prime Infra" in read_log(pair.secondary)
    assert pair.secondary.trust.delete(PRIMARY, 8082)
    await pair.register()
    assert HEALTHY == pair.states


async def test_a_pair_is_registered_again(registered: Servers) -> None:
    """A standing pair can be registered again, and has a new token then."""
    before = registered.primary.prime.pair.peer
    await registered.register(emails=("new@example.org",))
    assert HEALTHY == registered.states
    after, other = (
        node.prime.pair.peer for node in (registered.primary, registered.secondary)
    )
    assert before is not None
    assert after is not None
    assert other is not None
    assert before.token != after.token == other.token
    assert ("new@example.org",) == other.emails


async def test_a_wrong_key_does_not_cost_a_standing_pair(registered: Servers) -> None:
    """It is refused before the old registration is taken back, and logged."""
    with pytest.raises(RegistrationFailed, match=MISMATCH):
        await registered.register(key="wrong")
    assert HEALTHY == registered.states
    assert MISMATCH in read_log(registered.primary)


async def test_a_pair_whose_secondary_forgot_is_registered_again(
    registered: Servers,
) -> None:
    """Where the secondary has lost its half, registering again mends it."""
    await registered.secondary.prime.remove()
    await until(lambda: "Primary Lost Secondary" == registered.states[0])
    await registered.register()
    assert HEALTHY == registered.states


async def test_one_registration_at_a_time(pair: Servers) -> None:
    """A second one is refused from the first instant on, and changes nothing."""
    registration = pair.primary.prime.register(REQUEST)
    with pytest.raises(RegistrationRefused, match="A registration is in progress"):
        pair.primary.prime.register(REQUEST)
    await reach(registration, Milestone.REPLICATION)
    with pytest.raises(RegistrationRefused, match="A registration is in progress"):
        pair.primary.prime.register(REQUEST)
    await finish(registration)
    assert HEALTHY == pair.states


async def test_a_secondary_has_one_primary(pair: Servers, lab: Lab) -> None:
    """A secondary of one primary refuses another."""
    await pair.register()
    other = await lab.boot("ISE-standby", kind=pair.primary.seed.kind, version="3.5")
    other = await become_primary(lab, other)
    intruder = Servers(lab, other, pair.secondary)
    with pytest.raises(RegistrationFailed, match=f"is registered with {PRIMARY}"):
        await intruder.register()
    assert HEALTHY == pair.states


async def become_primary(lab: Lab, node: Node) -> Node:
    """Boot a node again as a primary with the lab's key."""
    await lab.shut(node)
    again = await lab.boot(
        node.seed.name, kind=node.seed.kind, role=Role.PRIMARY, version="3.5"
    )
    await again.prime.set_authkey(AUTHKEY)
    return again


async def test_removal_during_a_registration(pair: Servers) -> None:
    """`ncs ha remove` ends a registration that runs, without a trace."""
    registration = pair.primary.prime.register(REQUEST)
    await reach(registration, Milestone.PRE)
    await pair.primary.prime.remove()
    await finish(registration)
    await until(lambda: NOT_CONFIGURED == pair.states)
    assert None is pair.primary.prime.pair.peer
    await pair.register()
    assert HEALTHY == pair.states


async def test_a_name_from_hosts(lab: Lab) -> None:
    """A name from `/etc/hosts` is refused with the address as a hint; DNS will do."""
    lab.records = Records("192.0.2.53", {"prime-sec": SECONDARY})
    primary = await lab.boot("prime-pri", hosts=((SECONDARY, "prime-sec"),))
    pair = Servers(lab, primary, await lab.boot("prime-sec"))
    with pytest.raises(RegistrationRefused) as refused:
        await pair.register(secondary="prime-sec")
    assert SECONDARY in refused.value.hint
    primary.configuration.change(name_servers=("192.0.2.53",))
    await pair.register(secondary="prime-sec")
    assert HEALTHY == pair.states


@pytest.mark.parametrize("virtual_ip", ["198.51.100.1", PRIMARY])
async def test_a_wrong_virtual_address_starts_nothing(
    pair: Servers, virtual_ip: str
) -> None:
    """What can be known to be wrong is refused before anything happens."""
    with pytest.raises(RegistrationRefused):
        await pair.register(virtual_ip=(virtual_ip,))
    assert (NOT_CONFIGURED, []) == (pair.states, pair.primary.prime.pair.events())


@pytest.mark.parametrize("milestone", list(Milestone))
async def test_the_primary_loses_power(pair: Servers, milestone: Milestone) -> None:
    """After its restart both are without a pair, the log says why, and all works."""
    registration = pair.primary.prime.register(REQUEST)
    await reach(registration, milestone)
    await pair.lab.pull_plug(pair.primary)
    primary = await pair.restart(pair.primary)
    assert "HA not Configured" == primary.prime.pair.state
    await until(lambda: NOT_CONFIGURED == pair.states)
    reason = "the registration was interrupted by a restart of this server"
    assert reason in read_log(primary)
    await pair.register()
    assert HEALTHY == pair.states


@pytest.mark.parametrize("milestone", list(Milestone))
async def test_the_secondary_loses_power(pair: Servers, milestone: Milestone) -> None:
    """After its restart both are without a pair, and can be registered again."""
    registration = pair.primary.prime.register(REQUEST)
    await reach(registration, milestone)
    await pair.lab.pull_plug(pair.secondary)
    await finish(registration)
    await pair.restart(pair.secondary)
    await until(lambda: NOT_CONFIGURED == pair.states)
    await pair.register()
    assert HEALTHY == pair.states


async def test_a_secondary_lost_on_the_way_is_noticed(lab: Lab) -> None:
    """The heartbeats of a registering primary end it, long before its last step."""
    lab.clock = Clock(100.0)
    pair = Servers(lab, await lab.boot("prime-pri"), await lab.boot("prime-sec"))
    registration = pair.primary.prime.register(REQUEST)
    await reach(registration, Milestone.REPLICATION)
    await pair.secondary.services.halt()
    await finish(registration)
    assert Milestone.REPLICATION is registration.progress.milestone
    assert "HA not Configured" == pair.states[0]
    assert registration.failure is not None
    assert "lost during the registration" in registration.failure


@pytest.mark.parametrize("victim", ["primary", "secondary"])
async def test_power_is_lost_before_the_last_word(pair: Servers, victim: str) -> None:
    """Where the secondary has completed and the primary never learnt, it goes back."""
    registration = pair.primary.prime.register(REQUEST)
    await reach(registration, Milestone.POST)
    peer = pair.secondary.prime.pair.peer
    assert peer is not None
    pair.secondary.prime.registrar.complete(peer.token)
    assert ("HA Initializing", "Secondary Syncing") == pair.states
    node = getattr(pair, victim)
    await pair.lab.pull_plug(node)
    await finish(registration)
    await pair.restart(node)
    await until(lambda: NOT_CONFIGURED == pair.states)
    assert None is pair.secondary.prime.pair.peer
    await pair.register()
    assert HEALTHY == pair.states
