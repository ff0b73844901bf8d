"""Stores, nodes and servers for the tests of what a node is."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.nodes import DEAF, Lab, Servers
from tofulab.state.addresses import Place
from tofulab.state.keystore import KeyPair
from tofulab.state.logs import NodeLogs
from tofulab.state.pki import new_key, self_signed
from tofulab.state.seed import KeyType
from tofulab.state.store import Store
from tofulab.state.subjects import Subject
from tofulab.state.transport import server_context


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty database."""
    store = Store(tmp_path / "test.sqlite3")
    yield store
    store.close()


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[NodeLogs]:
    """The logs of an empty disk."""
    logs = NodeLogs(tmp_path / "disk")
    yield logs
    logs.close()


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    """A lab in which nothing runs yet."""
    lab = Lab(tmp_path / "lab")
    yield lab
    await lab.close()


@pytest.fixture
async def pair(lab: Lab) -> Servers:
    """Two PI servers, started and not registered."""
    return Servers(lab, await lab.boot("prime-pri"), await lab.boot("prime-sec"))


@pytest.fixture
async def registered(pair: Servers) -> Servers:
    """Two PI servers that are a pair."""
    await pair.register()
    return pair


@pytest.fixture
def make_pair() -> Callable[[str], KeyPair]:
    """Makes a key and self-signed certificate for a name."""

    def make(name: str) -> KeyPair:
        key = new_key(KeyType.EC_P256)
        now = datetime.now(UTC)
        return KeyPair(key, self_signed(key, Subject(name), [name], now))

    return make


@dataclass
class RawServer:
    """Notes all that it receives, and answers each connection with the same bytes."""

    context: ssl.SSLContext | None
    answer: bytes = b""
    waits: bool = True
    received: bytearray = field(default_factory=bytearray)
    connections: int = 0
    ended: int = 0

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer, then read to the end."""
        self.connections += 1
        try:
            await self._converse(reader, writer)
        except ConnectionError:
            pass  # the client has hung up
        finally:
            self.ended += 1
            writer.transport.abort()

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(self.answer)
        await writer.drain()
        while self.waits and (data := await reader.read(65536)):
            self.received += data


@pytest.fixture
async def listen(lab: Lab) -> AsyncIterator[Callable[..., object]]:
    """Puts a server of the test's own at the lab's address 192.0.2.99, both ports."""
    async with AsyncExitStack() as stack:

        async def start(server: RawServer) -> RawServer:
            listener = await asyncio.start_server(
                server.serve, "127.0.0.1", 0, ssl=server.context
            )
            stack.callback(listener.close)
            port = listener.sockets[0].getsockname()[1]
            for real in (443, 8082):
                lab.network.places[DEAF, real] = Place("127.0.0.1", port)
            return server

        yield start


@pytest.fixture
def tls(make_pair: Callable[[str], KeyPair]) -> ssl.SSLContext:
    """The TLS context of a server that calls itself `stranger`."""
    return server_context(make_pair("stranger"))


@pytest.fixture
def raw() -> type[RawServer]:
    """Makes a server that talks as it is told, for `listen`."""
    return RawServer
