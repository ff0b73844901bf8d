"""HTTPS listeners: ports, certificates, and what is not spoken."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import TYPE_CHECKING

import pytest

from tests.nodes import ISE, PRIMARY, Lab
from tofulab.state.addresses import Place
from tofulab.state.pki import der
from tofulab.web.listeners import PortInUse

if TYPE_CHECKING:
    from .conftest import Browse


def client() -> ssl.SSLContext:
    """Make the context of a client who looks at no certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def shown(lab: Lab, port: int, context: ssl.SSLContext) -> bytes:
    """Connect to the primary, and return the certificate that it shows."""
    place = lab.network.place(PRIMARY, port)
    _, writer = await asyncio.open_connection(place.host, place.port, ssl=context)
    try:
        certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        assert isinstance(certificate, bytes)
        return certificate
    finally:
        writer.transport.abort()


async def test_all_ports_show_the_installed_certificate(lab: Lab) -> None:
    """443 and 8082 show the same certificate, and after a renewal the new one."""
    node = await lab.boot("prime-pri")
    for _ in range(2):
        installed = der(node.keystore.installed.certificate)
        for port in (443, 8082):
            assert installed == await shown(lab, port, client())
        await node.renew_certificate()


async def test_a_restart_keeps_the_ports(lab: Lab) -> None:
    """The kernel's choice stays the node's, so that peers find it again."""
    node = await lab.boot("prime-pri")
    before = [lab.network.place(PRIMARY, port) for port in (443, 8082)]
    assert 0 not in {place.port for place in before}
    await node.services.stop()
    await node.services.start()
    assert before == [lab.network.place(PRIMARY, port) for port in (443, 8082)]


async def test_a_port_in_use_is_named(lab: Lab) -> None:
    """Where one port is in use, the node does not start and the others are free."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        place = Place("127.0.0.1", taken.getsockname()[1])
        lab.network.places[PRIMARY, 8082] = place
        reason = f"127.0.0.1 port {place.port} is in use"
        with pytest.raises(PortInUse, match=reason) as error:
            await lab.boot("prime-pri")
    assert place == error.value.place
    free = lab.network.place(PRIMARY, 443)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(free.host, free.port)


async def test_an_address_elsewhere_is_not_in_use(lab: Lab) -> None:
    """An address that this machine has not is told as what it is."""
    lab.network.places[PRIMARY, 443] = Place("192.0.2.11", 0)
    with pytest.raises(OSError, match="address") as error:
        await lab.boot("prime-pri")
    assert not isinstance(error.value, PortInUse)


async def test_stopped_services_listen_no_more(lab: Lab) -> None:
    """After `ncs stop` nobody connects, and who was connected is not any longer."""
    node = await lab.boot("prime-pri")
    place = lab.network.place(PRIMARY, 8082)
    reader, writer = await asyncio.open_connection(place.host, place.port, ssl=client())
    await node.services.stop()
    with pytest.raises((ConnectionError, EOFError, ssl.SSLError)):
        async with asyncio.timeout(5):
            await reader.readexactly(1)
    writer.transport.abort()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(place.host, place.port)


async def test_a_handshake_does_not_outlive_the_services(lab: Lab) -> None:
    """Who connects before `ncs stop` and shakes hands after it gets no answer."""
    node = await lab.boot("prime-pri")
    place = lab.network.place(PRIMARY, 8082)
    reader, writer = await asyncio.open_connection(place.host, place.port)
    # A second connection that works shows that the first one was accepted too.
    await shown(lab, 8082, client())
    await node.services.stop()
    await node.services.start()

    async def ask() -> bytes:
        await writer.start_tls(client())
        writer.write(b"GET /hm/probe HTTP/1.1\r\nHost: a\r\n\r\n")
        return await reader.readexactly(1)

    with pytest.raises((ConnectionError, EOFError, ssl.SSLError)):
        await asyncio.wait_for(ask(), 5)
    writer.transport.abort()


async def test_tls_1_1_is_refused(lab: Lab) -> None:
    """TLS 1.2 and 1.3 are spoken, what is older is not."""
    await lab.boot("prime-pri")
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = client()
        context.minimum_version = context.maximum_version = version
        await shown(lab, 443, context)
    old = client()
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await shown(lab, 443, old)


async def test_plain_http_is_refused(lab: Lab) -> None:
    """A client without TLS gets no page."""
    await lab.boot("prime-pri")
    place = lab.network.place(PRIMARY, 443)
    reader, writer = await asyncio.open_connection(place.host, place.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    async with asyncio.timeout(5):
        try:
            answer = await reader.read()
        except ConnectionError:
            answer = b""
    writer.transport.abort()
    assert b"HTTP/" not in answer


async def test_a_failed_request_is_no_end(lab: Lab, browse: Browse) -> None:
    """What one client sends wrong does not disturb the next."""
    await lab.boot("ISE-server")
    place = lab.network.place(ISE, 443)
    _, writer = await asyncio.open_connection(place.host, place.port, ssl=client())
    writer.write(b"\0\r\n\r\n")
    await writer.drain()
    writer.transport.abort()
    assert 200 == (await browse(ISE, 443, "GET", "/")).status
