"""The fixtures that test authors get, and the lab in a thread behind them."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tofulab.tools.client import OperationError
from tofulab.tools.harness import LabThread

from ..polling import wait_until

SMALL = Path(__file__).with_name("labs") / "small.toml"


def certificate_of(place: tuple[str, int]) -> bytes:
    """Read the certificate that a port shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection(place) as plain,
        context.wrap_socket(plain) as secure,
    ):
        shown = secure.getpeercert(binary_form=True)
    assert shown is not None
    return shown


def test_the_default_lab_is_up(tofulab_lab: LabThread) -> None:
    """Three nodes, each on ports of its own on loopback."""
    rows = tofulab_lab.status()
    assert ["prime-pri", "prime-sec", "ISE-server"] == [row["name"] for row in rows]
    assert {"on"} == {row["power"] for row in rows}
    views = [tofulab_lab.node(row["name"]) for row in rows]
    ports = {view.ssh[1] for view in views} | {view.https[1] for view in views}
    assert 6 == len(ports)
    assert [True, True, False] == [view.health_monitor is not None for view in views]
    assert ("admin", "Lab-Admin-1") == (views[0].user, views[0].password)


@pytest.mark.tofulab("labs/small.toml")
def test_the_marker_names_a_lab_file(
    tofulab_lab: LabThread, tofulab_spawn: Callable[..., Any]
) -> None:
    """The file is found beside the test, and time is instant whatever it says."""
    assert ["alone"] == [row["name"] for row in tofulab_lab.status()]
    guest = tofulab_spawn("alone", user="guest", password="Other-Pass-2")
    guest.sendline("show version")
    guest.expect("Version : 3.10.0")
    guest.expect_exact("alone/guest> ")
    administrator = tofulab_spawn("alone")
    administrator.sendline("ncs stop")
    administrator.expect_exact("alone/root1# ", timeout=5)


def test_each_lab_is_fresh_and_begins_with_the_same_keys(tmp_path: Path) -> None:
    """Labs that share their first boots differ from then on."""
    shared = tmp_path / "first-boots"
    certificates = []
    for name in ("one", "two"):
        with LabThread(tmp_path / name, SMALL, first_boots=shared) as lab:
            certificates.append(certificate_of(lab.node("alone").https))
            lab.renew_certificate("alone")
            assert certificates[-1] != certificate_of(lab.node("alone").https)
    assert certificates[0] == certificates[1]


def test_a_lab_leaves_nothing_running(tmp_path: Path) -> None:
    """After the block its thread and its ports are gone."""
    with LabThread(tmp_path / "lab", SMALL) as lab:
        place = lab.node("alone").ssh
    assert not [each for each in threading.enumerate() if each.name == "tofulab"]
    with pytest.raises(ConnectionRefusedError), socket.create_connection(place):
        pass


class TestOperations:
    """What a test can do to a node from outside."""

    def test_power(self, tofulab_lab: LabThread) -> None:
        """A node without power answers nobody, and comes back as it was."""
        view = tofulab_lab.node("prime-sec")
        before = certificate_of(view.https)
        tofulab_lab.power("prime-sec", False)
        assert None is tofulab_lab.ha_state("prime-sec")
        with pytest.raises(ConnectionRefusedError):
            certificate_of(view.https)
        with pytest.raises(OperationError, match="prime-sec is off"):
            tofulab_lab.renew_certificate("prime-sec")
        tofulab_lab.power("prime-sec", True)
        assert before == certificate_of(tofulab_lab.node("prime-sec").https)

    def test_rebuild_and_reset(self, tofulab_lab: LabThread) -> None:
        """A rebuilt node is another machine; a reset one is as it first booted."""

        def identity() -> tuple[object, bytes]:
            rows = {row["name"]: row for row in tofulab_lab.status()}
            place = tofulab_lab.node("prime-pri").https
            return rows["prime-pri"]["host_keys"], certificate_of(place)

        first = identity()
        tofulab_lab.renew_certificate("prime-pri")
        assert first != identity()
        tofulab_lab.reset("prime-pri")
        assert first == identity()
        tofulab_lab.rebuild("prime-pri")
        second = identity()
        assert first[0] != second[0]
        assert first[1] != second[1]
        tofulab_lab.reset()
        assert second == identity()

    def test_links(
        self, tofulab_lab: LabThread, tofulab_spawn: Callable[..., Any]
    ) -> None:
        """A cut link is the peer's loss; healed, the pair finds itself again."""
        primary = tofulab_spawn("prime-pri")
        primary.sendline("ha register secondary 192.0.2.12 authkey Lab-Key-1")
        primary.expect("Configuration Mode: Primary Active")

        def states() -> tuple[str | None, str | None]:
            return tofulab_lab.ha_state("prime-pri"), tofulab_lab.ha_state("prime-sec")

        tofulab_lab.cut("prime-pri", "prime-sec")
        lost = "Primary Lost Secondary", "Secondary Lost Primary"
        wait_until(lambda: states() == lost)
        tofulab_lab.heal("prime-pri", "prime-sec")
        wait_until(lambda: states() == ("Primary Active", "Secondary Syncing"))
        tofulab_lab.cut("prime-pri", "prime-sec", 8082, one_way=True)
        one_sided = "Primary Lost Secondary", "Secondary Syncing"
        wait_until(lambda: states() == one_sided)

    def test_what_is_not_there(self, tofulab_lab: LabThread) -> None:
        """Unknown nodes and requests are refused in words."""
        with pytest.raises(OperationError, match="unknown request dance"):
            tofulab_lab.operate("dance")
        with pytest.raises(OperationError, match="nobody is not run"):
            tofulab_lab.power("nobody", True)
