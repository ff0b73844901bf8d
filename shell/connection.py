"""One SSH connection: who it is, and what it may open.

Knows no command; authentication is judged by `Accounts`, and everything but
terminal sessions (forwarding, agent, X11, SFTP) is refused.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from itertools import count

import asyncssh

from .accounts import Accounts, Limits, LoginEvent, LoginOutcome
from .channel import TerminalChannel
from .terminal import Login, Terminal

logger = logging.getLogger("tofulab.shell")

RunSession = Callable[[Terminal], Awaitable[int]]
PASSWORD_PROMPT = "Password: "
PASSWORD = "password"
KEYBOARD_INTERACTIVE = "keyboard-interactive/pam"  # as sshd's log names it
PUBLIC_KEY = "publickey"


class Attendance:
    """Who is connected to one server; shared by all its connections."""

    def __init__(self, accounts: Accounts, limits: Limits, run: RunSession) -> None:
        self.accounts = accounts
        self.limits = limits
        self.run = run
        self.connections: dict[Connection, asyncssh.SSHServerConnection] = {}
        self.terminals: dict[Terminal, asyncio.Task[None]] = {}

    def free_number(self) -> int:
        """Return the smallest number that no live terminal has."""
        taken = {terminal.login.number for terminal in self.terminals}
        return next(number for number in count() if number not in taken)

    def count_startups(self) -> int:
        """Return how many connections are not yet authenticated."""
        return sum(not connection.authenticated for connection in self.connections)

    def find_exceeded(self) -> str:
        """Name the limit that stands against one more connection, if any."""
        if len(self.connections) >= self.limits.connections:
            return "too many connections"
        if self.count_startups() >= self.limits.startups:
            return "too many unauthenticated connections"
        return ""


class Connection(asyncssh.SSHServer):
    """The server's side of one SSH connection."""

    def __init__(self, attendance: Attendance) -> None:
        self._attendance = attendance
        self._limits = attendance.limits
        self._channels: set[asyncssh.SSHServerSession[str]] = set()
        self._user = ""
        self._method = PUBLIC_KEY  # unless a password is found right
        self._tries = 0
        self._peer: tuple[str, int] = ("", 0)
        self.authenticated = False

    # The connection's life

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Enter the connection, or drop it at once when there are too many."""
        self._conn = conn
        peer = conn.get_extra_info("peername")
        self._peer = (str(peer[0]), int(peer[1])) if peer else ("", 0)
        if reason := self._attendance.find_exceeded():
            self._report(LoginOutcome.REFUSED, reason=reason)
            conn.abort()
        else:
            self._attendance.connections[self] = conn

    def connection_lost(self, exc: Exception | None) -> None:
        """Strike the connection out."""
        self._attendance.connections.pop(self, None)
        if self.authenticated:
            self._report(LoginOutcome.DISCONNECTED)

    # Authentication

    def begin_auth(self, username: str) -> bool:
        """Look up the user's keys; everybody must authenticate."""
        self._user = username
        keys = _read_public_keys(self._attendance.accounts.public_keys(username))
        if keys is not None:
            self._conn.set_authorized_keys(keys)
        return True

    def password_auth_supported(self) -> bool:
        """Offer passwords."""
        return True

    def public_key_auth_supported(self) -> bool:
        """Offer public keys to every user: not to would tell who has some."""
        return True

    def kbdint_auth_supported(self) -> bool:
        """Offer keyboard-interactive, which here is a password by another name."""
        return True

    def get_kbdint_challenge(
        self, username: str, lang: str, submethods: str
    ) -> tuple[str, str, str, Sequence[tuple[str, bool]]]:
        """Ask for the password, unechoed."""
        return "", "", "", [(PASSWORD_PROMPT, False)]

    async def validate_kbdint_response(
        self, username: str, responses: Sequence[str]
    ) -> bool:
        """Judge the answer to the challenge."""
        answer = responses[0] if len(responses) == 1 else ""
        return await self._judge(username, answer, KEYBOARD_INTERACTIVE)

    async def validate_password(self, username: str, password: str) -> bool:
        """Judge a password."""
        return await self._judge(username, password, PASSWORD)

    def auth_completed(self) -> None:
        """Report the login."""
        self.authenticated = True
        self._report(LoginOutcome.ACCEPTED, method=self._method)

    async def _judge(self, user: str, password: str, method: str) -> bool:
        # Counted before it is checked: a client may send the next try meanwhile,
        # which ends this one unfinished.
        self._tries += 1
        if self._tries <= self._limits.tries:
            if await self._attendance.accounts.check_password(user, password):
                self._method = method
                return True
            self._report(LoginOutcome.FAILED, method=method)
        await self._refuse_try()
        return False

    async def _refuse_try(self) -> None:
        """Make a guesser wait longer each time, and leave after the last try."""
        if self._tries < self._limits.tries:
            await asyncio.sleep(self._limits.delay * 2 ** (self._tries - 1))
            return
        self._report(LoginOutcome.REFUSED, reason="too many authentication failures")
        raise asyncssh.DisconnectError(
            asyncssh.DISC_NO_MORE_AUTH_METHODS_AVAILABLE,
            "Too many authentication failures",
        )

    # Sessions (ChannelHost)

    def session_requested(self) -> TerminalChannel | bool:
        """Open a session, unless the connection has too many."""
        if len(self._channels) >= self._limits.sessions:
            self._report(LoginOutcome.REFUSED, reason="too many sessions")
            return False
        channel = TerminalChannel(self)
        self._channels.add(channel)
        return channel

    @property
    def terminals(self) -> dict[Terminal, asyncio.Task[None]]:
        """The live terminals of the server."""
        return self._attendance.terminals

    def make_login(self, command: str | None) -> Login:
        """Describe a session that begins now on this connection."""
        return Login(
            user=self._user,
            peer_host=self._peer[0],
            peer_port=self._peer[1],
            number=self._attendance.free_number(),
            command=command,
        )

    def run_session(self, terminal: Terminal, /) -> Awaitable[int]:
        """Run a session to its exit status."""
        return self._attendance.run(terminal)

    def release(self, channel: asyncssh.SSHServerSession[str]) -> None:
        """Make room for another session."""
        self._channels.discard(channel)

    def _report(
        self, outcome: LoginOutcome, *, method: str = "", reason: str = ""
    ) -> None:
        self._attendance.accounts.report(
            LoginEvent(
                outcome=outcome,
                user=self._user,
                peer_host=self._peer[0],
                peer_port=self._peer[1],
                method=method,
                reason=reason,
            )
        )


def _read_public_keys(lines: Sequence[str]) -> asyncssh.SSHAuthorizedKeys | None:
    """Read the lines that are keys; a broken one must not lock out the others."""
    good = []
    for line in lines:
        try:
            asyncssh.import_authorized_keys(line)
        except ValueError:
            logger.warning("a public key that cannot be read is left out")
        else:
            good.append(line)
    return asyncssh.import_authorized_keys("\n".join(good)) if good else None
