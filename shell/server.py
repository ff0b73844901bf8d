"""The SSH server of one appliance: password, keyboard-interactive and key logins.

Knows no command and no account: it is given who judges logins, what a session
does, and the host keys.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

import asyncssh

from .accounts import Accounts, Limits, LoginEvent, LoginOutcome
from .algorithms import Profile, choose_algorithms, load_host_keys, new_host_keys
from .connection import Attendance, Connection, RunSession
from .terminal import Terminal

__all__ = [
    "Accounts",
    "Limits",
    "LoginEvent",
    "LoginOutcome",
    "Profile",
    "RunSession",
    "SshServer",
    "new_host_keys",
]

# Scanners know the appliance by an OpenSSH banner and the shell's error text.
SERVER_VERSION = "OpenSSH_9.6"
WINDOW = 65536  # bytes that a client may send ahead; asyncssh grants 2 MiB
CLOSE_TIME = 1.0  # seconds that clients get to take their leave


class SshServer:
    """Listens, authenticates, and runs a session for every terminal."""

    def __init__(
        self,
        accounts: Accounts,
        run_session: RunSession,
        host_keys: Sequence[str],
        limits: Limits = Limits(),  # noqa: B008 - frozen
        profile: Profile = Profile.SECURE,
    ) -> None:
        """Serve with private keys given as PEM or OpenSSH text.

        `run_session` returns the exit status that the client gets; an exception
        in it is logged and becomes status 255.  Raises `asyncssh.KeyImportError`
        for a text that is no private key.
        """
        self._attendance = Attendance(accounts, limits, run_session)
        self._options = _make_options(host_keys, limits, profile)
        self._acceptor: asyncssh.SSHAcceptor | None = None

    @property
    def terminals(self) -> Collection[Terminal]:
        """The live terminals, oldest first."""
        return tuple(self._attendance.terminals)

    async def start(self, host: str, port: int) -> int:
        """Listen, and return the port; 0 asks for a free one.

        Raises `OSError` when the address cannot be had.
        """
        self._acceptor = await asyncssh.listen(
            host, port, server_factory=self._make_connection, options=self._options
        )
        return self._acceptor.get_port()

    async def close(self) -> None:
        """Stop listening, end every session, and wait until nothing is left."""
        if self._acceptor is None:
            return
        self._acceptor.close()
        await self._end_sessions()
        await self._end_connections()
        await self._acceptor.wait_closed()
        self._acceptor = None

    def _make_connection(self) -> Connection:
        return Connection(self._attendance)

    async def _end_sessions(self) -> None:
        tasks = list(self._attendance.terminals.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _end_connections(self) -> None:
        connections = list(self._attendance.connections.values())
        if not connections:
            return
        for connection in connections:
            connection.close()
        leaving = [asyncio.create_task(each.wait_closed()) for each in connections]
        _, staying = await asyncio.wait(leaving, timeout=CLOSE_TIME)
        if staying:
            # A client that does not read would keep us waiting for its buffer.
            for connection in connections:
                connection.abort()
            await asyncio.wait(staying)


def _make_options(
    host_keys: Sequence[str], limits: Limits, profile: Profile
) -> asyncssh.SSHServerConnectionOptions:
    return asyncssh.SSHServerConnectionOptions(
        server_host_keys=load_host_keys(host_keys, profile),
        server_version=SERVER_VERSION,
        line_editor=False,
        errors="replace",
        window=WINDOW,
        login_timeout=limits.login_time,
        keepalive_interval=limits.keepalive,
        keepalive_count_max=limits.keepalives,
        agent_forwarding=False,
        x11_forwarding=False,
        allow_scp=False,
        gss_host=None,
        **choose_algorithms(profile),
    )
