"""The node's processes: started and stopped together, with the listeners they own.

Knows nothing of what the listeners serve.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Protocol

from .clock import Clock
from .keystore import KeyPair, KeyStore

START_SECONDS = 552
STOP_SECONDS = 180
"""How long the appliance takes, in lab seconds (first recalled, second ours)."""


class Power(StrEnum):
    """What the services are doing."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"


class Listeners(Protocol):
    """What serves the node's HTTPS ports."""

    async def open(self, pair: KeyPair) -> None:
        """Listen, and show this certificate; raises OSError for a port in use."""

    async def close(self) -> None:
        """Stop listening and drop all connections."""


class NoListeners:
    """Listeners of a node that serves nothing."""

    async def open(self, pair: KeyPair) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Do nothing."""


class ServicesBusy(Exception):
    """The services are just being started or stopped."""


Hook = Callable[[], None]


class Services:
    """Starts and stops the processes; `on_start` and `on_stop` are told of it."""

    def __init__(self, keystore: KeyStore, clock: Clock) -> None:
        self._keystore = keystore
        self._clock = clock
        self.listeners: Listeners = NoListeners()
        self._work: asyncio.Task[None] | None = None
        self.power = Power.STARTING  # until the node has booted
        self.served: KeyPair | None = None
        self.on_start: list[Hook] = []
        self.on_stop: list[Hook] = []

    @property
    def running(self) -> bool:
        """Whether all processes run."""
        return self.power is Power.RUNNING

    async def boot(self) -> None:
        """Start at once, as part of the node's own start; raises OSError."""
        await self._open()

    async def start(self) -> None:
        """Start as `ncs start` does; goes on when the one who waits goes away.

        Raises ServicesBusy, or OSError for a port in use.
        """
        await self._run(Power.STOPPED, Power.STARTING, self._start)

    async def stop(self) -> None:
        """Stop as `ncs stop` does; goes on when the one who waits goes away."""
        await self._run(Power.RUNNING, Power.STOPPING, self._stop)

    async def halt(self) -> None:
        """Stop at once, whatever is going on: the node's power goes off."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
        self.power = Power.STOPPING
        try:
            await self._close()
        finally:
            self.power = Power.STOPPED

    async def _run(
        self, need: Power, during: Power, work: Callable[[], Awaitable[None]]
    ) -> None:
        if self.power in (Power.STARTING, Power.STOPPING):
            raise ServicesBusy(f"The services are {self.power}")
        if self.power is not need:
            return
        self.power = during
        self._work = asyncio.ensure_future(work())
        await asyncio.shield(self._work)

    async def _start(self) -> None:
        try:
            await self._clock.wait(START_SECONDS)
            await self._open()
        except BaseException:  # cancelled too: it can be tried again
            self.power = Power.STOPPED
            raise

    async def _stop(self) -> None:
        try:
            await self._close()
            await self._clock.wait(STOP_SECONDS)
        finally:
            self.power = Power.STOPPED

    async def _open(self) -> None:
        pair = self._keystore.installed
        await self.listeners.open(pair)
        self.served = pair
        self.power = Power.RUNNING
        for hook in self.on_start:
            hook()

    async def _close(self) -> None:
        if self.served is not None:
            self.served = None
            for hook in self.on_stop:
                hook()
        await self.listeners.close()
