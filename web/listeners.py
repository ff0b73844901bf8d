"""The HTTPS listeners of a node: uvicorn's protocol behind TLS acceptors.

No uvicorn server runs: one would wake up ten times a second for each node.
Knows nothing of what the applications answer.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from ..state.addresses import Network, Place
from ..state.keystore import KeyPair
from ..state.transport import server_context
from .acceptor import Acceptor

_FIRST_REQUEST_SECONDS = 10.0

logging.getLogger("uvicorn.error").setLevel(logging.ERROR)


class PortInUse(OSError):
    """A place where something else listens already."""

    def __init__(self, place: Place) -> None:
        super().__init__(f"{place.host} port {place.port} is in use")
        self.place = place


class _Connection(H11Protocol):
    """A connection that has to ask something in time: uvicorn would wait for ever."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(_FIRST_REQUEST_SECONDS, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def _give_up(self) -> None:
        # uvicorn declares a cycle, and has none before the first request.
        if getattr(self, "cycle", None) is None:
            self.transport.abort()


@dataclass(slots=True)
class _Service:
    """One application, and what accepts its connections while it runs."""

    config: Config
    state: ServerState
    acceptor: Acceptor | None = None

    def connect(self) -> H11Protocol:
        """Make the protocol of a connection."""
        return _Connection(self.config, self.state, {})


class HttpsListeners:
    """A node's applications, each on its own port, all with the node's certificate.

    Where the network maps a port to the kernel's choice (0), it learns the port
    that was chosen, so that peers find it.
    """

    def __init__(
        self, applications: Mapping[int, ASGIApp], address: str, network: Network
    ) -> None:
        """Serve each real port's application where the network places it."""
        self._address = address
        self._network = network
        self._services = {
            port: _service(application) for port, application in applications.items()
        }

    async def open(self, pair: KeyPair) -> None:
        """Listen, and show this certificate.

        Raises PortInUse, or OSError for a place that is not on this machine.
        """
        context = server_context(pair)
        try:
            for port, service in self._services.items():
                self._listen(port, service, context)
        except BaseException:  # cancelled too: all listen, or none
            await self.close()
            raise

    def _listen(self, port: int, service: _Service, context: ssl.SSLContext) -> None:
        place = self._network.place(self._address, port)
        acceptor = Acceptor(service.connect, context, service.state.connections)
        try:
            self._network.places[self._address, port] = acceptor.open(place)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise PortInUse(place) from None
        service.acceptor = acceptor

    async def close(self) -> None:
        """Stop listening and drop all connections."""
        for service in self._services.values():
            if service.acceptor is not None:
                acceptor, service.acceptor = service.acceptor, None
                await acceptor.close()
            for connection in list(service.state.connections):
                connection.transport.abort()
            for task in list(service.state.tasks):
                task.cancel()
            await asyncio.gather(*service.state.tasks, return_exceptions=True)


def _service(application: ASGIApp) -> _Service:
    config = Config(
        application,
        log_config=None,
        lifespan="off",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
    )
    config.load()
    state = ServerState()
    # The appliance's web server calls itself so.
    state.default_headers = [(b"server", b"Prime")]
    return _Service(config, state)
