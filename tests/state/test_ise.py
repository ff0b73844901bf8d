"""ISE servers of a PI node, and all that can go wrong with one."""

from __future__ import annotations

import re
import ssl
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest

from tests.nodes import (
    ANOTHER,
    DEAF,
    ISE,
    PRIMARY,
    STANDBY,
    Lab,
    ise_server,
    read_log,
)
from tests.polling import until
from tofulab.state.ise import IseError, IseServers, IseStatus
from tofulab.state.logs import LogName
from tofulab.state.node import Node
from tofulab.state.seed import Role
from tofulab.state.trust import CertificateCheck, Zone

if TYPE_CHECKING:
    from .conftest import RawServer

    Listen = Callable[[RawServer], Awaitable[RawServer]]

RECORD = """\
TOFU failed.
Check local trust Trust-on-first-use is configure for this connection.
Current certificate of the remote host is different from what was used earlier
- CN=ISE-server
javax.net.ssl.SSLHandshakeException: java.security.cert.CertificateException:
Trust-on-first-use is configure for this connection.
Current certificate of the remote host is different from what was used earlier
- CN=ISE-server"""
HEADER = r"^[\d/]{8} [\d:.]{12} ERROR \[system\] \[seqtaskexecutor-\d{4}\] "


@pytest.fixture
async def node(lab: Lab) -> Node:
    """A primary server."""
    return await lab.boot("prime-pri")


@pytest.fixture
def servers(node: Node) -> IseServers:
    """Its ISE servers: none yet."""
    return node.prime.ise_servers


@pytest.fixture
async def ise(lab: Lab) -> Node:
    """A standalone ISE server."""
    return await lab.boot("ISE-server")


def answer(body: bytes, status: int = 200) -> bytes:
    """Make an HTTP answer."""
    head = b"HTTP/1.1 %d So\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
    return head + body


@pytest.mark.usefixtures("ise")
async def test_a_server_is_added(node: Node, servers: IseServers) -> None:
    """Role and version are what the server itself says, and its entry is made."""
    added = await servers.add(ise_server())
    assert ("Standalone", "3.1", "Reachable") == (
        added.role,
        added.version,
        added.status,
    )
    assert [added] == servers.all()
    assert added == servers.find(ISE)
    assert (ISE, 443) in {(entry.host, entry.port) for entry in node.trust.entries()}
    log = read_log(node, LogName.INFRASTRUCTURE)
    assert f"INFO [system] [seqtaskexecutor-3002] ISE server {ISE}: Reachable" in log


@pytest.mark.usefixtures("ise")
async def test_a_server_survives_a_restart(node: Node, lab: Lab) -> None:
    """What was added is there after the node has lost its power."""
    added = await node.prime.ise_servers.add(ise_server())
    await lab.pull_plug(node)
    again = await lab.boot("prime-pri")
    assert [added] == again.prime.ise_servers.all()


@pytest.mark.usefixtures("ise")
async def test_a_password_is_never_logged(node: Node, servers: IseServers) -> None:
    """Neither a right nor a wrong password is in a log."""
    with pytest.raises(IseError):
        await servers.add(ise_server(password="Wrong-Pass-9"))
    added = await servers.add(ise_server())
    for log in LogName:
        assert "Wrong-Pass-9" not in read_log(node, log)
        assert added.password not in read_log(node, log)


async def test_an_unreachable_server(servers: IseServers) -> None:
    """Where nothing listens, the port is named."""
    with pytest.raises(IseError, match=f"{ISE} is not reachable on port 443") as error:
        await servers.add(ise_server())
    assert (IseStatus.UNREACHABLE, []) == (error.value.status, servers.all())


@pytest.mark.usefixtures("ise")
async def test_a_server_that_times_out(servers: IseServers, lab: Lab) -> None:
    """Where no answer comes, the time that was given is named."""
    lab.network.cut(PRIMARY, ISE)
    with pytest.raises(IseError, match=r"did not answer within 2\.5 seconds") as error:
        await servers.add(ise_server(timeout=2.5))
    assert (IseStatus.TIMED_OUT, []) == (error.value.status, servers.all())


@pytest.mark.usefixtures("ise")
@pytest.mark.parametrize(
    "wrong",
    [{"password": "no"}, {"username": "nobody"}, {"username": "viewer"}],
    ids=["password", "user", "role"],
)
async def test_refused_credentials(servers: IseServers, wrong: dict[str, str]) -> None:
    """A wrong password, an unknown user, or one who is no administrator."""
    with pytest.raises(IseError, match=f"{ISE} refused the credentials") as error:
        await servers.add(ise_server(**wrong))
    assert (IseStatus.CREDENTIALS_REFUSED, []) == (error.value.status, servers.all())


async def test_a_new_certificate(node: Node, servers: IseServers, ise: Node) -> None:
    """The infrastructure log has the TechNote's record, until the entry is deleted."""
    await servers.add(ise_server())
    await ise.renew_certificate()
    with pytest.raises(IseError, match=f"{ISE}: A Trust-on-first-use") as error:
        await servers.test(ISE)
    assert IseStatus.TOFU_MISMATCH is error.value.status
    assert IseStatus.TOFU_MISMATCH == servers.find(ISE).status
    log = read_log(node, LogName.INFRASTRUCTURE)
    assert re.search(f"{HEADER}{re.escape(RECORD)}$", log, re.MULTILINE)
    assert "TOFU failed" not in read_log(node)
    assert node.trust.delete(ISE, 443)
    assert IseStatus.REACHABLE == (await servers.test(ISE)).status
    assert IseStatus.REACHABLE == servers.find(ISE).status


@pytest.mark.usefixtures("ise")
async def test_a_certificate_of_no_authority(node: Node, servers: IseServers) -> None:
    """Where the zone wants an authority, a self-signed ISE server is refused."""
    node.trust.set_check(Zone.SYSTEM, CertificateCheck.ENABLE)
    with pytest.raises(IseError, match="is not trusted") as error:
        await servers.add(ise_server())
    assert (IseStatus.CERTIFICATE_REFUSED, []) == (error.value.status, servers.all())


async def test_a_node_that_does_not_monitor(servers: IseServers, lab: Lab) -> None:
    """An ISE node without the monitoring role cannot be added."""
    await lab.boot("ISE-server", role=Role.NOT_MONITORING)
    with pytest.raises(IseError, match="is not a monitoring node") as error:
        await servers.add(ise_server())
    assert (IseStatus.NOT_MONITORING, []) == (error.value.status, servers.all())


@pytest.mark.usefixtures("ise")
async def test_a_server_is_added_once(servers: IseServers) -> None:
    """The same address is not added twice, and not asked."""
    await servers.add(ise_server())
    with pytest.raises(IseError, match=f"{ISE} is already added"):
        await servers.add(ise_server(password="wrong"))
    assert 1 == len(servers.all())


async def test_two_servers_are_the_most(servers: IseServers, lab: Lab) -> None:
    """A primary and a standby can be added, a third cannot."""
    await lab.boot("ISE-server", role=Role.PRIMARY)
    for name in ("ISE-standby", "ISE-another"):
        await lab.boot(name)
    await servers.add(ise_server())
    await servers.add(ise_server(STANDBY))
    assert ["Primary", "Standby"] == [server.role for server in servers.all()]
    with pytest.raises(IseError, match="No more than two"):
        await servers.add(ise_server(ANOTHER))
    servers.delete(ISE)
    await servers.add(ise_server(ANOTHER))
    assert [STANDBY, ANOTHER] == [server.address for server in servers.all()]


@pytest.mark.usefixtures("ise")
@pytest.mark.parametrize("order", [(ISE, STANDBY), (STANDBY, ISE)])
async def test_a_standalone_server_is_alone(
    servers: IseServers, lab: Lab, order: tuple[str, str]
) -> None:
    """Beside a standalone server no other is added, nor it beside another."""
    await lab.boot("ISE-standby")
    await servers.add(ise_server(order[0]))
    with pytest.raises(IseError, match="A standalone ISE server allows no second one"):
        await servers.add(ise_server(order[1]))
    assert [order[0]] == [server.address for server in servers.all()]


async def test_an_unknown_server(servers: IseServers) -> None:
    """A server that was not added can be neither found, tested nor deleted."""
    reason = f"ISE server {ISE} is not configured"
    with pytest.raises(IseError, match=reason):
        servers.find(ISE)
    with pytest.raises(IseError, match=reason):
        servers.delete(ISE)
    with pytest.raises(IseError, match=reason):
        await servers.test(ISE)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 404),
        (b"<html>", 200),
        (b"<product><version>3</version></product>", 200),
        (b"<product><type_of_node>9</type_of_node></product>", 200),
        (b"<product><type_of_node>-1</type_of_node></product>", 200),
        (b"<product><type_of_node>one</type_of_node></product>", 200),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 200),
        (b"", 500),
    ],
)
async def test_what_is_no_ise_server(
    servers: IseServers,
    listen: Listen,
    raw: type[RawServer],
    tls: ssl.SSLContext,
    body: bytes,
    status: int,
) -> None:
    """Another web server, or nonsense, is told from an ISE server."""
    await listen(raw(tls, answer(body, status)))
    with pytest.raises(IseError, match=f"{DEAF} is no ISE server") as error:
        await servers.add(ise_server(DEAF))
    assert (IseStatus.NO_ISE, []) == (error.value.status, servers.all())


async def test_what_speaks_no_https(
    servers: IseServers, listen: Listen, raw: type[RawServer]
) -> None:
    """A server without TLS is no ISE server."""
    await listen(raw(None, answer(b"")))
    with pytest.raises(IseError, match=f"{DEAF} is no ISE server"):
        await servers.add(ise_server(DEAF))


async def test_a_prime_server_is_no_ise_server(servers: IseServers) -> None:
    """A PI server's own port 443 has no such page."""
    with pytest.raises(IseError, match=f"{PRIMARY} is no ISE server"):
        await servers.add(ise_server(PRIMARY))


async def test_polls_notice_what_changes(
    node: Node, servers: IseServers, lab: Lab, ise: Node
) -> None:
    """A server that goes away is noted and logged once, and again when it is back."""
    await servers.add(ise_server())
    await lab.shut(ise)
    await until(lambda: IseStatus.UNREACHABLE == servers.find(ISE).status)
    # A server that comes back with a newer version is the same server.
    await lab.boot("ISE-server", version="3.2")
    await until(lambda: "3.2" == servers.find(ISE).version)
    assert IseStatus.REACHABLE == servers.find(ISE).status
    log = read_log(node, LogName.INFRASTRUCTURE)
    assert 1 == log.count("is not reachable on port 443")
    assert 2 == log.count(f"ISE server {ISE}: Reachable")


async def test_a_test_keeps_what_is_new(servers: IseServers, lab: Lab) -> None:
    """Role and version are kept also where the server was reachable all the time."""
    ise = await lab.boot("ISE-server")
    await servers.add(ise_server())
    await lab.shut(ise)
    await lab.boot("ISE-server", version="3.2", role=Role.PRIMARY)
    tested = await servers.test(ISE)
    assert ("3.2", "Primary") == (tested.version, tested.role)
    assert tested == servers.find(ISE)
