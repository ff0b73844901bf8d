"""One server's half of the pair: kept on disk, told in the log."""

from __future__ import annotations

import pytest

from tofulab.state.clock import Clock
from tofulab.state.ha import Effect, HaEvent, HaState
from tofulab.state.logs import LogName, NodeLogs
from tofulab.state.pair import FailoverType, Pair, Peer
from tofulab.state.seed import Role
from tofulab.state.store import Store

PEER = Peer(
    address="192.0.2.12",
    name="prime-sec",
    token="secret",
    failover=FailoverType.AUTOMATIC,
    emails=("a@example.org", "b@example.org"),
    virtual_ip=("192.0.2.100", "2001:db8::100"),
    confirmed=True,
)


def reopen(store: Store, logs: NodeLogs) -> Pair:
    """Read the record as a primary's next start does."""
    return Pair(Role.PRIMARY, store, logs, Clock())


@pytest.fixture
def pair(store: Store, logs: NodeLogs) -> Pair:
    """A primary that has just been registered."""
    pair = reopen(store, logs)
    pair.apply(HaEvent.REGISTRATION_STARTED, "with 192.0.2.12", peer=PEER)
    pair.apply(HaEvent.REGISTRATION_COMPLETED)
    return pair


def test_a_new_server_has_no_pair(store: Store, logs: NodeLogs) -> None:
    """Without a record there is no peer and no history."""
    pair = reopen(store, logs)
    assert (HaState.NOT_CONFIGURED, None, []) == (pair.state, pair.peer, pair.events())


def test_the_record_survives(pair: Pair, store: Store, logs: NodeLogs) -> None:
    """State, peer with all that was agreed, and history are there after a restart."""
    again = reopen(store, logs)
    assert (HaState.PRIMARY_ACTIVE, PEER) == (again.state, again.peer)
    assert pair.events() == again.events()


@pytest.mark.parametrize(
    "event", [HaEvent.REMOVED, HaEvent.PEER_LOST, HaEvent.SERVICES_STARTED]
)
def test_every_change_is_on_disk_when_it_returns(
    pair: Pair, store: Store, logs: NodeLogs, event: HaEvent
) -> None:
    """Whatever happens, a restart at once finds the same."""
    pair.apply(event)
    again = reopen(store, logs)
    assert (pair.state, pair.peer) == (again.state, again.peer)


def test_removal_forgets_the_peer(pair: Pair) -> None:
    """Without a pair there is no peer."""
    pair.apply(HaEvent.REMOVED)
    assert (HaState.NOT_CONFIGURED, None) == (pair.state, pair.peer)


def test_what_is_newly_known_of_the_peer_is_kept(
    pair: Pair, store: Store, logs: NodeLogs
) -> None:
    """Learning of the peer is no change of state."""
    other = Peer(address="192.0.2.12", name="sec", token="t")
    events = pair.events()
    pair.update_peer(other)
    again = reopen(store, logs)
    assert (other, events) == (again.peer, again.events())


def test_history_is_newest_first(pair: Pair) -> None:
    """Each change of state is an event with its reason; others are none."""
    pair.apply(HaEvent.HEARTBEAT_ANSWERED)
    pair.apply(HaEvent.PEER_LOST, "gone")
    assert [
        (HaState.PRIMARY_LOST_SECONDARY, "Peer lost: gone"),
        (HaState.PRIMARY_ACTIVE, "Registration completed"),
        (HaState.INITIALIZING, "Registration started: with 192.0.2.12"),
    ] == [(event.state, event.description) for event in pair.events()]


def test_history_has_an_end(pair: Pair) -> None:
    """The newest five hundred events are kept."""
    for _ in range(252):
        pair.apply(HaEvent.PEER_LOST)
        pair.apply(HaEvent.HEARTBEAT_ANSWERED)
    events = pair.events()
    assert 500 == len(events)
    assert HaState.PRIMARY_ACTIVE is events[0].state


def test_the_log_says_what_changed_and_why(pair: Pair, logs: NodeLogs) -> None:
    """A change is logged from where to where, a loss as an error."""
    for _ in range(3):
        pair.apply(HaEvent.HEARTBEAT_MISSED, "timed out")
    pair.apply(HaEvent.HEARTBEAT_ANSWERED)
    lines = [line[22:] for line in logs.last(LogName.HEALTH_MONITOR, 2)]
    start = "[system] [HealthMonitorThread] HA state changed from "
    assert [
        f"ERROR {start}Primary Active to Primary Lost Secondary:"
        " heartbeat missed: timed out",
        f"INFO {start}Primary Lost Secondary to Primary Active: heartbeat answered",
    ] == lines


def test_the_token_is_never_logged(pair: Pair, logs: NodeLogs) -> None:
    """What authenticates the two servers stays in the database."""
    pair.apply(HaEvent.REMOVED)
    assert "secret" not in "\n".join(logs.lines(LogName.HEALTH_MONITOR))


def test_effects_are_handed_on(pair: Pair) -> None:
    """Who listens is told what has to be done, after the change."""
    told: list[tuple[Effect, HaState]] = []
    pair.on_effect = lambda effect: told.append((effect, pair.state))
    pair.apply(HaEvent.PEER_LOST)
    pair.apply(HaEvent.HEARTBEAT_ANSWERED)
    assert [(Effect.REPLICATE, HaState.PRIMARY_ACTIVE)] == told
