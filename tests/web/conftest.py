"""A lab, and a browser for its pages."""

from __future__ import annotations

import asyncio
import http.client
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest

from tests.nodes import Lab


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    """A lab in which nothing runs yet."""
    lab = Lab(tmp_path / "lab")
    yield lab
    await lab.close()


@dataclass(frozen=True, slots=True)
class Page:
    """What a server has answered."""

    status: int
    headers: Message
    body: str


Browse = Callable[..., Awaitable[Page]]


@pytest.fixture
def browse(lab: Lab) -> Browse:
    """Asks a node for a page: `await browse(address, port, "GET", "/")`."""

    async def ask(
        address: str,
        port: int,
        method: str,
        path: str,
        body: bytes | None = None,
        **headers: str,
    ) -> Page:
        place = lab.network.place(address, port)
        return await asyncio.to_thread(
            _ask, place.host, place.port, method, path, body, headers
        )

    return ask


def insecure() -> ssl.SSLContext:
    """Make the context of a client who looks at no certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _ask(
    host: str,
    port: int,
    method: str,
    path: str,
    body: bytes | None,
    headers: dict[str, str],
) -> Page:
    connection = http.client.HTTPSConnection(host, port, timeout=10, context=insecure())
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return Page(answer.status, answer.headers, answer.read().decode())
    finally:
        connection.close()
