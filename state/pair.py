"""This server's half of the pair: the HA machine with its record on disk and its logs.

One place changes the HA state.  Knows nothing of how the peer is reached.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from .catalogue import STATE_CHANGED
from .clock import Clock
from .ha import Effect, HaEvent, HaState, Machine, advance
from .logs import Level, LogName, NodeLogs
from .seed import Role
from .store import Store

_SETTING = "pair"
_EVENTS_KEPT = 500
_FAILURES = (HaEvent.REGISTRATION_FAILED, HaEvent.PEER_LOST, HaEvent.HEARTBEAT_MISSED)


class FailoverType(StrEnum):
    """Who starts a failover."""

    MANUAL = "Manual"
    AUTOMATIC = "Automatic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """The other server of a registration, and what was agreed with it.

    `token` authenticates the two to each other; `confirmed` says that the peer
    is known to hold the registration too: on a primary that it has accepted, on
    a secondary that it has completed it.
    """

    address: str
    name: str
    token: str = field(repr=False)
    failover: FailoverType = FailoverType.MANUAL
    emails: tuple[str, ...] = ()
    virtual_ip: tuple[str, ...] = ()
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class PairEvent:
    """A change of state, as the Health Monitor page lists it."""

    time: datetime
    state: HaState
    description: str


class Pair:
    """The machine, its peer and its history; a change is on disk when it returns."""

    def __init__(self, role: Role, store: Store, logs: NodeLogs, clock: Clock) -> None:
        self._store = store
        self._logs = logs
        self._clock = clock
        self.machine = Machine(role)
        self.peer: Peer | None = None
        self.on_effect: Callable[[Effect], None] = lambda effect: None
        self._load()

    @property
    def state(self) -> HaState:
        """The HA state of this server."""
        return self.machine.state

    def _load(self) -> None:
        record = self._store.setting(_SETTING)
        if record is None:
            return
        self.machine = replace(self.machine, state=HaState(record["state"]))
        if record["peer"] is not None:
            peer = dict(record["peer"])
            peer["failover"] = FailoverType(peer["failover"])
            peer["emails"] = tuple(peer["emails"])
            peer["virtual_ip"] = tuple(peer["virtual_ip"])
            self.peer = Peer(**peer)

    def apply(
        self, event: HaEvent, reason: str = "", *, peer: Peer | None = None
    ) -> None:
        """Let an event happen; `peer` is who it is about, where it brings a new one.

        State, peer and history change on disk in one transaction, then here; then
        the log says so.
        """
        before = self.machine
        after, effects = advance(before, event)
        kept = None if Effect.FORGET_PEER in effects else peer or self.peer
        if after.state is not before.state or peer is not None:
            description = f"{event.capitalize()}{f': {reason}' if reason else ''}"
            self._save(after.state, kept, description)
        self.machine, self.peer = after, kept
        if after.state is not before.state:
            self._log(before.state, event, reason)
        for effect in effects:
            self.on_effect(effect)

    def update_peer(self, peer: Peer) -> None:
        """Keep what is newly known of the peer."""
        self._put(self.state, peer)
        self.peer = peer

    def _save(self, state: HaState, peer: Peer | None, description: str) -> None:
        with self._store.transaction():
            self._put(state, peer)
            self._store.execute(
                "INSERT INTO ha_event (time, state, description) VALUES (?, ?, ?)",
                self._clock.now().isoformat(),
                state,
                description,
            )
            self._store.execute(
                "DELETE FROM ha_event WHERE id <= (SELECT max(id) FROM ha_event) - ?",
                _EVENTS_KEPT,
            )

    def _put(self, state: HaState, peer: Peer | None) -> None:
        kept = None if peer is None else asdict(peer)
        self._store.put_setting(_SETTING, {"state": state, "peer": kept})

    def _log(self, before: HaState, event: HaEvent, reason: str) -> None:
        failed = event in _FAILURES
        text = STATE_CHANGED.format(before=before, after=self.state, event=event)
        self._logs.record(
            LogName.HEALTH_MONITOR,
            f"{text}: {reason}" if reason else text,
            level=Level.ERROR if failed else Level.INFO,
        )

    def events(self) -> list[PairEvent]:
        """List the changes of state, newest first."""
        rows = self._store.rows("SELECT * FROM ha_event ORDER BY id DESC")
        return [
            PairEvent(
                datetime.fromisoformat(row["time"]),
                HaState(row["state"]),
                row["description"],
            )
            for row in rows
        ]
