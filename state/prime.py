"""What only a Prime Infrastructure server has: its pair, its monitor, its ISE servers.

Puts them together; knows nothing of how they are shown.
"""

from __future__ import annotations

from collections.abc import Callable

from .birth import AUTHKEY
from .catalogue import INTERRUPTED
from .clock import Clock
from .ha import HaEvent, HaState
from .ise import IseServers
from .logs import NodeLogs
from .monitor import HealthMonitor
from .names import Resolver
from .pair import Pair
from .peers import PeerClient, PeerRefused, UnknownRegistration
from .preconditions import Identity, RegistrationRequest
from .registrar import Registrar
from .registration import Registration, Registrations
from .seed import NodeSeed, Role
from .store import Store
from .transport import Transport, TransportError
from .trust import CertificateRefused
from .users import SecretChecker, hash_aside


class Prime:
    """A PI server's own parts."""

    def __init__(
        self,
        *,
        seed: NodeSeed,
        hostname: Callable[[], str],
        store: Store,
        logs: NodeLogs,
        clock: Clock,
        transport: Transport,
        resolver: Resolver,
    ) -> None:
        self._seed = seed
        self._hostname = hostname
        self._store = store
        self._transport = transport
        self._checker = SecretChecker()
        self.pair = Pair(seed.role, store, logs, clock)
        self.monitor = HealthMonitor(
            address=seed.address,
            pair=self.pair,
            store=store,
            logs=logs,
            clock=clock,
            transport=transport,
        )
        self.registrations = Registrations(
            pair=self.pair,
            store=store,
            logs=logs,
            clock=clock,
            transport=transport,
            resolver=resolver,
            checker=self._checker,
        )
        self.registrar = Registrar(
            identity=self.identity,
            authkey=self._authkey,
            pair=self.pair,
            store=store,
            logs=logs,
            transport=transport,
            checker=self._checker,
        )
        self.ise_servers = IseServers(
            store=store,
            logs=logs,
            clock=clock,
            transport=transport,
            active=lambda: seed.role is Role.PRIMARY,
        )

    def identity(self) -> Identity:
        """Who this server is to its peer."""
        return Identity(
            address=self._seed.address,
            name=self._hostname(),
            version=self._seed.version,
        )

    def _authkey(self) -> str | None:
        hashed: str | None = self._store.setting(AUTHKEY)
        return hashed

    async def check_authkey(self, key: str) -> bool:
        """Tell whether this is the server's HA authentication key."""
        return await self._checker.check(key, self._authkey())

    async def set_authkey(self, key: str) -> None:
        """Change the server's HA authentication key."""
        self._store.put_setting(AUTHKEY, await hash_aside(key))

    def register(self, request: RegistrationRequest) -> Registration:
        """Start to register a secondary; raises RegistrationRefused."""
        return self.registrations.start(self.identity(), request, self._authkey())

    async def remove(self) -> str | None:
        """Remove high availability: on a primary from both, on a secondary from itself.

        Returns why the secondary could not be told, which then keeps its half
        until it is removed there, or None.
        """
        peer = self.pair.peer
        self.pair.apply(HaEvent.REMOVED, "by the administrator")
        if peer is None or self.pair.machine.role is Role.SECONDARY:
            return None
        try:
            await PeerClient(self._transport, peer.address).remove(peer.token)
        except UnknownRegistration:
            return None  # a heartbeat has told it already
        except (TransportError, PeerRefused, CertificateRefused) as error:
            return str(error)
        return None

    def start(self) -> None:
        """Begin the recurring work: the services have started."""
        interrupted = self.pair.state is HaState.INITIALIZING
        self.pair.apply(HaEvent.SERVICES_STARTED, INTERRUPTED if interrupted else "")
        self.monitor.start()
        self.ise_servers.start()

    def stop(self) -> None:
        """End the recurring work: the services stop."""
        self.monitor.stop()
        self.ise_servers.stop()
        self.registrations.abort()
