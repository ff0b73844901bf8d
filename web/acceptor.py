"""A TLS listening socket whose connections end with it, also those in their handshake.

asyncio's own server forgets a connection until its handshake is done: one that is
made while the server closes would outlive it.  Knows no HTTP.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable, Collection

from ..state.addresses import Place

logger = logging.getLogger("tofulab.web")

HANDSHAKE_SECONDS = 10.0
MOST_CONNECTIONS = 256
MOST_HANDSHAKES = 64
"""At once, at one place; a connection past them is dropped."""

_BACKLOG = 128
_PAUSE = 0.5


class Acceptor:
    """Accepts connections at one place, from `open` to `close`."""

    def __init__(
        self,
        make_protocol: Callable[[], asyncio.Protocol],
        context: ssl.SSLContext,
        established: Collection[object] = (),
    ) -> None:
        """Serve with protocols; `established` are those past their handshake."""
        self._established = established
        self._make_protocol = make_protocol
        self._context = context
        self._listening: socket.socket | None = None
        self._pause: asyncio.TimerHandle | None = None
        self._handshakes: set[asyncio.Task[None]] = set()

    @property
    def handshakes(self) -> int:
        """How many connections are in their handshake."""
        return len(self._handshakes)

    def open(self, place: Place) -> Place:
        """Listen; returns the place, with the port chosen where it is 0.

        Raises OSError.
        """
        family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
        listening = socket.create_server(
            (place.host, place.port), family=family, backlog=_BACKLOG
        )
        listening.setblocking(False)
        self._listening = listening
        self._watch(listening)
        return Place(place.host, listening.getsockname()[1])

    async def close(self) -> None:
        """Stop listening, and end the connections in their handshake."""
        if self._pause is not None:
            self._pause.cancel()
        if self._listening is not None:
            asyncio.get_running_loop().remove_reader(self._listening)
            self._listening.close()
            self._listening = None
        # A task that is cancelled before it has begun would not close its socket.
        await asyncio.sleep(0)
        tasks = list(self._handshakes)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # what was cancelled closes its socket now

    def _watch(self, listening: socket.socket) -> None:
        """Accept whenever somebody connects.

        Not with `sock_accept`: cancelled at the wrong time, it loses a socket.
        """
        loop = asyncio.get_running_loop()
        loop.add_reader(listening, self._accept, listening)

    def _accept(self, listening: socket.socket) -> None:
        try:
            connection, _ = listening.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # who wanted to connect has gone
        except OSError as error:  # no file descriptors left, most likely
            logger.error("cannot accept a connection: %s", error)
            loop = asyncio.get_running_loop()
            loop.remove_reader(listening)
            self._pause = loop.call_later(_PAUSE, self._watch, listening)
            return
        if (
            self.handshakes >= MOST_HANDSHAKES
            or len(self._established) >= MOST_CONNECTIONS
        ):
            connection.close()
            return
        connection.setblocking(False)
        # asyncio does so for sockets of its own making alone.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = asyncio.ensure_future(self._shake_hands(connection))
        self._handshakes.add(task)
        task.add_done_callback(self._handshakes.discard)

    async def _shake_hands(self, connection: socket.socket) -> None:
        """Make the connection ready for its protocol; drop it if that fails."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):  # ssl.SSLError is one
            await loop.connect_accepted_socket(
                self._make_protocol,
                connection,
                ssl=self._context,
                ssl_handshake_timeout=HANDSHAKE_SECONDS,
            )
