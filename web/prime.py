"""What a PI server answers on 443: a page that says which server this is.

Knows nothing of the health monitor's port.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..state.node import Node
from .pages import identity, render


def prime_application(node: Node) -> Starlette:
    """Make the ASGI application of a PI node's port 443."""

    async def front(request: Request) -> Response:
        return render("prime.html", node=identity(node), state=node.prime.pair.state)

    return Starlette(routes=[Route("/", front)])
