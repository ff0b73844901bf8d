"""`kill -9` at the worst moments: the old state or the new one, never half."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ..polling import wait_until
from .conftest import KEY, PRIMARY, SECONDARY, SplitLab, Y

LIST = "ncs certvalidation tofu-certs listcerts"
UNEXPECTED = "System was stopped unexpectedly"


@pytest.fixture
def lab(make_split_lab: Callable[..., SplitLab]) -> SplitLab:
    """Two PI nodes in processes of their own; a registration takes 5 seconds."""
    lab = make_split_lab(scale="300")
    lab.start(PRIMARY)
    lab.start(SECONDARY)
    return lab


@pytest.mark.parametrize("victim", [PRIMARY, SECONDARY])
@pytest.mark.parametrize("milestone", ["Pre-HA", "Database Replication", "Post HA"])
def test_a_registration_is_undone(lab: SplitLab, victim: str, milestone: str) -> None:
    """Whoever is killed at whatever milestone: both end unconfigured, and say why."""
    primary = lab.log_in(PRIMARY)
    primary.session.sendline(f"ha register secondary {Y} authkey {KEY}")
    primary.session.expect(f"{milestone} [^%]* [2-9]. %")
    lab.kill(victim)
    survivor = SECONDARY if victim == PRIMARY else PRIMARY
    wait_until(lambda: lab.ha_state(survivor) == "HA not Configured", 30)
    assert "registration" in lab.log_in(survivor).run("show logging health-monitor")

    lab.start(victim)
    wait_until(lambda: lab.ha_state(victim) == "HA not Configured", 30)
    again = lab.log_in(victim)
    assert UNEXPECTED in again.run("show logging | include kernel")
    log = again.run("show logging health-monitor | include HA state")
    assert "the registration was interrupted by a restart of this server" in log


def test_a_key_that_was_being_generated_is_not_installed(
    make_split_lab: Callable[..., SplitLab],
) -> None:
    """genkey with a large key, killed while it is made: the old certificate stays."""
    lab = make_split_lab(key_type="rsa-4096")
    lab.start(PRIMARY)
    node = lab.log_in(PRIMARY)
    before = node.run(LIST)
    node.session.sendline("ncs key genkey")
    node.session.expect("Generating RSA key")
    lab.kill(PRIMARY)

    lab.start(PRIMARY)
    node = lab.log_in(PRIMARY)
    assert before == node.run(LIST)
    log = node.run("show logging")
    assert UNEXPECTED in log
    assert "ncs key genkey was interrupted by the stop; nothing was changed" in log
    assert "TOFU" not in node.run("show logging health-monitor")


def test_a_deletion_is_whole_or_not_at_all(lab: SplitLab) -> None:
    """deletecert, killed right after it was typed, again and again."""
    for _ in range(3):
        node = lab.log_in(SECONDARY)
        node.run_until(LIST, f"host={Y}_8082")
        node.session.sendline(f"ncs certvalidation tofu-certs deletecert host {Y}_8082")
        lab.kill(SECONDARY)
        lab.start(SECONDARY)
        node = lab.log_in(SECONDARY)
        assert UNEXPECTED in node.run("show logging | include kernel")
        # Deleted or not, what the monitor dials at its start is trusted again.
        node.run_until(LIST, f"host={Y}_8082")
        assert "TOFU" not in node.run("show logging health-monitor")


def test_what_was_reported_as_done_is_there_afterwards(lab: SplitLab) -> None:
    """A host name, an entry deleted, a command line: all survive."""
    node = lab.log_in(SECONDARY)
    node.run("configure terminal")
    node.run("ip host 192.0.2.99 elsewhere")
    node.run("end")
    lab.kill(SECONDARY)
    lab.start(SECONDARY)
    node = lab.log_in(SECONDARY)
    assert "ip host 192.0.2.99 elsewhere" in node.run("show running-config")
    node.session.send("\x10\x10")
    node.session.expect_exact("end")
