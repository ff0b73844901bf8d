"""Requests to other nodes: trust first, and every way in which none is answered."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.nodes import DEAF, PRIMARY, SECONDARY, Lab, Servers, read_log
from tests.polling import until
from tofulab.state.addresses import LOOPBACK, Place
from tofulab.state.keystore import KeyPair
from tofulab.state.logs import LogName
from tofulab.state.node import Node
from tofulab.state.transport import (
    BadAnswer,
    Request,
    TimedOut,
    TransportError,
    Unreachable,
    server_context,
)
from tofulab.state.trust import (
    CertificateChanged,
    CertificateCheck,
    CertificateRefused,
    Entry,
    Zone,
)

if TYPE_CHECKING:
    from .conftest import RawServer

    Listen = Callable[[RawServer], Awaitable[RawServer]]
    MakeServer = Callable[..., RawServer]

REQUEST = Request(
    zone=Zone.SYSTEM,
    host=DEAF,
    port=443,
    target="/secret",
    headers={"Authorization": "Basic c2VjcmV0"},
    body=b"secret",
    patience=0.5,
)
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
async def node(lab: Lab) -> Node:
    """A node that dials, with no services of its own."""
    node = await lab.open("prime-pri")
    lab.running.append(node)
    return node


async def test_an_answer_has_status_and_body(
    node: Node, listen: Listen, raw: MakeServer, tls: ssl.SSLContext
) -> None:
    """A request is sent whole, and its answer is read."""
    answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone"
    server = await listen(raw(tls, answer))
    response = await node.transport.ask(REQUEST)
    assert (404, b"gone") == (response.status, response.body)
    await until(lambda: server.ended)
    head, _, body = bytes(server.received).partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert b"GET /secret HTTP/1.1" == lines[0]
    assert {b"host: 192.0.2.99", b"connection: close", b"content-length: 6"} <= {
        line.lower() for line in lines
    }
    assert b"secret" == body


async def test_nothing_is_sent_to_a_changed_certificate(
    node: Node,
    listen: Listen,
    raw: MakeServer,
    tls: ssl.SSLContext,
    make_pair: Callable[[str], KeyPair],
) -> None:
    """A refused server receives not one byte, and the log has the TechNote's words."""
    await listen(raw(tls, GOOD))
    await node.transport.ask(REQUEST)
    changed = await listen(raw(server_context(make_pair("changed")), GOOD))
    with pytest.raises(CertificateChanged):
        await node.transport.ask(REQUEST)
    await until(lambda: changed.ended)
    assert (1, b"") == (changed.connections, bytes(changed.received))
    assert "- CN=changed, OU=Prime Infra" in read_log(node)


async def test_nothing_is_sent_to_an_unknown_authority(
    node: Node, listen: Listen, raw: MakeServer, tls: ssl.SSLContext
) -> None:
    """Where the zone wants an authority, a self-signed server receives nothing."""
    node.trust.set_check(Zone.SYSTEM, CertificateCheck.ENABLE)
    server = await listen(raw(tls, GOOD))
    request = replace(REQUEST, log=LogName.INFRASTRUCTURE, thread="worker-1")
    with pytest.raises(CertificateRefused, match="is not trusted"):
        await node.transport.ask(request)
    await until(lambda: server.ended)
    assert b"" == bytes(server.received)
    log = read_log(node, LogName.INFRASTRUCTURE)
    assert "ERROR [system] [worker-1] Certificate validation failed for" in log
    assert f" {DEAF}_443. The certificate chain does not verify" in log


async def test_an_old_tls_is_refused(
    node: Node, listen: Listen, raw: MakeServer, make_pair: Callable[[str], KeyPair]
) -> None:
    """TLS 1.1 is not spoken, and its certificate is not learnt."""
    context = server_context(make_pair("old"))
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    server = await listen(raw(context, GOOD))
    with pytest.raises(TransportError):
        await node.transport.ask(REQUEST)
    assert (0, []) == (server.connections, node.trust.entries())


async def test_tls_1_2_is_spoken(
    node: Node, listen: Listen, raw: MakeServer, tls: ssl.SSLContext
) -> None:
    """A server that knows nothing newer than TLS 1.2 is asked."""
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    await listen(raw(tls, GOOD))
    assert b"ok" == (await node.transport.ask(REQUEST)).body


async def test_nobody_there(node: Node) -> None:
    """A place where nothing listens is unreachable."""
    with pytest.raises(Unreachable, match=f"^{DEAF}: [A-Z][a-z ]+$"):
        await node.transport.ask(REQUEST)


async def test_no_such_node(node: Node) -> None:
    """An address outside the lab is unreachable."""
    with pytest.raises(Unreachable, match="no route to host"):
        await node.transport.ask(replace(REQUEST, host="198.51.100.1"))


async def test_a_cut_link_times_out(node: Node, lab: Lab) -> None:
    """What is lost on its way gets no answer at all."""
    lab.network.cut(PRIMARY, DEAF)
    with pytest.raises(TimedOut, match=f"{DEAF}: connection timed out"):
        await node.transport.ask(REQUEST)


async def test_a_server_that_never_answers_times_out(
    node: Node, listen: Listen, raw: MakeServer, tls: ssl.SSLContext
) -> None:
    """Patience ends, and the connection with it."""
    server = await listen(raw(tls))
    with pytest.raises(TimedOut):
        await node.transport.ask(REQUEST)
    await until(lambda: server.ended)
    assert server.received.startswith(b"GET /secret")


async def test_a_server_that_never_shakes_hands_times_out(
    node: Node, listen: Listen, raw: MakeServer
) -> None:
    """A server that accepts and says nothing is given up."""
    await listen(raw(None))
    with pytest.raises(TimedOut):
        await node.transport.ask(REQUEST)


async def test_what_speaks_no_tls_is_told(
    node: Node, listen: Listen, raw: MakeServer
) -> None:
    """A plain server gets no request."""
    server = await listen(raw(None, GOOD))
    with pytest.raises(BadAnswer):
        await node.transport.ask(REQUEST)
    await until(lambda: server.ended)
    assert b"secret" not in server.received


@pytest.mark.parametrize(
    "answer",
    [b"", b"SSH-2.0-OpenSSH_9.6\r\n\r\n", GOOD[:-1], b"HTTP/1.1 101 Go\r\n\r\n"],
    ids=["nothing", "no HTTP", "cut short", "another protocol"],
)
async def test_what_speaks_no_http_is_told(
    node: Node, listen: Listen, raw: MakeServer, tls: ssl.SSLContext, answer: bytes
) -> None:
    """An answer that is none, or not whole, is bad."""
    await listen(raw(tls, answer, waits=False))
    with pytest.raises((BadAnswer, Unreachable)):
        await node.transport.ask(replace(REQUEST, patience=5))


async def test_an_answer_may_be_too_long(
    node: Node, listen: Listen, raw: MakeServer, tls: ssl.SSLContext
) -> None:
    """Reading ends where no honest answer is as long."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    await listen(raw(tls, head + 17 * chunk))
    with pytest.raises(BadAnswer, match="too long"):
        await node.transport.ask(replace(REQUEST, patience=20))


async def test_a_cancelled_request_leaves_no_connection(
    node: Node, listen: Listen, raw: MakeServer, tls: ssl.SSLContext
) -> None:
    """Who stops waiting hangs up."""
    server = await listen(raw(tls))
    task = asyncio.ensure_future(node.transport.ask(replace(REQUEST, patience=20)))
    await until(lambda: server.received)
    task.cancel()
    await until(lambda: server.ended)
    await asyncio.gather(task, return_exceptions=True)


async def test_every_connection_shows_its_certificate(pair: Servers) -> None:
    """No session is resumed: each request sees the certificate that is served."""
    request = replace(REQUEST, host=SECONDARY, port=8082, target="/hm/probe", body=b"")
    for _ in range(3):
        response = await pair.primary.transport.ask(request)
        assert 200 == response.status
    await pair.secondary.renew_certificate()
    with pytest.raises(CertificateChanged):
        await pair.primary.transport.ask(request)


async def test_loopback_is_an_entry_of_its_own(pair: Servers) -> None:
    """What is dialled is what is stored, wherever it leads."""
    request = replace(REQUEST, host=LOOPBACK, port=443, target="/", body=b"")
    await pair.primary.transport.ask(request)
    served = pair.primary.keystore.installed.certificate
    assert Entry(LOOPBACK, 443, served) in pair.primary.trust.entries()


async def test_a_place_that_cannot_be_dialled_is_unreachable(
    node: Node, lab: Lab
) -> None:
    """A place that no socket reaches is an error like any other."""
    lab.network.places[DEAF, 443] = Place("256.0.0.1", 443)
    with pytest.raises(Unreachable):
        await node.transport.ask(REQUEST)
