"""ISE servers of a PI node: added, asked, polled, told apart by what goes wrong.

Speaks ISE's monitoring REST API.  Knows nothing of prompts or pages.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from xml.etree import ElementTree

from .catalogue import ISE_STATUS
from .clock import Clock
from .faults import outlive_faults
from .logs import Level, LogName, NodeLogs
from .store import Store
from .texts import clean
from .transport import (
    BadAnswer,
    Request,
    Response,
    TimedOut,
    Transport,
    TransportError,
)
from .trust import CertificateChanged, CertificateRefused, Zone

MOST_SERVERS = 2
POLL_SECONDS = 60
"""Lab seconds between polls (ours)."""

_VERSION = "/admin/API/mnt/Version"
_XML_LIMIT = 65536


class IseRole(StrEnum):
    """What an ISE node says it is, by the number its Version call answers."""

    STANDALONE = "Standalone"
    PRIMARY = "Primary"
    STANDBY = "Standby"
    NOT_MONITORING = "Not a monitoring node"


_ROLES_BY_NUMBER = {str(number): role for number, role in enumerate(IseRole)}


class IseStatus(StrEnum):
    """What came of asking an ISE server last."""

    REACHABLE = "Reachable"
    UNREACHABLE = "Unreachable"
    TIMED_OUT = "Timed out"
    CREDENTIALS_REFUSED = "Credentials refused"
    TOFU_MISMATCH = "TOFU mismatch"
    CERTIFICATE_REFUSED = "Certificate refused"
    NOT_MONITORING = "Not a monitoring node"
    NO_ISE = "No ISE server"


class IseError(Exception):
    """An ISE server that cannot be added or asked.

    The text tells why; `status` is what to note of the server, if it is known.
    """

    def __init__(self, reason: str, status: IseStatus = IseStatus.UNREACHABLE) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class IseServer:
    """An ISE server and what was last learnt of it; `timeout` in seconds."""

    address: str
    port: int
    username: str
    password: str = field(repr=False)
    timeout: float
    role: str = ""
    version: str = ""
    status: str = ""


class IseServers:
    """The ISE servers of a node, in its database."""

    def __init__(
        self,
        *,
        store: Store,
        logs: NodeLogs,
        clock: Clock,
        transport: Transport,
        active: Callable[[], bool],
    ) -> None:
        self._store = store
        self._logs = logs
        self._clock = clock
        self._transport = transport
        self._active = active
        self._task: asyncio.Task[None] | None = None
        self._numbers = itertools.count(3001)

    def all(self) -> list[IseServer]:
        """List the servers in the order in which they were added."""
        rows = self._store.rows("SELECT * FROM ise_server ORDER BY id")
        return [
            IseServer(**{key: row[key] for key in row.keys() if key != "id"})  # noqa: SIM118
            for row in rows
        ]

    def find(self, address: str) -> IseServer:
        """Find a server by its address; raises IseError."""
        for server in self.all():
            if server.address == address:
                return server
        raise IseError(f"ISE server {address} is not configured")

    async def add(self, server: IseServer) -> IseServer:
        """Ask a new server who it is, and keep it; raises IseError, nothing changed."""
        self._check_new(server)
        known = await self.ask(server)
        self._check_new(known)
        with self._store.transaction():
            self._store.execute(
                "INSERT INTO ise_server"
                " (address, port, username, password, timeout, role, version, status)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                known.address,
                known.port,
                known.username,
                known.password,
                known.timeout,
                known.role,
                known.version,
                known.status,
            )
        self._log(known)
        return known

    def _check_new(self, server: IseServer) -> None:
        present = self.all()
        if any(each.address == server.address for each in present):
            raise IseError(f"ISE server {server.address} is already added")
        if len(present) >= MOST_SERVERS:
            raise IseError("No more than two ISE servers can be added")
        alone = IseRole.STANDALONE
        if present and alone in (server.role, *(each.role for each in present)):
            raise IseError("A standalone ISE server allows no second one")

    def delete(self, address: str) -> None:
        """Forget a server; raises IseError where there is none."""
        self.find(address)
        self._store.execute("DELETE FROM ise_server WHERE address = ?", address)

    async def test(self, address: str) -> IseServer:
        """Ask a known server now and keep the outcome; raises IseError."""
        server = self.find(address)
        try:
            known = await self.ask(server)
        except IseError as error:
            self._keep(replace(server, status=error.status), str(error))
            raise
        self._keep(known)
        return known

    async def ask(self, server: IseServer) -> IseServer:
        """Call Version and return the server with role, version and status.

        Raises IseError, with a text of its own for each thing that can go wrong.
        """
        secret = f"{server.username}:{server.password}".encode()
        request = Request(
            zone=Zone.SYSTEM,
            host=server.address,
            port=server.port,
            target=_VERSION,
            headers={
                "Authorization": f"Basic {base64.b64encode(secret).decode()}",
                "Accept": "application/xml",
            },
            patience=server.timeout,
            log=LogName.INFRASTRUCTURE,
            thread=f"seqtaskexecutor-{next(self._numbers)}",
        )
        try:
            response = await self._transport.ask(request)
        except (TransportError, CertificateRefused) as error:
            raise _explain(server, error) from None
        if response.status in (401, 403):
            raise IseError(
                f"ISE server {server.address} refused the credentials",
                IseStatus.CREDENTIALS_REFUSED,
            )
        return _read_version(server, response)

    def start(self) -> None:
        """Begin to poll."""
        self._task = asyncio.ensure_future(self._poll())

    def stop(self) -> None:
        """End the polls."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _poll(self) -> None:
        while True:
            await self._clock.rest(POLL_SECONDS)
            if self._active():
                with outlive_faults("poll of ISE servers"):
                    for server in self.all():
                        await self._poll_one(server)

    async def _poll_one(self, server: IseServer) -> None:
        with contextlib.suppress(IseError):
            await self.test(server.address)

    def _keep(self, server: IseServer, reason: str = "") -> None:
        """Store what was learnt of a known server, and log a new status."""
        known = [each for each in self.all() if each.address == server.address]
        self._store.execute(
            "UPDATE ise_server SET role = ?, version = ?, status = ? WHERE address = ?",
            server.role,
            server.version,
            server.status,
            server.address,
        )
        if known and known[0].status != server.status:
            self._log(server, reason)

    def _log(self, server: IseServer, reason: str = "") -> None:
        self._logs.record(
            LogName.INFRASTRUCTURE,
            reason or ISE_STATUS.format(address=server.address, status=server.status),
            level=Level.ERROR if reason else Level.INFO,
            thread=f"seqtaskexecutor-{next(self._numbers)}",
        )


def _explain(server: IseServer, error: Exception) -> IseError:
    name = f"ISE server {server.address}"
    match error:
        case TimedOut():
            text = f"{name} did not answer within {server.timeout:g} seconds"
            return IseError(text, IseStatus.TIMED_OUT)
        case CertificateChanged():
            return IseError(f"{name}: {error}", IseStatus.TOFU_MISMATCH)
        case CertificateRefused():
            return IseError(f"{name}: {error}", IseStatus.CERTIFICATE_REFUSED)
        case BadAnswer():
            text = f"{server.address} is no ISE server: {error}"
            return IseError(text, IseStatus.NO_ISE)
        case _:
            text = f"{name} is not reachable on port {server.port}: {error}"
            return IseError(text, IseStatus.UNREACHABLE)


def _read_version(server: IseServer, response: Response) -> IseServer:
    try:
        product = ElementTree.fromstring(response.body[:_XML_LIMIT])
        version = clean(product.findtext("version", ""))
        role = _ROLES_BY_NUMBER[product.findtext("type_of_node", "").strip()]
    except (ElementTree.ParseError, KeyError):
        text = f"{server.address} is no ISE server (status {response.status})"
        raise IseError(text, IseStatus.NO_ISE) from None
    if role is IseRole.NOT_MONITORING:
        raise IseError(
            f"ISE server {server.address} is not a monitoring node",
            IseStatus.NOT_MONITORING,
        )
    return replace(server, role=role, version=version, status=IseStatus.REACHABLE)
