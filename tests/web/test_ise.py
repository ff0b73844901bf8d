"""Port 443 of an ISE node: its monitoring API's Version call."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from tests.nodes import ISE, PASSWORD, Lab
from tofulab.state.seed import Role

if TYPE_CHECKING:
    from .conftest import Browse

VERSION = "/admin/API/mnt/Version"


def basic(text: str) -> str:
    """Make the header of Basic authentication."""
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.mark.parametrize(
    ("role", "number"),
    [
        (Role.STANDALONE, "0"),
        (Role.PRIMARY, "1"),
        (Role.SECONDARY, "2"),
        (Role.NOT_MONITORING, "3"),
    ],
)
async def test_version_and_role(
    lab: Lab, browse: Browse, role: Role, number: str
) -> None:
    """An administrator is told the version and which kind of node this is."""
    await lab.boot("ISE-server", role=role)
    authorization = basic(f"admin:{PASSWORD}")
    page = await browse(ISE, 443, "GET", VERSION, Authorization=authorization)
    assert 200 == page.status
    assert page.headers["content-type"].startswith("application/xml")
    product = ElementTree.fromstring(page.body)
    assert "Cisco Identity Services Engine" == product.get("name")
    assert ("3.1", number) == (
        product.findtext("version"),
        product.findtext("type_of_node"),
    )


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic",
        "Basic ?",
        "Basic \xe9",
        "Basic /w==",
        basic("admin"),
        basic("admin:wrong"),
        basic(f"nobody:{PASSWORD}"),
        basic(f"viewer:{PASSWORD}"),
        basic(f"admin:{PASSWORD}").replace("Basic", "Bearer"),
    ],
)
async def test_others_are_refused(lab: Lab, browse: Browse, authorization: str) -> None:
    """Whoever is no administrator with the right password is asked to log in."""
    await lab.boot("ISE-server")
    page = await browse(ISE, 443, "GET", VERSION, Authorization=authorization)
    assert (401, "") == (page.status, page.body)
    assert 'Basic realm="Cisco ISE"' == page.headers["www-authenticate"]


async def test_the_front_page(lab: Lab, browse: Browse) -> None:
    """A page says which node this is, and shows its certificate's subject."""
    await lab.boot("ISE-server")
    page = await browse(ISE, 443, "GET", "/")
    assert 200 == page.status
    for text in (
        "Cisco Identity Services Engine",
        "Version: 3.1",
        ISE,
        "CN=ISE-server",
    ):
        assert text in page.body
