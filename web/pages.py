"""Pages made from templates, and what all of them share.

Knows nothing of any one application.
"""

from __future__ import annotations

import functools
from typing import Any

from cryptography.hazmat.primitives import hashes
from starlette.requests import Request
from starlette.responses import HTMLResponse

from ..state.node import Node
from ..state.subjects import slash_name

_FORM_LIMIT = 16384
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"


class TooLarge(ValueError):
    """A request body that is longer than allowed."""


@functools.cache
def _environment() -> Any:
    # Imported late: most labs are used without ever opening a page.
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("tofulab.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )


def render(template: str, status: int = 200, **values: object) -> HTMLResponse:
    """Make a page from a template."""
    html = _environment().get_template(template).render(**values)
    return HTMLResponse(
        html,
        status,
        {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"},
    )


async def read_body(request: Request, limit: int = _FORM_LIMIT) -> bytes:
    """Read a request's body; raises TooLarge past the limit in bytes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge
    return bytes(body)


def identity(node: Node) -> dict[str, str]:
    """What every page says of its node and of the certificate it serves."""
    pair = node.services.served
    assert pair is not None, "pages are served while the services run"
    certificate = pair.certificate
    return {
        "hostname": node.hostname,
        "address": node.seed.address,
        "version": node.seed.version,
        "subject": slash_name(certificate.subject),
        "valid_until": f"{certificate.not_valid_after_utc:%Y-%m-%d}",
        "fingerprint": certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
    }
