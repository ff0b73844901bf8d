"""What the two servers of a pair say to each other."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from tests.nodes import DEAF, PRIMARY, SECONDARY, Lab, Servers
from tofulab.state.peers import Invitation, PeerClient, PeerRefused, UnknownRegistration
from tofulab.state.transport import BadAnswer

if TYPE_CHECKING:
    from .conftest import RawServer

    Listen = Callable[[RawServer], Awaitable[RawServer]]

INVITATION = Invitation(
    address=PRIMARY,
    name="prime-pri",
    version="3.5",
    key="Lab-Key-1",
    token="t",
    failover="Manual",
    emails=("a@example.org",),
    virtual_ip=("192.0.2.100",),
)
VALUES: dict[str, Any] = asdict(INVITATION)


def test_an_invitation_is_read_as_it_was_written() -> None:
    """JSON's lists become tuples again."""
    values = VALUES | {"emails": ["a@example.org"], "virtual_ip": ["192.0.2.100"]}
    assert INVITATION == Invitation.read(values)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {key: VALUES[key] for key in VALUES if key != "token"},
        VALUES | {"emails": 7},
        VALUES | {"name": "a\n01/01/26 00:00:00.000 INFO forged"},
        VALUES | {"address": "192.0.2.11\x1b[2J"},
        VALUES | {"version": "\udcff"},
    ],
)
def test_what_is_no_invitation_is_refused(values: dict[str, Any]) -> None:
    """Missing values, wrong types and what would forge a log line are mistakes."""
    with pytest.raises((TypeError, KeyError, ValueError)):
        Invitation.read(values)


async def test_a_probe_tells_the_version(pair: Servers) -> None:
    """A health monitor says of which version it is, to anybody."""
    client = PeerClient(pair.primary.transport, SECONDARY)
    assert "3.5" == await client.probe()


async def test_without_a_registration_all_else_is_unknown(pair: Servers) -> None:
    """Every message with a token that is not of a registration is refused."""
    client = PeerClient(pair.primary.transport, SECONDARY)
    reason = rf"{SECONDARY} does not know this registration"
    for asking in (
        client.heartbeat("t", "Primary Active"),
        client.replicate("t", {}),
        client.complete("t"),
        client.abandon("t", "no"),
        client.remove("t"),
    ):
        with pytest.raises(UnknownRegistration, match=reason):
            await asking


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"hello", BadAnswer),
        (b"[]", BadAnswer),
        (b"\xff", BadAnswer),
        (b'{"error": "busy"}', PeerRefused),
    ],
)
async def test_what_is_no_health_monitor_is_told(
    lab: Lab,
    listen: Listen,
    raw: type[RawServer],
    tls: ssl.SSLContext,
    body: bytes,
    error: type[Exception],
) -> None:
    """An answer that is no JSON object is bad, an error is the peer's refusal."""
    node = await lab.boot("prime-pri")
    head = b"HTTP/1.1 500 No\r\nContent-Length: %d\r\n\r\n" % len(body)
    await listen(raw(tls, head + body))
    with pytest.raises(error):
        await PeerClient(node.transport, DEAF).probe()
