"""What a PI server answers on 8082: its peer's messages, and the Health Monitor page.

Knows nothing of how the registrar decides.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from ..state.node import Node
from ..state.peers import Invitation, Path, PeerRefused, UnknownRegistration
from .pages import TooLarge, identity, read_body, render

_MESSAGE_LIMIT = 65536
_SNAPSHOT_LIMIT = 4 * 2**20
_SESSION_SECONDS = 1800
_REFUSAL_DELAY = 1.0
_COOKIE = "hm_session"

Answer = dict[str, Any]


class HealthMonitorPages:
    """The application of one PI node's port 8082."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._sessions: dict[str, float] = {}

    def application(self) -> Starlette:
        """Make the ASGI application."""
        messages: dict[Path, Callable[[Answer], Awaitable[Answer]]] = {
            Path.HEARTBEAT: self._heartbeat,
            Path.REGISTER: self._register,
            Path.COMPLETE: self._complete,
            Path.ABANDON: self._abandon,
            Path.REPLICATE: self._replicate,
            Path.REMOVE: self._remove,
        }
        routes = [
            Route(path, _message_endpoint(path, handler), methods=["POST"])
            for path, handler in messages.items()
        ]
        routes += [
            Route(Path.PROBE, self._probe),
            Route("/", self._front),
            Route("/login.jsp", self._login_page),
            Route("/login.jsp", self._login, methods=["POST"]),
            Route("/details", self._details),
            Route("/logout", self._logout, methods=["POST"]),
        ]
        return Starlette(routes=routes)

    # Messages of the peer

    async def _probe(self, request: Request) -> Response:
        return JSONResponse(
            {"product": "Health Monitor", "version": self._node.seed.version}
        )

    async def _heartbeat(self, message: Answer) -> Answer:
        registrar = self._node.prime.registrar
        state = registrar.heartbeat(str(message["token"]), str(message["state"]))
        return {"state": state}

    async def _register(self, message: Answer) -> Answer:
        invitation = Invitation.read(message)
        try:
            name = await self._node.prime.registrar.register(invitation)
        except PeerRefused:
            await asyncio.sleep(self._node.clock.interval(_REFUSAL_DELAY))
            raise
        return {"name": name}

    async def _complete(self, message: Answer) -> Answer:
        self._node.prime.registrar.complete(str(message["token"]))
        return {}

    async def _abandon(self, message: Answer) -> Answer:
        registrar = self._node.prime.registrar
        registrar.abandon(str(message["token"]), str(message["reason"]))
        return {}

    async def _replicate(self, message: Answer) -> Answer:
        registrar = self._node.prime.registrar
        registrar.replicate(str(message["token"]), message["snapshot"])
        return {}

    async def _remove(self, message: Answer) -> Answer:
        self._node.prime.registrar.remove(str(message["token"]))
        return {}

    # Pages

    async def _front(self, request: Request) -> Response:
        return RedirectResponse("/details" if self._knows(request) else "/login.jsp")

    async def _login_page(self, request: Request) -> Response:
        return render("hm_login.html", node=identity(self._node), error="")

    async def _login(self, request: Request) -> Response:
        try:
            form = parse_qs((await read_body(request)).decode(errors="replace"))
        except TooLarge:
            return Response(status_code=413)
        key = form.get("authkey", [""])[0]
        if not await self._node.prime.check_authkey(key):
            await asyncio.sleep(_REFUSAL_DELAY)
            return render(
                "hm_login.html",
                403,
                node=identity(self._node),
                error="Authentication key is not correct.",
            )
        session = secrets.token_urlsafe(32)
        self._sessions[session] = time.monotonic() + _SESSION_SECONDS
        answer = RedirectResponse("/details", 303)
        answer.set_cookie(
            _COOKIE, session, httponly=True, secure=True, samesite="strict"
        )
        return answer

    async def _details(self, request: Request) -> Response:
        if not self._knows(request):
            return RedirectResponse("/login.jsp", 303)
        pair = self._node.prime.pair
        return render(
            "hm_details.html",
            node=identity(self._node),
            role=pair.machine.role.capitalize(),
            state=pair.state,
            peer=pair.peer,
            events=pair.events(),
        )

    async def _logout(self, request: Request) -> Response:
        self._sessions.pop(request.cookies.get(_COOKIE, ""), None)
        return RedirectResponse("/login.jsp", 303)

    def _knows(self, request: Request) -> bool:
        now = time.monotonic()
        self._sessions = {key: end for key, end in self._sessions.items() if end > now}
        return request.cookies.get(_COOKIE, "") in self._sessions


def _message_endpoint(
    path: Path, handler: Callable[[Answer], Awaitable[Answer]]
) -> Callable[[Request], Awaitable[Response]]:
    """Wrap a message's handler: JSON in and out, refusals with their reason."""

    limit = _SNAPSHOT_LIMIT if path is Path.REPLICATE else _MESSAGE_LIMIT

    async def endpoint(request: Request) -> Response:
        try:
            message = json.loads(await read_body(request, limit))
            return JSONResponse(await handler(message))
        except UnknownRegistration as refused:
            return JSONResponse({"error": str(refused)}, 404)
        except PeerRefused as refused:
            return JSONResponse({"error": str(refused)}, 409)
        except (ValueError, KeyError, TypeError, RecursionError):
            return JSONResponse({"error": "not a message of a server"}, 400)

    return endpoint
