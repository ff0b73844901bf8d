"""What the two servers of a pair say to each other on port 8082, as JSON over HTTPS.

The messages and the asking side.  Knows nothing of states; the answering side
is the registrar's, behind the pages of `web`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from .texts import clean
from .transport import BadAnswer, Request, Transport
from .trust import Zone

HEALTH_MONITOR_PORT = 8082


class Path(StrEnum):
    """Where a message is posted; the paths are ours."""

    HEARTBEAT = "/hm/heartbeat"
    REGISTER = "/hm/registration"
    COMPLETE = "/hm/registration/complete"
    ABANDON = "/hm/registration/abandon"
    REPLICATE = "/hm/replication"
    REMOVE = "/hm/removal"
    PROBE = "/hm/probe"


class PeerRefused(Exception):
    """The peer understood and said no; the text is its reason."""


class UnknownRegistration(PeerRefused):
    """The peer holds no registration with this token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A primary's request to be registered with."""

    address: str
    name: str
    version: str
    key: str = field(repr=False)
    token: str = field(repr=False)
    failover: str
    emails: tuple[str, ...]
    virtual_ip: tuple[str, ...]

    @classmethod
    def read(cls, data: dict[str, Any]) -> Invitation:
        """Read it from JSON's values; raises TypeError, KeyError or ValueError."""
        lists = {name: tuple(map(str, data[name])) for name in ("emails", "virtual_ip")}
        texts = ("address", "name", "version", "key", "token", "failover")
        invitation = cls(**{name: str(data[name]) for name in texts}, **lists)  # type: ignore[arg-type]
        invitation._check_printable()
        return invitation

    def _check_printable(self) -> None:
        """Anybody may send one, and what it says of itself is logged."""
        said = (self.address, self.name, self.version, *self.emails, *self.virtual_ip)
        if any(text != clean(text) for text in said):
            raise ValueError("an invitation that is not fit to be logged")


class PeerClient:
    """Asks another server's health monitor."""

    def __init__(self, transport: Transport, address: str) -> None:
        self._transport = transport
        self._address = address

    async def probe(self) -> str:
        """Dial the health monitor, judge its certificate, and return its version."""
        answer = await self._ask(Path.PROBE, {}, method="GET")
        return clean(answer.get("version", ""))

    async def heartbeat(self, token: str, state: str) -> str:
        """Tell the peer our state; return its own."""
        answer = await self._ask(Path.HEARTBEAT, {"token": token, "state": state})
        return str(answer.get("state", ""))

    async def register(self, invitation: Invitation) -> str:
        """Ask to be registered with; return the secondary's host name."""
        answer = await self._ask(Path.REGISTER, asdict(invitation), patience=60.0)
        return clean(answer.get("name", self._address))

    async def replicate(self, token: str, snapshot: object) -> None:
        """Hand over the replicated data."""
        body = {"token": token, "snapshot": snapshot}
        await self._ask(Path.REPLICATE, body, patience=60.0)

    async def complete(self, token: str) -> None:
        """Tell the secondary that the registration is done."""
        await self._ask(Path.COMPLETE, {"token": token})

    async def abandon(self, token: str, reason: str) -> None:
        """Tell the secondary that the registration has failed."""
        await self._ask(Path.ABANDON, {"token": token, "reason": reason})

    async def remove(self, token: str) -> None:
        """Tell the peer that high availability is removed."""
        await self._ask(Path.REMOVE, {"token": token})

    async def _ask(
        self,
        path: Path,
        body: dict[str, Any],
        *,
        method: str = "POST",
        patience: float = 5.0,
    ) -> dict[str, Any]:
        response = await self._transport.ask(
            Request(
                zone=Zone.SYSTEM,
                host=self._address,
                port=HEALTH_MONITOR_PORT,
                method=method,
                target=path,
                headers={"Content-Type": "application/json"},
                body=json.dumps(body).encode() if method == "POST" else b"",
                patience=patience,
            )
        )
        answer = self._read(response.body)
        if response.status == 404:
            raise UnknownRegistration(clean(answer.get("error", "")))
        if response.status != 200:
            raise PeerRefused(clean(answer.get("error", f"status {response.status}")))
        return answer

    def _read(self, body: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise BadAnswer(f"{self._address}: not a health monitor")
        return answer
