"""Making the pair, from the primary's side: checks, milestones, and the way back.

Runs on its own once started, whoever watches.  Knows nothing of prompts or pages.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from .birth import AUTHKEY
from .catalogue import KEY_MISMATCH, MILESTONE
from .clock import Clock
from .ha import HaEvent, HaState
from .logs import Level, LogName, NodeLogs
from .names import Resolver
from .pair import Pair, Peer
from .peers import Invitation, PeerClient, PeerRefused
from .preconditions import (
    Identity,
    RegistrationRefused,
    RegistrationRequest,
    check_request,
)
from .replication import take_snapshot
from .store import Store
from .transport import Transport, TransportError
from .trust import CertificateRefused
from .users import SecretChecker, hash_aside

logger = logging.getLogger("tofulab.state")

_STEPS = 20
_INTERRUPTED = "it was interrupted"


class Milestone(StrEnum):
    """The three parts of a registration, as the appliance's page names them."""

    PRE = "Pre-HA Registration"
    REPLICATION = "Database Replication"
    POST = "Post HA Registration"


DURATIONS = {Milestone.PRE: 120, Milestone.REPLICATION: 1200, Milestone.POST: 180}
"""Lab seconds: 25 minutes together, as Cisco's guide says; the split is ours."""


class RegistrationFailed(Exception):
    """A registration that was started and has led back to `HA not Configured`."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the registration is: the milestone at work and its percent, 0 to 100."""

    milestone: Milestone
    percent: int


class Registration:
    """One registration, running; `done` is its task."""

    def __init__(self) -> None:
        self.progress = Progress(Milestone.PRE, 0)
        self.done: asyncio.Task[None] | None = None
        self._moved = asyncio.Event()

    @property
    def running(self) -> bool:
        """Whether it has yet to end, be it before the HA state says that it began."""
        return self.done is not None and not self.done.done()

    @property
    def failure(self) -> str | None:
        """Why it failed, once it has ended; None where it did not."""
        if self.done is None or not self.done.done():
            return None
        if self.done.cancelled():
            return _INTERRUPTED
        error = self.done.exception()
        return None if error is None else str(error)

    def report(self, milestone: Milestone, percent: int) -> None:
        """Note how far it is, and wake those who watch."""
        self.progress = Progress(milestone, percent)
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def moved(self) -> None:
        """Wait until it is further, or has ended."""
        assert self.done is not None
        moved = asyncio.ensure_future(self._moved.wait())
        try:
            await asyncio.wait({moved, self.done}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            moved.cancel()


class Registrations:
    """Starts registrations on a primary, one at a time."""

    def __init__(
        self,
        *,
        pair: Pair,
        store: Store,
        logs: NodeLogs,
        clock: Clock,
        transport: Transport,
        resolver: Resolver,
        checker: SecretChecker,
    ) -> None:
        self._pair = pair
        self._store = store
        self._logs = logs
        self._clock = clock
        self._transport = transport
        self._resolver = resolver
        self._checker = checker
        self.current: Registration | None = None

    def start(
        self, identity: Identity, request: RegistrationRequest, authkey: str | None
    ) -> Registration:
        """Start a registration; `authkey` is the hash of this server's own key.

        Raises RegistrationRefused, with nothing changed.
        """
        address = check_request(identity, request, self._pair, self._resolver)
        if self.current is not None and self.current.running:
            raise RegistrationRefused("A registration is in progress")
        registration = Registration()
        work = self._run(registration, identity, request, address, authkey)
        registration.done = asyncio.ensure_future(work)
        registration.done.add_done_callback(_consume)
        self.current = registration
        return registration

    def abort(self) -> None:
        """Abandon a registration that runs; its state is undone when this returns."""
        if self.current is not None and self.current.done is not None:
            self.current.done.cancel()
            self._pair.apply(HaEvent.REGISTRATION_FAILED, _INTERRUPTED)

    async def _run(
        self,
        registration: Registration,
        identity: Identity,
        request: RegistrationRequest,
        address: str,
        authkey: str | None,
    ) -> None:
        peer = Peer(
            address=address,
            name=address,
            token=secrets.token_urlsafe(32),
            failover=request.failover,
            emails=request.emails,
            virtual_ip=request.virtual_ip,
        )
        client = PeerClient(self._transport, address)
        await self._leave_old(client, identity, request.key, authkey)
        self._pair.apply(HaEvent.REGISTRATION_STARTED, f"with {address}", peer=peer)
        try:
            await self._invite(registration, client, identity, request.key)
            await self._check_key(identity, request.key, address, authkey)
            await self._pass(registration, Milestone.PRE)
            self._reached(registration, Milestone.PRE)
            await self._replicate(registration, client)
            await self._complete(registration, client)
        except (PeerRefused, TransportError, CertificateRefused) as error:
            await self._fail(client, peer.token, str(error))
            raise RegistrationFailed(str(error)) from None
        except BaseException as error:  # cancelled, or a fault: both undo it
            self._pair.apply(HaEvent.REGISTRATION_FAILED, _INTERRUPTED)
            if not isinstance(error, asyncio.CancelledError):
                logger.exception("the registration with %s failed", address)
            raise

    async def _check_key(
        self, identity: Identity, key: str, address: str, authkey: str | None
    ) -> None:
        """Compare with our own key; a primary that has none takes this one over.

        After the secondary's own check, so that its log has the reason too.
        """
        if authkey is None:
            self._store.put_setting(AUTHKEY, await hash_aside(key))
        elif not await self._checker.check(key, authkey):
            raise PeerRefused(
                KEY_MISMATCH.format(primary=identity.address, secondary=address)
            )

    async def _leave_old(
        self, client: PeerClient, identity: Identity, key: str, authkey: str | None
    ) -> None:
        """Take a standing registration with the same secondary back first.

        Raises RegistrationFailed for a wrong key: no standing pair is lost by it.
        """
        if self._pair.peer is None:
            return
        address = self._pair.peer.address
        try:
            await self._check_key(identity, key, address, authkey)
        except PeerRefused as refused:
            self._logs.record(LogName.HEALTH_MONITOR, str(refused), level=Level.ERROR)
            raise RegistrationFailed(str(refused)) from None
        token = self._pair.peer.token
        self._pair.apply(HaEvent.REMOVED, "registered again")
        await _best_effort(client.remove(token))

    async def _invite(
        self,
        registration: Registration,
        client: PeerClient,
        identity: Identity,
        key: str,
    ) -> None:
        peer = self._pair.peer
        assert peer is not None
        name = await client.register(
            Invitation(
                address=identity.address,
                name=identity.name,
                version=identity.version,
                key=key,
                token=peer.token,
                failover=peer.failover,
                emails=peer.emails,
                virtual_ip=peer.virtual_ip,
            )
        )
        self._token()  # high availability may have been removed meanwhile
        self._pair.update_peer(replace(peer, name=name, confirmed=True))

    async def _replicate(self, registration: Registration, client: PeerClient) -> None:
        await client.replicate(self._token(), take_snapshot(self._store))
        await self._pass(registration, Milestone.REPLICATION)
        self._reached(registration, Milestone.REPLICATION)

    async def _complete(self, registration: Registration, client: PeerClient) -> None:
        await self._pass(registration, Milestone.POST)
        await client.complete(self._token())
        self._pair.apply(HaEvent.REGISTRATION_COMPLETED)
        self._reached(registration, Milestone.POST)

    def _token(self) -> str:
        if self._pair.peer is None or self._pair.state is not HaState.INITIALIZING:
            raise PeerRefused("the secondary server was lost during the registration")
        return self._pair.peer.token

    async def _pass(self, registration: Registration, milestone: Milestone) -> None:
        """Let the milestone's time go by, watching that the peer is still there."""
        for step in range(_STEPS):
            registration.report(milestone, step * 100 // _STEPS)
            await self._clock.wait(DURATIONS[milestone] / _STEPS)
            self._token()

    def _reached(self, registration: Registration, milestone: Milestone) -> None:
        registration.report(milestone, 100)
        text = MILESTONE.format(milestone=milestone)
        self._logs.record(LogName.HEALTH_MONITOR, text)

    async def _fail(self, client: PeerClient, token: str, reason: str) -> None:
        self._pair.apply(HaEvent.REGISTRATION_FAILED, reason)
        await _best_effort(client.abandon(token, reason))


async def _best_effort(asking: Coroutine[Any, Any, None]) -> None:
    """Tell the peer, if it can be told: it finds out by heartbeat otherwise."""
    with contextlib.suppress(PeerRefused, TransportError, CertificateRefused):
        await asking


def _consume(task: asyncio.Task[None]) -> None:
    """Take note of the outcome, so that nobody has to watch."""
    if not task.cancelled():
        task.exception()
