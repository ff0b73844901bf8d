"""The health monitor: dials its own server and the peer, at every heartbeat.

Knows nothing of what the heartbeats are answered with on this side.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from .addresses import LOOPBACK
from .catalogue import HEARTBEAT_FAILED, REPLICATED, REPLICATION_FAILED
from .clock import Clock
from .faults import outlive_faults
from .ha import HEARTBEATS_TO_LOSE, Effect, HaEvent, HaState
from .logs import Level, LogName, NodeLogs
from .pair import Pair, Peer
from .peers import PeerClient, PeerRefused, UnknownRegistration
from .replication import digest, take_snapshot
from .seed import Role
from .store import Store
from .transport import Transport, TransportError
from .trust import CertificateChanged, CertificateRefused

HEARTBEAT_SECONDS = 5
REPLICATION_SECONDS = 11
"""Lab seconds between heartbeats, and between looks for changed data, as Cisco's
guide says."""


class HealthMonitor:
    """The recurring work of one server's health monitor, while its services run."""

    def __init__(
        self,
        *,
        address: str,
        pair: Pair,
        store: Store,
        logs: NodeLogs,
        clock: Clock,
        transport: Transport,
    ) -> None:
        self._address = address
        self._pair = pair
        self._store = store
        self._logs = logs
        self._clock = clock
        self._transport = transport
        self._tasks: list[asyncio.Task[None]] = []
        self._replicated: str | None = None

    def start(self) -> None:
        """Begin; the first round is at once."""
        self._pair.on_effect = self._obey
        self._tasks = [
            asyncio.ensure_future(self._beat()),
            asyncio.ensure_future(self._copy()),
        ]

    def stop(self) -> None:
        """End all rounds."""
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()

    def _obey(self, effect: Effect) -> None:
        if effect is Effect.REPLICATE:
            self._replicated = None  # a secondary that was away gets everything

    async def _beat(self) -> None:
        while True:
            with outlive_faults("heartbeat"):
                await asyncio.gather(
                    *map(self._dial_self, self._own()), self._dial_peer()
                )
            await self._clock.rest(HEARTBEAT_SECONDS)

    def _own(self) -> tuple[str, ...]:
        """The addresses under which a server dials itself, as in the TechNote."""
        if self._pair.machine.role is Role.SECONDARY:
            return (self._address, LOOPBACK)
        return (self._address,)

    async def _dial_self(self, address: str) -> None:
        try:
            await PeerClient(self._transport, address).probe()
        except CertificateRefused:
            pass  # the transport has logged it; it is no loss of the peer
        except (TransportError, PeerRefused) as error:
            self._log(f"{address}: {error}", Level.ERROR)

    async def _dial_peer(self) -> None:
        peer, machine = self._pair.peer, self._pair.machine
        if peer is None:
            return
        inviting = machine.role is Role.PRIMARY and not peer.confirmed
        if machine.state is HaState.INITIALIZING and inviting:
            return  # the secondary has yet to accept
        client = PeerClient(self._transport, peer.address)
        try:
            state = await client.heartbeat(peer.token, self._pair.state)
        except UnknownRegistration as error:
            self._unknown(peer, str(error))
        except (TransportError, PeerRefused, CertificateRefused) as error:
            self._miss(peer, error)
        else:
            self._answer(peer, state)

    def _answer(self, peer: Peer, state: str) -> None:
        if self._pair.peer is None or self._pair.peer.token != peer.token:
            return  # the registration ended while the peer was asked
        if not peer.confirmed and state not in (
            HaState.INITIALIZING,
            HaState.NOT_CONFIGURED,
        ):
            self._pair.update_peer(replace(self._pair.peer, confirmed=True))
        self._pair.apply(HaEvent.HEARTBEAT_ANSWERED)

    def _miss(self, peer: Peer, error: Exception) -> None:
        if self._pair.peer is None or self._pair.peer.token != peer.token:
            return
        self._pair.apply(HaEvent.HEARTBEAT_MISSED, str(error))
        missed = self._pair.machine.missed
        if missed > HEARTBEATS_TO_LOSE or isinstance(error, CertificateChanged):
            return  # known to be lost, or logged in the TechNote's own words
        text = HEARTBEAT_FAILED.format(
            address=peer.address, missed=missed, limit=HEARTBEATS_TO_LOSE, reason=error
        )
        self._log(text, Level.ERROR)

    def _unknown(self, peer: Peer, reason: str) -> None:
        """The peer holds no such registration: fatal for one that is not yet whole."""
        if self._pair.peer is None or self._pair.peer.token != peer.token:
            return
        if self._pair.state is HaState.INITIALIZING:
            self._pair.apply(HaEvent.REGISTRATION_FAILED, reason)
        elif not peer.confirmed:
            self._pair.apply(HaEvent.REMOVED, reason)
        else:
            self._miss(peer, PeerRefused(reason))

    async def _copy(self) -> None:
        while True:
            await self._clock.rest(REPLICATION_SECONDS)
            if self._pair.state is HaState.PRIMARY_ACTIVE:
                with outlive_faults("replication"):
                    await self._replicate()

    async def _replicate(self) -> None:
        peer = self._pair.peer
        snapshot = take_snapshot(self._store)
        name = digest(snapshot)
        if peer is None or name == self._replicated:
            return
        try:
            await PeerClient(self._transport, peer.address).replicate(
                peer.token, snapshot
            )
        except (TransportError, PeerRefused, CertificateRefused) as error:
            text = REPLICATION_FAILED.format(address=peer.address, reason=error)
            self._log(text, Level.ERROR)
            return
        self._replicated = name
        self._log(REPLICATED.format(address=peer.address))

    def _log(self, text: str, level: Level = Level.INFO) -> None:
        self._logs.record(LogName.HEALTH_MONITOR, text, level=level)
