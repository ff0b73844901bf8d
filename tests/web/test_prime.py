"""Port 443 of a PI node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes

from tests.nodes import PRIMARY, Lab

if TYPE_CHECKING:
    from .conftest import Browse


async def test_the_front_page(lab: Lab, browse: Browse) -> None:
    """A page says which server this is, its HA state and the certificate it serves."""
    node = await lab.boot("prime-pri")
    page = await browse(PRIMARY, 443, "GET", "/")
    assert (200, "Prime") == (page.status, page.headers["server"])
    certificate = node.keystore.installed.certificate
    for text in (
        "Cisco Prime Infrastructure",
        "Version: 3.5",
        PRIMARY,
        "HA not Configured",
        "/C=US/ST=CA/L=SJ/O=Cisco Systems/OU=Prime Infra/CN=prime-pri",
        certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
    ):
        assert text in page.body


async def test_the_health_monitor_is_on_its_own_port(lab: Lab, browse: Browse) -> None:
    """What 8082 answers, 443 does not."""
    await lab.boot("prime-pri")
    for path in ("/hm/probe", "/login.jsp"):
        assert 404 == (await browse(PRIMARY, 443, "GET", path)).status
