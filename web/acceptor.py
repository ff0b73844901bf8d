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
from collections.abc import Callable

from ..state.addresses import Place

logger = logging.getLogger("tofulab.web")

HANDSHAKE_SECONDS = 10.0
MOST_HANDSHAKES = 64
"""At once; a connection past them is dropped."""

_BACKLOG = 128
_PAUSE = 0.5


class Acceptor:
    """Accepts connections at one place, from `open` to `close`."""

    def __init__(
        self, make_protocol: Callable[[], asyncio.Protocol], context: ssl.SSLContext
    ) -> None:
        self._make_protocol = make_protocol
        self._context = context
        self._listening: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._handshakes: set[asyncio.Task[None]] = set()

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
        self._accepting = asyncio.ensure_future(self._accept(listening))
        return Place(place.host, listening.getsockname()[1])

    async def close(self) -> None:
        """Stop listening, and end the connections in their handshake."""
        tasks = {*self._handshakes, *filter(None, (self._accepting,))}
        self._accepting = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        await asyncio.sleep(0)  # what was cancelled closes its socket now

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(listening)
            except OSError as error:  # no file descriptors left, most likely
                logger.error("cannot accept a connection: %s", error)
                await asyncio.sleep(_PAUSE)
                continue
            if len(self._handshakes) >= MOST_HANDSHAKES:
                connection.close()
                continue
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
