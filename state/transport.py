"""One HTTPS request to another node: dial, judge its certificate, only then speak.

The certificate that arrived is handed to the trust store before a byte of the
request is sent.  Knows nothing of what is asked.
"""

from __future__ import annotations

import asyncio
import functools
import os
import secrets
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import h11
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from .addresses import LinkCut, Network
from .catalogue import CERTIFICATE_REFUSED, TOFU_FAILED
from .clock import Clock
from .keystore import KeyPair
from .logs import HEALTH_MONITOR_THREAD, Level, LogName, NodeLogs
from .pki import pem
from .subjects import comma_name, common_name
from .trust import CertificateChanged, CertificateRefused, TrustStore, Zone

_LARGEST_ANSWER = 16 * 2**20
_CHUNK = 65536


class TransportError(Exception):
    """A request that got no answer; the text says why."""


class Unreachable(TransportError):
    """Nothing accepts connections there."""


class TimedOut(TransportError):
    """No answer in time."""


class BadAnswer(TransportError):
    """What answered does not speak TLS or HTTP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to ask, and whom: `host` is the address as dialled; `patience` in lab s.

    `log` and `thread` say where a refused certificate is recorded.
    """

    zone: Zone
    host: str
    port: int
    target: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    patience: float = 5.0
    log: LogName = LogName.HEALTH_MONITOR
    thread: str = HEALTH_MONITOR_THREAD


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: status code and body."""

    status: int
    body: bytes


@functools.cache
def _client_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the trust store judges, after the handshake
    return context


def server_context(pair: KeyPair) -> ssl.SSLContext:
    """Make the TLS context of a listener: TLS 1.2 and later."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.num_tickets = 0  # a resumed session would show no certificate
    context.options |= ssl.OP_NO_TICKET
    # OpenSSL wants a file; what a crash may leave of it nobody can read.
    passphrase = secrets.token_bytes(32).hex()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pair.pem"
        path.write_bytes(_private_pem(pair, passphrase) + pem(pair.certificate))
        context.load_cert_chain(path, password=passphrase)
    return context


def _private_pem(pair: KeyPair, passphrase: str) -> bytes:
    return pair.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )


class Transport:
    """Dials other nodes, and its own, from one node's address."""

    def __init__(
        self,
        address: str,
        network: Network,
        trust: TrustStore,
        clock: Clock,
        logs: NodeLogs,
    ) -> None:
        self._address = address
        self._logs = logs
        self._network = network
        self._trust = trust
        self._clock = clock

    async def ask(self, request: Request) -> Response:
        """Send a request over a new connection and read the whole answer.

        Raises TransportError, or CertificateRefused where trust says no.
        """
        patience = self._clock.patience(request.patience)
        try:
            async with asyncio.timeout(patience):
                return await self._ask(request)
        except LinkCut:
            # Nobody answers, so nothing real is waited for: as quick as the lab.
            await asyncio.sleep(min(patience, self._clock.interval(request.patience)))
            raise TimedOut(f"{request.host}: connection timed out") from None
        except TimeoutError:
            raise TimedOut(f"{request.host}: connection timed out") from None
        except (ssl.SSLError, h11.ProtocolError) as error:
            raise BadAnswer(f"{request.host}: {error}") from None
        except OSError as error:
            # In the system's words: asyncio's tell where the lab has mapped it.
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise Unreachable(f"{request.host}: {reason}") from None

    async def _ask(self, request: Request) -> Response:
        place = self._network.route(self._address, request.host, request.port)
        reader, writer = await asyncio.open_connection(
            place.host, place.port, ssl=_client_context(), server_hostname=""
        )
        try:
            self._judge(request, writer)
            return await _exchange(request, reader, writer)
        finally:
            writer.transport.abort()

    def _judge(self, request: Request, writer: asyncio.StreamWriter) -> None:
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        certificate = x509.load_der_x509_certificate(shown)
        host, port, now = request.host, request.port, self._clock.now()
        try:
            self._trust.judge(request.zone, host, port, certificate, now)
        except CertificateRefused as refused:
            text = _refusal(request, refused)
            self._logs.record(
                request.log, text, level=Level.ERROR, thread=request.thread
            )
            raise


def _refusal(request: Request, refused: CertificateRefused) -> str:
    """Say why a certificate was refused, in the TechNote's words where it has them.

    Its infrastructure log names the remote host by its common name alone.
    """
    subject = refused.certificate.subject
    name = comma_name(subject)
    if not isinstance(refused, CertificateChanged):
        return CERTIFICATE_REFUSED.format(
            host=request.host, port=request.port, reason=refused, name=name
        )
    if request.log is LogName.INFRASTRUCTURE:
        name = f"CN={common_name(subject)}"
    return TOFU_FAILED.format(name=name, common_name=common_name(subject))


async def _exchange(
    request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> Response:
    connection = h11.Connection(h11.CLIENT)
    headers = {
        "Host": request.host,
        "Connection": "close",
        "Content-Length": str(len(request.body)),
        **request.headers,
    }
    events = (
        h11.Request(
            method=request.method, target=request.target, headers=list(headers.items())
        ),
        h11.Data(request.body),
        h11.EndOfMessage(),
    )
    writer.write(b"".join(connection.send(event) or b"" for event in events))
    await writer.drain()
    return await _read(connection, reader)


async def _read(connection: h11.Connection, reader: asyncio.StreamReader) -> Response:
    status, body = 0, bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_CHUNK))
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > _LARGEST_ANSWER:
                raise BadAnswer("the answer is too long")
        elif isinstance(event, h11.EndOfMessage):
            return Response(status, bytes(body))
        elif isinstance(event, h11.ConnectionClosed):
            raise BadAnswer("the connection was closed before an answer came")
