"""The high-availability machine of one server: a table of states and events.

Pure: a machine and an event in, a machine and effects out.  Knows no clock, no
network and no disk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from .seed import Role

HEARTBEATS_TO_LOSE = 3
"""Consecutive heartbeats without an answer after which the peer counts as lost."""


class HaState(StrEnum):
    """A server's HA state, in the words of the appliance (recalled)."""

    NOT_CONFIGURED = "HA not Configured"
    INITIALIZING = "HA Initializing"
    PRIMARY_ACTIVE = "Primary Active"
    PRIMARY_ALONE = "Primary Alone"
    PRIMARY_LOST_SECONDARY = "Primary Lost Secondary"
    SECONDARY_SYNCING = "Secondary Syncing"
    SECONDARY_LOST_PRIMARY = "Secondary Lost Primary"


class HaEvent(StrEnum):
    """What can happen to a server of a pair."""

    REGISTRATION_STARTED = "registration started"
    REGISTRATION_COMPLETED = "registration completed"
    REGISTRATION_FAILED = "registration failed"
    HEARTBEAT_ANSWERED = "heartbeat answered"
    HEARTBEAT_MISSED = "heartbeat missed"
    PEER_LOST = "peer lost"
    SERVICES_STARTED = "services started"
    REMOVED = "high availability removed"


class Effect(StrEnum):
    """What the node has to do because of a change of state."""

    FORGET_PEER = "forget peer"
    REPLICATE = "replicate"


@dataclass(frozen=True, slots=True)
class Machine:
    """Where one server stands; `missed` counts heartbeats since the last answer."""

    role: Role
    state: HaState = HaState.NOT_CONFIGURED
    missed: int = 0

    @property
    def paired(self) -> bool:
        """Whether a registration has been completed and not been removed."""
        return self.state not in (HaState.NOT_CONFIGURED, HaState.INITIALIZING)


_S, _E, _R = HaState, HaEvent, Role
_LOSING = (Effect.FORGET_PEER,)
_SYNCING = (Effect.REPLICATE,)

_Row = tuple[HaState, tuple[Effect, ...]]
_EITHER = (_R.PRIMARY, _R.SECONDARY)

TRANSITIONS: dict[tuple[Role, HaState, HaEvent], _Row] = {
    # T1, T2: registration; a pair may be registered again while it stands.
    **{
        (role, state, _E.REGISTRATION_STARTED): (_S.INITIALIZING, ())
        for role in _EITHER
        for state in HaState
        if state is not _S.INITIALIZING
    },
    (_R.PRIMARY, _S.INITIALIZING, _E.REGISTRATION_COMPLETED): (
        _S.PRIMARY_ACTIVE,
        _SYNCING,
    ),
    (_R.SECONDARY, _S.INITIALIZING, _E.REGISTRATION_COMPLETED): (
        _S.SECONDARY_SYNCING,
        (),
    ),
    **{
        (role, _S.INITIALIZING, event): (_S.NOT_CONFIGURED, _LOSING)
        for role in _EITHER
        # A restart or a lost peer in the middle of a registration fails it too.
        for event in (_E.REGISTRATION_FAILED, _E.SERVICES_STARTED, _E.PEER_LOST)
    },
    # T4, T9, T10: the peer is lost, and found again without anybody's doing.
    (_R.PRIMARY, _S.PRIMARY_ACTIVE, _E.PEER_LOST): (_S.PRIMARY_LOST_SECONDARY, ()),
    (_R.PRIMARY, _S.PRIMARY_LOST_SECONDARY, _E.HEARTBEAT_ANSWERED): (
        _S.PRIMARY_ACTIVE,
        _SYNCING,
    ),
    (_R.SECONDARY, _S.SECONDARY_SYNCING, _E.PEER_LOST): (
        _S.SECONDARY_LOST_PRIMARY,
        (),
    ),
    (_R.SECONDARY, _S.SECONDARY_LOST_PRIMARY, _E.HEARTBEAT_ANSWERED): (
        _S.SECONDARY_SYNCING,
        (),
    ),
    # T8, T9: a server of a pair has restarted.
    (_R.PRIMARY, _S.PRIMARY_ACTIVE, _E.SERVICES_STARTED): (_S.PRIMARY_ALONE, ()),
    (_R.PRIMARY, _S.PRIMARY_ALONE, _E.HEARTBEAT_ANSWERED): (
        _S.PRIMARY_ACTIVE,
        _SYNCING,
    ),
    (_R.SECONDARY, _S.SECONDARY_SYNCING, _E.SERVICES_STARTED): (
        _S.SECONDARY_LOST_PRIMARY,
        (),
    ),
    # T13: removed from either side.
    **{
        (role, state, _E.REMOVED): (_S.NOT_CONFIGURED, _LOSING)
        for role in _EITHER
        for state in HaState
        if state is not _S.NOT_CONFIGURED
    },
}
"""(role, state, event) to the next state and its effects; T numbers as in Cisco's
HA state reference.  An event without a row changes nothing."""


def advance(machine: Machine, event: HaEvent) -> tuple[Machine, tuple[Effect, ...]]:
    """Apply an event; the third heartbeat missed in a row is the peer's loss too."""
    missed = machine.missed
    if event is HaEvent.HEARTBEAT_ANSWERED:
        missed = 0
    elif event is HaEvent.HEARTBEAT_MISSED:
        missed += 1
        if missed >= HEARTBEATS_TO_LOSE:
            event = HaEvent.PEER_LOST
    state, effects = TRANSITIONS.get(
        (machine.role, machine.state, event), (machine.state, ())
    )
    if state is HaState.NOT_CONFIGURED or event is HaEvent.REGISTRATION_STARTED:
        missed = 0
    return replace(machine, state=state, missed=missed), effects
