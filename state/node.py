"""A node: everything that one appliance is, put together over its folder on disk.

Knows nothing of prompts, pages or the other nodes of its lab.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .addresses import Network, Records
from .birth import DISK, LOCAL_DISK, first_pair, host_keys, open_store
from .catalogue import (
    FILE_COMPLETED,
    NEW_CERTIFICATE,
    SERVICES_STARTED,
    SERVICES_STOPPED,
    SYSTEM_HALTED,
    SYSTEM_STARTED,
    UNDERTAKING_INTERRUPTED,
    UNEXPECTED_STOP,
)
from .clock import Clock
from .configuration import DEFAULT_REPOSITORY, RunningConfiguration
from .history import CommandHistory
from .keystore import KeyPair, KeyStore
from .logs import NodeLogs
from .names import Resolver
from .prime import Prime
from .repositories import Repositories, RepositoryError
from .seed import Kind, NodeSeed
from .services import Listeners, Services
from .store import Store
from .subjects import slash_name
from .transport import Transport
from .trust import TrustStore
from .undertakings import Undertaking, take_interrupted, write_kept_file
from .users import Users

_IN_USE = "in use"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a node finds around it: lab time, the network and the lab's DNS."""

    clock: Clock
    network: Network
    records: Records


class Node:
    """One appliance, opened from its folder; `start` gives it power."""

    def __init__(
        self, seed: NodeSeed, folder: Path, store: Store, around: Surroundings
    ) -> None:
        self.seed = seed
        self.folder = folder
        self.store = store
        self.around = around
        self.clock = around.clock
        self.logs = NodeLogs(folder / DISK)
        self.history = CommandHistory(folder / DISK / "home")
        self.keystore = KeyStore(store)
        self.trust = TrustStore(store)
        self.users = Users(store)
        self.configuration = RunningConfiguration(store)
        self.repositories = Repositories(folder / LOCAL_DISK, self.configuration)
        self.resolver = Resolver(self.configuration, around.records)
        self.transport = Transport(
            seed.address, around.network, self.trust, self.clock, self.logs
        )
        self.services = Services(self.keystore, self.clock)
        self.services.on_start.append(self._services_started)
        self.services.on_stop.append(self._services_stopped)
        self._prime = self._make_prime() if seed.kind is Kind.PRIME else None
        self._powered = self.clock.monotonic()

    @classmethod
    async def open(
        cls,
        seed: NodeSeed,
        folder: Path,
        around: Surroundings,
        make_host_keys: Callable[[], Sequence[str]],
    ) -> Node:
        """Open a node from its folder, born there at its first boot.

        Raises StoreError for a damaged database.
        """
        now = around.clock.now()
        store = await open_store(seed, folder, make_host_keys, now)
        node = cls(seed, folder, store, around)
        node.repositories.folder(DEFAULT_REPOSITORY)  # the local disk begins with it
        node._recover()
        return node

    def _make_prime(self) -> Prime:
        return Prime(
            seed=self.seed,
            hostname=lambda: self.hostname,
            store=self.store,
            logs=self.logs,
            clock=self.clock,
            transport=self.transport,
            resolver=self.resolver,
        )

    @property
    def prime(self) -> Prime:
        """The parts that only a PI server has; raises TypeError on an ISE node."""
        if self._prime is None:
            raise TypeError(f"{self.seed.name} is no Prime Infrastructure server")
        return self._prime

    @property
    def is_prime(self) -> bool:
        """Whether this is a PI server."""
        return self._prime is not None

    @property
    def hostname(self) -> str:
        """The host name that is configured."""
        return self.configuration.values.hostname

    @property
    def uptime(self) -> float:
        """Seconds since the power came on."""
        return self.clock.monotonic() - self._powered

    @property
    def program(self) -> str:
        """What the node's application calls itself in the system log."""
        return "ncs" if self.is_prime else "ise"

    def host_keys(self) -> list[str]:
        """The private SSH host keys, in OpenSSH's format."""
        return host_keys(self.store)

    async def start(self, listeners: Listeners) -> None:
        """Power on: the services start with it; raises OSError for a port in use."""
        self.services.listeners = listeners
        await self.services.boot()

    def _recover(self) -> None:
        """Finish or report what an unexpected stop has left, before anybody is in."""
        if self.store.setting(_IN_USE):
            self.log("kernel", UNEXPECTED_STOP)
        for what in take_interrupted(self.store):
            self.log(self.program, UNDERTAKING_INTERRUPTED.format(what=what))
        try:
            file = write_kept_file(self.store, self.repositories)
        except RepositoryError as error:
            self.log(self.program, str(error))
        else:
            if file is not None:
                self.log(self.program, FILE_COMPLETED.format(file=file))
        self.log("kernel", SYSTEM_STARTED)
        self.store.put_setting(_IN_USE, True)

    async def close(self) -> None:
        """Power off, and leave the disk as it is."""
        await self.services.halt()
        self.log("kernel", SYSTEM_HALTED)
        self.store.put_setting(_IN_USE, False)
        self.logs.close()
        self.store.close()

    def log(self, program: str, text: str) -> None:
        """Write to the system log."""
        self.logs.system(self.hostname, program, text)

    def _services_started(self) -> None:
        subject = slash_name(self.keystore.certificate.subject)
        self.log(self.program, SERVICES_STARTED.format(subject=subject))
        if self._prime is not None:
            self._prime.start()

    def _services_stopped(self) -> None:
        self.log(self.program, SERVICES_STOPPED)
        if self._prime is not None:
            self._prime.stop()

    def install(self, pair: KeyPair) -> None:
        """Install a key pair; the services use it from their next start on."""
        self.keystore.install(pair)
        self.log_certificate()

    @contextmanager
    def undertaking(self, what: str) -> Iterator[Undertaking]:
        """Prepare a change whose interruption by a crash the log will tell."""
        undertaking = Undertaking(self.store, self.repositories)
        undertaking.begin(what)
        try:
            yield undertaking
        finally:
            undertaking.end()

    def log_certificate(self) -> None:
        """Note in the system log which certificate is now installed."""
        subject = slash_name(self.keystore.certificate.subject)
        self.log(self.program, NEW_CERTIFICATE.format(subject=subject))

    async def renew_certificate(self) -> None:
        """Make a new self-signed certificate and put it into use, as a GUI does."""
        now = self.clock.now()
        self.install(await asyncio.to_thread(first_pair, self.seed, self.hostname, now))
        if self.services.running:
            await self.services.halt()
            await self.services.boot()
