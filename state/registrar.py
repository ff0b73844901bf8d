"""The answering side of the pair: what a server does when its peer's messages come in.

Behind the health monitor's port.  Knows nothing of HTTP.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from .catalogue import (
    KEY_MISMATCH,
    NOT_REGISTERED,
    REGISTRATION_REFUSED,
    REPLICATION_RECEIVED,
)
from .ha import HaEvent, HaState
from .logs import Level, LogName, NodeLogs
from .pair import FailoverType, Pair, Peer
from .peers import Invitation, PeerClient, PeerRefused, UnknownRegistration
from .preconditions import Identity
from .replication import SnapshotError, apply_snapshot
from .seed import Role
from .store import Store
from .texts import clean
from .transport import Transport, TransportError
from .trust import CertificateRefused
from .users import SecretChecker


class Registrar:
    """Answers a peer; every refusal is a PeerRefused whose text the peer is told."""

    def __init__(
        self,
        *,
        identity: Callable[[], Identity],
        authkey: Callable[[], str | None],
        pair: Pair,
        store: Store,
        logs: NodeLogs,
        transport: Transport,
        checker: SecretChecker,
    ) -> None:
        self._identity = identity
        self._authkey = authkey
        self._pair = pair
        self._store = store
        self._logs = logs
        self._transport = transport
        self._checker = checker

    async def register(self, invitation: Invitation) -> str:
        """Be registered with as a secondary; return this server's host name.

        Dials the primary back before agreeing, so that trust holds both ways.  Raises
        ValueError for values that no server sends.
        """
        peer = _peer(invitation)
        try:
            self._check(invitation)
            await self._check_key(invitation)
            await self._dial_back(invitation)
            self._check(invitation)  # the state may have changed meanwhile
        except PeerRefused as refused:
            text = REGISTRATION_REFUSED.format(
                address=invitation.address, reason=refused
            )
            self._log(text, Level.ERROR)
            raise
        if self._pair.machine.paired:
            self._pair.apply(HaEvent.REMOVED, f"{invitation.address} registers again")
        self._pair.apply(
            HaEvent.REGISTRATION_STARTED,
            f"by {invitation.address}",
            peer=peer,
        )
        return self._identity().name

    def _check(self, invitation: Invitation) -> None:
        own = self._identity()
        peer = self._pair.peer
        if self._pair.machine.role is not Role.SECONDARY:
            raise PeerRefused(f"{own.address} is not a secondary server")
        if invitation.version != own.version:
            raise PeerRefused(
                f"Versions differ: primary {invitation.version},"
                f" secondary {own.version}"
            )
        if peer is not None and peer.address != invitation.address:
            raise PeerRefused(f"{own.address} is registered with {peer.address}")
        if self._pair.state is HaState.INITIALIZING:
            raise PeerRefused(f"{own.address} is just being registered")

    async def _check_key(self, invitation: Invitation) -> None:
        if not await self._checker.check(invitation.key, self._authkey()):
            raise PeerRefused(
                KEY_MISMATCH.format(
                    primary=invitation.address, secondary=self._identity().address
                )
            )

    async def _dial_back(self, invitation: Invitation) -> None:
        try:
            await PeerClient(self._transport, invitation.address).probe()
        except (TransportError, CertificateRefused) as error:
            own = self._identity().address
            raise PeerRefused(
                f"Secondary server {own} cannot connect to primary server"
                f" {invitation.address}: {error}"
            ) from None

    def heartbeat(self, token: str, state: str) -> str:
        """Answer a heartbeat with our own state."""
        del state  # what the peer says of itself changes nothing here
        self._peer(token)
        return self._pair.state

    def replicate(self, token: str, snapshot: object) -> None:
        """Take the primary's data over."""
        peer = self._peer(token)
        if self._pair.machine.role is not Role.SECONDARY:
            raise PeerRefused("Only a secondary server takes data over")
        try:
            apply_snapshot(self._store, snapshot)
        except SnapshotError as error:
            raise PeerRefused(str(error)) from None
        self._log(REPLICATION_RECEIVED.format(address=peer.address))

    def complete(self, token: str) -> None:
        """Take note that the registration is done."""
        self._peer(token)
        self._pair.apply(HaEvent.REGISTRATION_COMPLETED)

    def abandon(self, token: str, reason: str) -> None:
        """Take note that the registration has failed."""
        self._peer(token)
        self._pair.apply(HaEvent.REGISTRATION_FAILED, clean(reason))

    def remove(self, token: str) -> None:
        """Take note that the peer has removed high availability."""
        peer = self._peer(token)
        self._pair.apply(HaEvent.REMOVED, f"by {peer.address}")

    def _peer(self, token: str) -> Peer:
        peer = self._pair.peer
        if peer is None or not hmac.compare_digest(peer.token.encode(), token.encode()):
            address = self._identity().address
            raise UnknownRegistration(NOT_REGISTERED.format(address=address))
        return peer

    def _log(self, text: str, level: Level = Level.INFO) -> None:
        self._logs.record(LogName.HEALTH_MONITOR, text, level=level)


def _peer(invitation: Invitation) -> Peer:
    return Peer(
        address=invitation.address,
        name=invitation.name,
        token=invitation.token,
        failover=FailoverType(invitation.failover),
        emails=invitation.emails,
        virtual_ip=invitation.virtual_ip,
    )
