"""The answering side of the pair."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.nodes import (
    AUTHKEY,
    HEALTHY,
    NOT_CONFIGURED,
    PRIMARY,
    SECONDARY,
    Servers,
    read_log,
)
from tofulab.state.pair import Peer
from tofulab.state.peers import Invitation, PeerRefused, UnknownRegistration
from tofulab.state.registrar import Registrar

INVITATION = Invitation(
    address=PRIMARY,
    name="prime-pri",
    version="3.5",
    key=AUTHKEY,
    token="token",
    failover="Manual",
    emails=(),
    virtual_ip=(),
)


@pytest.fixture
def registrar(pair: Servers) -> Registrar:
    """The secondary's."""
    return pair.secondary.prime.registrar


def peer_of(pair: Servers) -> Peer:
    """The secondary's peer."""
    peer = pair.secondary.prime.pair.peer
    assert peer is not None
    return peer


async def test_an_invitation_is_accepted(pair: Servers, registrar: Registrar) -> None:
    """The secondary tells its name, and is being registered."""
    assert "prime-sec" == await registrar.register(INVITATION)
    assert "HA Initializing" == registrar.heartbeat("token", "")
    assert (PRIMARY, "token") == (peer_of(pair).address, peer_of(pair).token)


async def test_a_second_invitation_has_to_wait(registrar: Registrar) -> None:
    """While it is being registered, a secondary takes no other invitation."""
    await registrar.register(INVITATION)
    with pytest.raises(PeerRefused, match=f"{SECONDARY} is just being registered"):
        await registrar.register(replace(INVITATION, token="other"))


async def test_a_refusal_is_logged_and_changes_nothing(
    pair: Servers, registrar: Registrar
) -> None:
    """Who asked and why it was refused is in the secondary's log."""
    with pytest.raises(PeerRefused):
        await registrar.register(replace(INVITATION, version="3.7"))
    text = (
        f"ERROR [system] [HealthMonitorThread] HA registration asked for by {PRIMARY}"
    )
    assert f"{text} refused: Versions differ: primary 3.7, secondary 3.5" in read_log(
        pair.secondary
    )
    assert (NOT_CONFIGURED, []) == (pair.states, pair.secondary.prime.pair.events())


async def test_a_standing_pair_is_left_for_a_good_invitation_only(
    registered: Servers,
) -> None:
    """What no server sends does not take a standing pair away."""
    registrar = registered.secondary.prime.registrar
    with pytest.raises(ValueError, match="Never"):
        await registrar.register(replace(INVITATION, failover="Never"))
    assert HEALTHY == registered.states


@pytest.mark.parametrize("token", ["", "tokeN", "token ", "토큰"])
async def test_a_wrong_token_is_no_registration(
    registrar: Registrar, token: str
) -> None:
    """Only the token that was agreed on authenticates the peer."""
    await registrar.register(INVITATION)
    with pytest.raises(UnknownRegistration):
        registrar.heartbeat(token, "")
    with pytest.raises(UnknownRegistration):
        registrar.remove(token)


async def test_a_message_comes_late(pair: Servers, registrar: Registrar) -> None:
    """An end that is told twice, or after the end, changes nothing more."""
    await registrar.register(INVITATION)
    registrar.abandon("token", "because")
    assert NOT_CONFIGURED == pair.states
    with pytest.raises(UnknownRegistration):
        registrar.complete("token")
    assert NOT_CONFIGURED == pair.states


async def test_a_primary_takes_no_data_over(registered: Servers) -> None:
    """Data goes from the primary to the secondary alone."""
    registrar = registered.primary.prime.registrar
    with pytest.raises(PeerRefused, match="Only a secondary"):
        registrar.replicate(peer_of(registered).token, {})


async def test_data_that_is_no_snapshot_is_refused(registered: Servers) -> None:
    """Broken data changes nothing on the secondary."""
    registrar = registered.secondary.prime.registrar
    with pytest.raises(PeerRefused, match="not a snapshot"):
        registrar.replicate(peer_of(registered).token, {"ise_server": 1})
