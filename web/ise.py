"""What an ISE node answers on 443: the monitoring REST API's Version call, and a page.

Paths and answers as Cisco's ISE API reference documents them (seen).  Knows
nothing of who asks.
"""

from __future__ import annotations

import asyncio
import base64

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..state.node import Node
from ..state.seed import Role, UserRole
from .pages import identity, render

_REFUSAL_DELAY = 1.0
"""Lab seconds before a refusal is answered, against guessing."""

_NODE_TYPES = {
    Role.STANDALONE: 0,
    Role.PRIMARY: 1,
    Role.SECONDARY: 2,
    Role.NOT_MONITORING: 3,
}
"""The API's `type_of_node`: standalone, active, backup, not a monitoring node."""

_VERSION = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<product name="Cisco Identity Services Engine">'
    "<version>{version}</version><type_of_node>{type}</type_of_node></product>"
)


def ise_application(node: Node) -> Starlette:
    """Make the ASGI application of an ISE node's port 443."""

    async def front(request: Request) -> Response:
        return render("ise.html", node=identity(node), role=node.seed.role)

    async def version(request: Request) -> Response:
        if not await _is_administrator(node, request):
            peer = request.client.host if request.client else "somebody"
            node.log("ise", f"Refused credentials of {peer} for the monitoring API")
            await asyncio.sleep(node.clock.interval(_REFUSAL_DELAY))
            challenge = {"WWW-Authenticate": 'Basic realm="Cisco ISE"'}
            return Response(status_code=401, headers=challenge)
        text = _VERSION.format(
            version=node.seed.version, type=_NODE_TYPES[node.seed.role]
        )
        return Response(text, media_type="application/xml")

    return Starlette(
        routes=[Route("/", front), Route("/admin/API/mnt/Version", version)]
    )


async def _is_administrator(node: Node, request: Request) -> bool:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except ValueError:  # no base64, or no text in it
        return False
    name, _, password = text.partition(":")
    right = await node.users.check_password(name, password)
    user = node.users.find(name)
    return (
        scheme.lower() == "basic"
        and right
        and user is not None
        and user.role is UserRole.ADMIN
    )
