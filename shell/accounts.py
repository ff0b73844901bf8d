"""Who may log in, how often one may try, and what is reported of it.

Knows no SSH: these are the words that the server shares with whoever keeps accounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one server grants; times are in seconds."""

    login_time: float = 30.0  # from the connection to the end of authentication
    tries: int = 3  # wrong passwords on one connection
    delay: float = 1.0  # after the first wrong password; doubles with each
    startups: int = 64  # connections at once that are not yet authenticated
    connections: int = 512
    sessions: int = 10  # at once on one connection
    keepalive: float = 60.0  # between questions to a silent client; 0 for none
    keepalives: int = 3  # unanswered ones that end the connection


class LoginOutcome(Enum):
    """What a login came to."""

    ACCEPTED = "accepted"
    FAILED = "failed"
    DISCONNECTED = "disconnected"
    REFUSED = "refused"  # by one of the limits


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginEvent:
    """Something to be logged; never holds a secret.

    `user` is empty when the client has not named one.  `method` is SSH's name
    for it, and empty where none was at work; `reason` says which limit refused.
    """

    outcome: LoginOutcome
    user: str
    peer_host: str
    peer_port: int
    method: str = ""
    reason: str = ""


class Accounts(Protocol):
    """The accounts of one appliance."""

    async def check_password(self, user: str, password: str) -> bool:
        """Say whether a user's password is right; as slow for unknown users."""

    def public_keys(self, user: str) -> Sequence[str]:
        """Return lines of OpenSSH's `authorized_keys`; none for unknown users."""

    def report(self, event: LoginEvent) -> None:
        """Write an event to the appliance's log."""
