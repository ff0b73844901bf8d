"""A TLS listening socket: nothing that it accepted outlives it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from tests.polling import until
from tofulab.state.addresses import Place
from tofulab.state.keystore import KeyPair
from tofulab.state.pki import new_key, self_signed
from tofulab.state.seed import KeyType
from tofulab.state.subjects import Subject
from tofulab.state.transport import server_context
from tofulab.web.acceptor import MOST_HANDSHAKES, Acceptor


class Greeter(asyncio.Protocol):
    """Says hello to everybody, and hangs up."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say hello."""
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"hello")
        transport.close()


@pytest.fixture
async def acceptor() -> AsyncIterator[Acceptor]:
    """An acceptor that is not open yet."""
    key = new_key(KeyType.EC_P256)
    certificate = self_signed(key, Subject("a"), ["a"], datetime.now(UTC))
    acceptor = Acceptor(Greeter, server_context(KeyPair(key, certificate)))
    yield acceptor
    await acceptor.close()


async def greet(place: Place) -> bytes:
    """Connect, shake hands, and read to the end."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    reader, writer = await asyncio.open_connection(place.host, place.port, ssl=context)
    try:
        return await reader.read()
    finally:
        writer.transport.abort()


async def test_connections_are_served(acceptor: Acceptor) -> None:
    """Many clients at once are all answered."""
    place = acceptor.open(Place("127.0.0.1", 0))
    assert [b"hello"] * 10 == await asyncio.gather(*(greet(place) for _ in range(10)))


async def test_closed_is_closed(acceptor: Acceptor) -> None:
    """Nobody connects any more; the same place can be opened again at once."""
    place = acceptor.open(Place("127.0.0.1", 0))
    await acceptor.close()
    with pytest.raises(ConnectionRefusedError):
        await greet(place)
    assert place == acceptor.open(place)
    assert b"hello" == await greet(place)


@pytest.mark.parametrize("late", [False, True], ids=["waiting", "in handshake"])
async def test_a_handshake_ends_with_the_listener(
    acceptor: Acceptor, late: bool
) -> None:
    """Who has connected and not shaken hands is hung up on, however shortly before."""
    place = acceptor.open(Place("127.0.0.1", 0))
    with socket.create_connection((place.host, place.port)) as client:
        client.settimeout(5)
        if late:
            assert b"hello" == await greet(place)  # so the first one is accepted too
        await acceptor.close()
        assert has_hung_up(client)


async def test_handshakes_have_a_limit(acceptor: Acceptor) -> None:
    """Past the limit, who only connects is dropped; later clients are served again."""
    place = acceptor.open(Place("127.0.0.1", 0))
    clients = [
        socket.create_connection((place.host, place.port), 5)
        for _ in range(MOST_HANDSHAKES)
    ]
    await until(lambda: acceptor.handshakes == MOST_HANDSHAKES)
    with pytest.raises((ConnectionError, ssl.SSLError)):
        await greet(place)
    for client in clients:
        client.close()
    await until(lambda: acceptor.handshakes == 0)
    assert b"hello" == await greet(place)


def has_hung_up(client: socket.socket) -> bool:
    """Tell whether the other end closes the connection without a word."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True
