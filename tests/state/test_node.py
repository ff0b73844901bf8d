"""A node as a whole: power, certificates, history, and what a crash leaves."""

from __future__ import annotations

import pytest

from tests.nodes import Lab, read_log
from tofulab.state.logs import LogName
from tofulab.state.node import Node
from tofulab.state.pki import pem
from tofulab.state.store import StoreError
from tofulab.state.undertakings import Undertaking


@pytest.fixture
async def node(lab: Lab) -> Node:
    """A primary server, started."""
    return await lab.boot("prime-pri")


def system(node: Node) -> list[str]:
    """Read the system log without its times."""
    return [line[16:] for line in node.logs.lines(LogName.SYSTEM)]


async def test_the_system_log_tells_of_power(node: Node, lab: Lab) -> None:
    """Start and end are logged, with the certificate that is used."""
    await lab.shut(node)
    subject = "/C=US/ST=CA/L=SJ/O=Cisco Systems/OU=Prime Infra/CN=prime-pri"
    assert [
        "prime-pri kernel: System started",
        f"prime-pri ncs: Services started; server certificate {subject}",
        "prime-pri ncs: Services stopped",
        "prime-pri kernel: System halted",
    ] == system(node)


async def test_an_orderly_stop_is_no_crash(node: Node, lab: Lab) -> None:
    """Only after a crash does the log say that there was one."""
    await lab.shut(node)
    node = await lab.boot("prime-pri")
    assert "unexpectedly" not in read_log(node, LogName.SYSTEM)
    await lab.pull_plug(node)
    node = await lab.boot("prime-pri")
    assert 1 == read_log(node, LogName.SYSTEM).count("was stopped unexpectedly")


async def test_a_crash_in_an_undertaking_is_told(node: Node, lab: Lab) -> None:
    """What was in preparation is named, and that nothing was changed."""
    Undertaking(node.store, node.repositories).begin("Key generation")
    await lab.pull_plug(node)
    again = await lab.boot("prime-pri")
    text = "prime-pri ncs: Key generation was interrupted by the stop; nothing was"
    assert f"{text} changed" in system(again)


async def test_a_crash_before_a_file_is_written_is_mended(node: Node, lab: Lab) -> None:
    """A change whose file was not written yet gets it at the next start."""
    with node.undertaking("Key generation") as undertaking, undertaking.conclude():
        undertaking.keep_file("defaultRepo", "a.csr", b"request")
    await lab.pull_plug(node)
    again = await lab.boot("prime-pri")
    assert b"request" == again.repositories.read("defaultRepo", "a.csr")
    text = "prime-pri ncs: Wrote file a.csr, which the stop had left unwritten"
    assert text in system(again)


async def test_a_file_that_cannot_be_written_does_not_keep_a_node_down(
    node: Node, lab: Lab
) -> None:
    """A node starts even where a file of before the crash has no place any more."""
    node.store.put_setting("unwritten file", ["gone", "a.csr", "AAAA"])
    await lab.pull_plug(node)
    again = await lab.boot("prime-pri")
    assert "prime-pri ncs: Repository gone not found" in system(again)


async def test_a_renewed_certificate_is_used_at_once(node: Node) -> None:
    """Renewing restarts the services with a new certificate for the same name."""
    old = node.services.served
    await node.renew_certificate()
    new = node.services.served
    assert old is not None
    assert new is not None
    assert old.certificate != new.certificate
    assert old.certificate.subject == new.certificate.subject
    assert pem(new.certificate) == pem(node.keystore.installed.certificate)


async def test_renewing_leaves_stopped_services_stopped(node: Node) -> None:
    """A certificate renewed while the services are stopped waits for their start."""
    await node.services.stop()
    await node.renew_certificate()
    assert not node.services.running
    await node.services.start()
    assert node.services.served is not None
    installed = node.keystore.installed.certificate
    assert installed == node.services.served.certificate


async def test_identity_survives(node: Node, lab: Lab) -> None:
    """Certificate, host keys and host name are those of the last start."""
    before = node.host_keys(), pem(node.keystore.installed.certificate)
    node.configuration.change(hostname="renamed")
    await lab.pull_plug(node)
    again = await lab.boot("prime-pri")
    assert before == (again.host_keys(), pem(again.keystore.installed.certificate))
    assert "renamed" == again.hostname


async def test_history_survives(node: Node, lab: Lab) -> None:
    """What a user typed is there after a crash."""
    node.history.append("admin", "show version")
    await lab.pull_plug(node)
    again = await lab.boot("prime-pri")
    assert ["show version"] == again.history.lines("admin")


async def test_uptime_begins_with_power(node: Node) -> None:
    """The time since the power came on is small at first, and grows."""
    first = node.uptime
    assert 0 <= first <= node.uptime < 30


async def test_an_ise_node_is_no_prime_server(lab: Lab) -> None:
    """An ISE node has no pair and no health monitor."""
    node = await lab.boot("ISE-server")
    assert not node.is_prime
    with pytest.raises(TypeError, match="ISE-server is no Prime Infrastructure"):
        _ = node.prime


async def test_a_damaged_disk_is_told(node: Node, lab: Lab) -> None:
    """A node whose database cannot be read does not start."""
    await lab.shut(node)
    (node.folder / "node.sqlite3").write_bytes(b"damaged" * 1000)
    with pytest.raises(StoreError, match=r"node\.sqlite3"):
        await lab.boot("prime-pri")
