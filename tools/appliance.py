"""One node in this process: its power, its SSH server, its listeners, its rebirths.

Knows nothing of the other nodes of the lab.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import asyncssh

from ..commands.context import Attendant, Context
from ..commands.families import COMMANDS
from ..shell.accounts import LoginEvent, LoginOutcome
from ..shell.server import SshServer, new_host_keys
from ..shell.session import Session
from ..shell.terminal import Terminal
from ..state import birth
from ..state.addresses import Place
from ..state.node import Node, Surroundings
from ..state.seed import Kind, NodeSeed
from ..state.services import Listeners
from .lab import SERVICES, SSH

_SERVICE_NAMES = {22: "ssh", 443: "https", 8082: "health_monitor"}


class PortInUse(OSError):
    """A port of a node at which something else listens already."""

    def __init__(self, node: str, service: str, host: str, port: int) -> None:
        super().__init__(f"{node}: {host} port {port} ({service}) is in use")
        self.node = node
        self.service = service
        self.host = host
        self.port = port


class Accounts:
    """A node's users as its SSH server knows them."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def check_password(self, user: str, password: str) -> bool:
        """Say whether a user's password is right."""
        return await self._node.users.check_password(user, password)

    def public_keys(self, user: str) -> Sequence[str]:
        """Return the user's authorized keys."""
        found = self._node.users.find(user)
        return found.public_keys if found is not None else ()

    def report(self, event: LoginEvent) -> None:
        """Write a login to the system log, much as sshd does."""
        text = _REPORTS[event.outcome].format(
            method=event.method,
            user=event.user,
            place=f"{event.peer_host} port {event.peer_port}",
            reason=event.reason,
        )
        self._node.log("sshd", text)


_REPORTS = {
    LoginOutcome.ACCEPTED: "Accepted {method} for {user} from {place} ssh2",
    LoginOutcome.FAILED: "Failed {method} for {user} from {place} ssh2",
    LoginOutcome.DISCONNECTED: "Disconnected from user {user} {place}",
    LoginOutcome.REFUSED: "Refused connection from {place}: {reason}",
}


class Appliance:
    """A node that can be powered on and off, reset and rebuilt."""

    def __init__(self, seed: NodeSeed, folder: Path, around: Surroundings) -> None:
        self.seed = seed
        self.folder = folder
        self.node: Node | None = None
        self._around = around
        self._server: SshServer | None = None
        self._since: dict[int, datetime] = {}
        self._host_keys: list[str] = []
        self._changing = asyncio.Lock()

    @property
    def powered(self) -> bool:
        """Whether the power is on."""
        return self.node is not None

    async def power_on(self) -> None:
        """Boot the node, unless it is on; raises PortInUse, StoreError."""
        async with self._changing:
            await self._power_on()

    async def power_off(self) -> None:
        """Take the power away, unless it is off."""
        async with self._changing:
            await self._power_off()

    async def reset(self) -> None:
        """Bring the node back to its first boot, with its first keys."""
        await self._reborn(birth.reset)

    async def rebuild(self) -> None:
        """Redeploy the node: the same seed and address, everything else new."""
        await self._reborn(birth.wipe)

    async def renew_certificate(self) -> None:
        """Put a new self-signed certificate into use; the node must be on."""
        async with self._changing:
            if self.node is not None:
                await self.node.renew_certificate()

    async def _reborn(self, change: Callable[[Path], None]) -> None:
        async with self._changing:
            was_on = self.powered
            await self._power_off()
            await asyncio.to_thread(change, self.folder)
            if was_on:
                await self._power_on()

    async def _power_on(self) -> None:
        if self.node is not None:
            return
        node = await Node.open(self.seed, self.folder, self._around, new_host_keys)
        try:
            await self._start_ssh(node)
            await self._start_services(node)
        except BaseException:  # cancelled too: nothing is left running
            await self._stop_ssh()
            await node.close()
            raise
        self.node = node

    async def _power_off(self) -> None:
        await self._stop_ssh()
        if self.node is not None:
            node, self.node = self.node, None
            await node.close()

    async def _start_ssh(self, node: Node) -> None:
        place = self.place(SSH)

        async def serve(terminal: Terminal) -> int:
            return await self._serve(node, terminal)

        keys = node.host_keys()
        self._server = SshServer(Accounts(node), serve, keys)
        self._host_keys = list(map(_public_key, keys))
        try:
            port = await self._server.start(place.host, place.port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise self._in_use(place, SSH) from None
        self._around.network.places[self.seed.address, SSH] = Place(place.host, port)

    async def _stop_ssh(self) -> None:
        if self._server is not None:
            server, self._server = self._server, None
            await server.close()

    async def _start_services(self, node: Node) -> None:
        # In a thread: people can log in while the web server is being imported.
        listeners = await asyncio.to_thread(_make_listeners, node)
        try:
            await node.start(listeners)
        except OSError as error:
            place = getattr(error, "place", None)
            if not isinstance(place, Place):
                raise
            ports = SERVICES[self.seed.kind]
            port = next(each for each in ports if self.place(each) == place)
            raise self._in_use(place, port) from None

    def _in_use(self, place: Place, port: int) -> PortInUse:
        service = _SERVICE_NAMES[port]
        return PortInUse(self.seed.name, service, place.host, place.port)

    def place(self, port: int) -> Place:
        """Say where one of the node's real ports listens."""
        return self._around.network.place(self.seed.address, port)

    async def _serve(self, node: Node, terminal: Terminal) -> int:
        user = node.users.find(terminal.login.user)
        if user is None:
            return 1  # deleted between authentication and session
        number = terminal.login.number
        self._since[number] = datetime.now(UTC)
        try:
            context = Context(
                node, terminal, user, COMMANDS, lambda: self._attendants(node)
            )
            return await Session(terminal, context).run()
        finally:
            del self._since[number]

    def _attendants(self, node: Node) -> list[Attendant]:
        assert self._server is not None
        return [
            Attendant(
                user=user,
                host=terminal.login.peer_host,
                tty=f"pts/{terminal.login.number}",
                since=self._since[terminal.login.number],
            )
            for terminal in self._server.terminals
            if terminal.login.number in self._since
            if (user := node.users.find(terminal.login.user)) is not None
        ]

    def status(self) -> dict[str, object]:
        """Describe the node as `tofulab status --json` does, with its host keys."""
        row: dict[str, object] = {
            "name": self.seed.name,
            "kind": self.seed.kind.value,
            "role": self.seed.role.value,
            "address": self.seed.address,
            "power": "on" if self.powered else "off",
            "ha_state": self._ha_state(),
            "uptime_s": int(self.node.uptime) if self.node is not None else 0,
        }
        for port in SERVICES[self.seed.kind]:
            place = self.place(port)
            row[_SERVICE_NAMES[port]] = {"host": place.host, "port": place.port}
        row["host_keys"] = self._host_keys
        return row

    def _ha_state(self) -> str | None:
        if self.node is None or self.seed.kind is not Kind.PRIME:
            return None
        return str(self.node.prime.pair.state)


def _make_listeners(node: Node) -> Listeners:
    # Imported late, for the same reason.
    from ..web.serving import listeners_for

    return listeners_for(node)


def _public_key(private_key: str) -> str:
    # Our own key: checking RSA again would take 50 ms.
    key = asyncssh.import_private_key(private_key, unsafe_skip_rsa_key_validation=True)
    return key.export_public_key().decode().strip()
