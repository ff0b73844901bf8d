"""Port 8082: the peer's messages and the Health Monitor page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.nodes import (
    AUTHKEY,
    HEALTHY,
    NOT_CONFIGURED,
    PRIMARY,
    SECONDARY,
    Lab,
    Servers,
    read_log,
)
from tofulab.state.node import Node

if TYPE_CHECKING:
    from .conftest import Browse, Page

REGISTRATION = "/hm/registration"
MESSAGES = [
    REGISTRATION,
    "/hm/heartbeat",
    "/hm/registration/complete",
    "/hm/registration/abandon",
    "/hm/replication",
    "/hm/removal",
]
WHOLE = {"token": "wrong", "state": "", "reason": "", "snapshot": {}}
INVITATION = {
    "address": PRIMARY,
    "name": "prime-pri",
    "version": "3.5",
    "key": AUTHKEY,
    "token": "t",
    "failover": "Manual",
    "emails": [],
    "virtual_ip": [],
}


@pytest.fixture
async def node(lab: Lab) -> Node:
    """A secondary server."""
    return await lab.boot("prime-sec")


async def post(browse: Browse, path: str, message: object) -> tuple[int, object]:
    """Send the secondary a message, and read its answer."""
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    page: Page = await browse(SECONDARY, 8082, "POST", path, body)
    return page.status, json.loads(page.body)


@pytest.mark.usefixtures("node")
async def test_a_probe_says_what_this_is(browse: Browse) -> None:
    """Anybody may ask which product and version this is."""
    page = await browse(SECONDARY, 8082, "GET", "/hm/probe")
    assert {"product": "Health Monitor", "version": "3.5"} == json.loads(page.body)
    assert (200, "Prime") == (page.status, page.headers["server"])


@pytest.mark.parametrize(
    "body",
    [b"", b"hello", b"[]", b"7", b"null", b"{}", b"\xff", b"[" * 100_000],
    ids=["empty", "text", "list", "number", "null", "object", "bytes", "deep"],
)
async def test_what_is_no_message_is_refused(
    node: Node, browse: Browse, body: bytes
) -> None:
    """Nonsense is answered with 400, and changes nothing."""
    refused = (400, {"error": "not a message of a server"})
    for path in MESSAGES:
        assert refused == await post(browse, path, body)
    assert [] == node.prime.pair.events()


@pytest.mark.parametrize("path", [each for each in MESSAGES if each != REGISTRATION])
async def test_a_wrong_token_changes_nothing(
    lab: Lab, browse: Browse, path: str
) -> None:
    """Without the token of the registration, no message is obeyed."""
    pair = Servers(lab, await lab.boot("prime-pri"), await lab.boot("prime-sec"))
    await pair.register()
    reason = f"{SECONDARY} does not know this registration"
    assert (404, {"error": reason}) == await post(browse, path, WHOLE)
    assert HEALTHY == pair.states


@pytest.mark.usefixtures("node")
@pytest.mark.parametrize("path", ["/hm/heartbeat", REGISTRATION])
async def test_a_message_that_is_too_large_is_refused(
    browse: Browse, path: str
) -> None:
    """Past 16 MiB nobody reads on."""
    body = b'{"token": "' + b"x" * 17 * 2**20 + b'"}'
    try:
        page = await browse(SECONDARY, 8082, "POST", path, body)
    except ConnectionError:
        return  # hung up on before the whole of it was sent
    assert 400 == page.status


async def test_a_refused_registration_has_a_reason(node: Node, browse: Browse) -> None:
    """A wrong key is answered with 409 and logged."""
    reason = (
        f"Authentication key does not match between primary {PRIMARY}"
        f" and secondary servers {SECONDARY}"
    )
    answer = await post(browse, REGISTRATION, INVITATION | {"key": "wrong"})
    assert (409, {"error": reason}) == answer
    assert reason in read_log(node)


async def test_nobody_forges_a_log_line(node: Node, browse: Browse) -> None:
    """A message with line ends in it is refused unread."""
    forged = INVITATION | {"address": "x\n01/01/26 00:00:00.000 INFO forged"}
    status, _ = await post(browse, REGISTRATION, forged)
    assert 400 == status
    assert "forged" not in read_log(node)


@pytest.mark.usefixtures("node")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/hm/heartbeat", 405), ("POST", "/hm/probe", 405), ("GET", "/nil", 404)],
)
async def test_other_requests_are_no_pages(
    browse: Browse, method: str, path: str, status: int
) -> None:
    """What is not served is answered so."""
    assert status == (await browse(SECONDARY, 8082, method, path, b"")).status


async def log_in(browse: Browse, key: str) -> Page:
    """Send the login form to the secondary."""
    body = f"requestUrl=%2Fdetails&authkey={key}".encode()
    return await browse(SECONDARY, 8082, "POST", "/login.jsp", body)


@pytest.mark.usefixtures("node")
async def test_the_login_page_is_the_appliances(browse: Browse) -> None:
    """Scanners recognise the product by these texts; there is a key and no user."""
    page = await browse(SECONDARY, 8082, "GET", "/login.jsp")
    for text in (
        "Cisco Prime Infrastructure",
        "Health Monitor Login Page",
        ">Health Monitor<",
        'name="requestUrl"',
        'class="productVersion"',
        "Version: 3.5",
    ):
        assert text in page.body
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.usefixtures("node")
async def test_pages_want_a_login(browse: Browse) -> None:
    """Without a session every page leads to the login page."""
    for path in ("/", "/details"):
        for cookie in ("", "hm_session=", "hm_session=invented"):
            page = await browse(SECONDARY, 8082, "GET", path, Cookie=cookie)
            assert page.status in (303, 307)
            assert "/login.jsp" == page.headers["location"]


@pytest.mark.usefixtures("node")
async def test_a_wrong_key_lets_nobody_in(browse: Browse) -> None:
    """A wrong key is told, gives no session and is not repeated on the page."""
    page = await log_in(browse, "Wrong-Key-9")
    assert (403, None) == (page.status, page.headers["set-cookie"])
    assert "Authentication key is not correct." in page.body
    assert "Wrong-Key-9" not in page.body


@pytest.mark.usefixtures("node")
async def test_a_form_that_is_too_large_is_refused(browse: Browse) -> None:
    """A login form has an end."""
    assert 413 == (await log_in(browse, "x" * 20_000)).status


async def test_a_session_from_login_to_logout(lab: Lab, browse: Browse) -> None:
    """The right key opens the details, and logging out closes them."""
    pair = Servers(lab, await lab.boot("prime-pri"), await lab.boot("prime-sec"))
    await pair.register()
    page = await log_in(browse, AUTHKEY)
    assert (303, "/details") == (page.status, page.headers["location"])
    cookie, *rest = page.headers["set-cookie"].split("; ")
    assert {"HttpOnly", "Secure", "SameSite=strict"} <= set(rest)
    page = await browse(SECONDARY, 8082, "GET", "/details", Cookie=cookie)
    assert 200 == page.status
    for text in ("Primary IP Address", PRIMARY, "Secondary Syncing", "Manual"):
        assert text in page.body
    assert "HA Initializing" in page.body
    front = await browse(SECONDARY, 8082, "GET", "/", Cookie=cookie)
    assert "/details" == front.headers["location"]
    await browse(SECONDARY, 8082, "POST", "/logout", Cookie=cookie)
    page = await browse(SECONDARY, 8082, "GET", "/details", Cookie=cookie)
    assert (303, "/login.jsp") == (page.status, page.headers["location"])


async def test_details_without_a_pair(node: Node, browse: Browse) -> None:
    """A server alone has a state, no peer and no events."""
    page = await log_in(browse, AUTHKEY)
    cookie = page.headers["set-cookie"].split(";")[0]
    page = await browse(SECONDARY, 8082, "GET", "/details", Cookie=cookie)
    assert "HA not Configured" in page.body
    assert "Nothing has happened yet." in page.body
    assert NOT_CONFIGURED[1] == node.prime.pair.state


async def test_what_peers_say_is_no_markup(lab: Lab, browse: Browse) -> None:
    """Texts that came from elsewhere are shown, not obeyed."""
    node = await lab.boot("prime-sec")
    node.configuration.change(hostname="<b>sec</b>")
    page = await browse(SECONDARY, 8082, "GET", "/login.jsp")
    assert "<b>sec" not in page.body
    assert "&lt;b&gt;sec" in page.body
