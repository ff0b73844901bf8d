"""What all pages share."""

from __future__ import annotations

import jinja2
import pytest

from tests.nodes import Lab
from tofulab.web.pages import identity, render


async def test_every_page_says_whose_it_is(lab: Lab) -> None:
    """Node, address, version and certificate are at hand for every page."""
    node = await lab.boot("prime-pri")
    values = identity(node)
    assert ("prime-pri", "192.0.2.11", "3.5") == (
        values["hostname"],
        values["address"],
        values["version"],
    )
    assert 95 == len(values["fingerprint"])


async def test_pages_are_safe(lab: Lab) -> None:
    """Values are escaped, and nothing is loaded from anywhere."""
    node = await lab.boot("prime-pri")
    page = render("prime.html", 418, node=identity(node), state="<script>")
    assert 418 == page.status_code
    assert b"<script" not in page.body
    assert page.headers["content-security-policy"].startswith("default-src 'none';")
    assert "nosniff" == page.headers["x-content-type-options"]


def test_a_forgotten_value_is_a_mistake() -> None:
    """A page is not shown with a gap in it."""
    with pytest.raises(jinja2.UndefinedError):
        render("prime.html")
