"""The HA machine: every row that is reached, and random lives of a server."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from hypothesis.strategies import sampled_from

from tofulab.state.ha import (
    HEARTBEATS_TO_LOSE,
    Effect,
    HaEvent,
    HaState,
    Machine,
    advance,
)
from tofulab.state.seed import Role

P, S = Role.PRIMARY, Role.SECONDARY
STARTED, COMPLETED = HaEvent.REGISTRATION_STARTED, HaEvent.REGISTRATION_COMPLETED
FAILED, ANSWERED = HaEvent.REGISTRATION_FAILED, HaEvent.HEARTBEAT_ANSWERED
MISSED, LOST = HaEvent.HEARTBEAT_MISSED, HaEvent.PEER_LOST
BOOTED, REMOVED = HaEvent.SERVICES_STARTED, HaEvent.REMOVED

NONE, INITIALIZING = HaState.NOT_CONFIGURED, HaState.INITIALIZING
ACTIVE, SYNCING = HaState.PRIMARY_ACTIVE, HaState.SECONDARY_SYNCING
LOST_SECONDARY = HaState.PRIMARY_LOST_SECONDARY
LOST_PRIMARY = HaState.SECONDARY_LOST_PRIMARY
ALONE = HaState.PRIMARY_ALONE

STATES = {
    P: {NONE, INITIALIZING, ACTIVE, ALONE, LOST_SECONDARY},
    S: {NONE, INITIALIZING, SYNCING, LOST_PRIMARY},
}
HEALTHY = {P: ACTIVE, S: SYNCING}


@pytest.mark.parametrize(
    ("role", "state", "steps"),
    [
        pytest.param(P, NONE, [(STARTED, INITIALIZING), (COMPLETED, ACTIVE)], id="T1p"),
        pytest.param(
            S, NONE, [(STARTED, INITIALIZING), (COMPLETED, SYNCING)], id="T1s"
        ),
        pytest.param(P, NONE, [(STARTED, INITIALIZING), (FAILED, NONE)], id="T2p"),
        pytest.param(S, NONE, [(STARTED, INITIALIZING), (FAILED, NONE)], id="T2s"),
        pytest.param(P, ACTIVE, [(LOST, LOST_SECONDARY)], id="T4p"),
        pytest.param(S, SYNCING, [(LOST, LOST_PRIMARY)], id="T4s"),
        pytest.param(
            P, LOST_SECONDARY, [(MISSED, LOST_SECONDARY), (ANSWERED, ACTIVE)], id="T4ap"
        ),
        pytest.param(
            S, LOST_PRIMARY, [(MISSED, LOST_PRIMARY), (ANSWERED, SYNCING)], id="T4as"
        ),
        pytest.param(P, ACTIVE, [(BOOTED, ALONE), (ANSWERED, ACTIVE)], id="T8p"),
        pytest.param(S, SYNCING, [(LOST, LOST_PRIMARY), (ANSWERED, SYNCING)], id="T8s"),
        pytest.param(P, ACTIVE, [(LOST, LOST_SECONDARY), (ANSWERED, ACTIVE)], id="T9p"),
        pytest.param(
            S, SYNCING, [(BOOTED, LOST_PRIMARY), (ANSWERED, SYNCING)], id="T9s"
        ),
        pytest.param(
            P,
            LOST_SECONDARY,
            [(BOOTED, LOST_SECONDARY), (ANSWERED, ACTIVE)],
            id="T10p",
        ),
        pytest.param(
            S, LOST_PRIMARY, [(BOOTED, LOST_PRIMARY), (ANSWERED, SYNCING)], id="T10s"
        ),
        pytest.param(P, ACTIVE, [(REMOVED, NONE)], id="T13p"),
        pytest.param(S, SYNCING, [(REMOVED, NONE)], id="T13s"),
    ],
)
def test_the_rows_of_the_state_reference(
    role: Role, state: HaState, steps: list[tuple[HaEvent, HaState]]
) -> None:
    """Each reached row of Cisco's HA state reference leads where it says."""
    machine = Machine(role, state)
    for event, expected in steps:
        machine, _ = advance(machine, event)
        assert expected is machine.state


@pytest.mark.parametrize("role", [P, S])
@pytest.mark.parametrize("event", [BOOTED, LOST, FAILED, REMOVED])
def test_a_registration_that_is_interrupted_leads_back(
    role: Role, event: HaEvent
) -> None:
    """Whatever ends a registration early, the peer is forgotten."""
    machine, effects = advance(Machine(role, INITIALIZING), event)
    assert (NONE, (Effect.FORGET_PEER,)) == (machine.state, effects)


@pytest.mark.parametrize("state", [INITIALIZING, LOST_SECONDARY, ALONE])
def test_a_secondary_found_gets_everything(state: HaState) -> None:
    """A primary that becomes active replicates at once."""
    event = COMPLETED if state is INITIALIZING else ANSWERED
    assert (Machine(P, ACTIVE), (Effect.REPLICATE,)) == advance(
        Machine(P, state), event
    )


@pytest.mark.parametrize(
    "machine", [Machine(P, ACTIVE), Machine(S, SYNCING), Machine(S, INITIALIZING)]
)
def test_the_third_heartbeat_missed_is_the_loss(machine: Machine) -> None:
    """Two missed heartbeats change nothing, the third does."""
    before = machine.state
    for missed in range(1, HEARTBEATS_TO_LOSE):
        machine, effects = advance(machine, MISSED)
        assert (before, missed, ()) == (machine.state, machine.missed, effects)
    machine, _ = advance(machine, MISSED)
    assert before is not machine.state


def test_an_answer_between_misses_begins_a_new_count() -> None:
    """Only consecutive misses count."""
    machine = Machine(P, ACTIVE)
    for _ in range(5):
        for event in (MISSED, MISSED, ANSWERED):
            machine, _ = advance(machine, event)
    assert Machine(P, ACTIVE) == machine


def test_a_registration_begins_a_new_count() -> None:
    """Heartbeats that an old registration missed say nothing of the new one."""
    machine = Machine(S, LOST_PRIMARY, missed=7)
    assert Machine(S, INITIALIZING) == advance(machine, STARTED)[0]


@pytest.mark.parametrize("role", [P, S])
def test_events_that_mean_nothing_change_nothing(role: Role) -> None:
    """A server without a pair only reacts to a registration."""
    for event in set(HaEvent) - {STARTED}:
        assert (Machine(role), ()) == advance(Machine(role), event)


@pytest.mark.parametrize("role", [P, S])
def test_a_pair_is_what_is_registered_and_not_removed(role: Role) -> None:
    """Being registered is not being a pair yet."""
    paired = {state for state in STATES[role] if Machine(role, state).paired}
    assert STATES[role] - {NONE, INITIALIZING} == paired


class Life(RuleBasedStateMachine):
    """A server to which anything happens in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.machine = Machine(P)
        self.missed = 0

    @initialize(role=sampled_from([P, S]))
    def begin(self, role: Role) -> None:
        """Be a primary or a secondary."""
        self.machine = Machine(role)

    @rule(event=sampled_from([STARTED, COMPLETED, FAILED, LOST, BOOTED, REMOVED]))
    def happen(self, event: HaEvent) -> None:
        """Let anything happen that is not a heartbeat."""
        before = self.machine.state
        self.machine, effects = advance(self.machine, event)
        forgotten = before is not NONE and self.machine.state is NONE
        assert forgotten == (Effect.FORGET_PEER in effects)
        if event is STARTED or self.machine.state is NONE:
            self.missed = 0

    @rule()
    def miss(self) -> None:
        """Miss a heartbeat: the third in a row loses the peer."""
        before = self.machine
        self.machine, _ = advance(before, MISSED)
        self.missed = self.missed + 1 if self.machine.state is not NONE else 0
        if self.missed >= HEARTBEATS_TO_LOSE:
            assert self.machine.state in {ALONE, LOST_SECONDARY, LOST_PRIMARY}
        elif before.missed + 1 < HEARTBEATS_TO_LOSE:
            assert before.state is self.machine.state

    @rule()
    def answer(self) -> None:
        """Any answered heartbeat heals a pair, and nothing else."""
        before = self.machine
        self.machine, _ = advance(before, ANSWERED)
        self.missed = 0
        healed = HEALTHY[before.role] if before.paired else before.state
        assert (healed, 0) == (self.machine.state, self.machine.missed)

    @precondition(lambda self: self.machine.state is not INITIALIZING)
    @rule()
    def register(self) -> None:
        """A new registration can always be made."""
        for event in (STARTED, COMPLETED):
            self.machine, _ = advance(self.machine, event)
        self.missed = 0
        assert HEALTHY[self.machine.role] is self.machine.state

    @invariant()
    def is_possible(self) -> None:
        """No server is ever in a state of the other role."""
        assert self.machine.state in STATES[self.machine.role]

    @invariant()
    def can_be_removed(self) -> None:
        """From anywhere there is a way back to a server without a pair."""
        assert Machine(self.machine.role) == advance(self.machine, REMOVED)[0]

    @invariant()
    def can_be_registered(self) -> None:
        """From anywhere there is a way to a healthy pair."""
        machine = self.machine
        for event in (REMOVED, STARTED, COMPLETED):
            machine, _ = advance(machine, event)
        assert Machine(machine.role, HEALTHY[machine.role]) == machine


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
