"""What a pair and its ISE servers are refused for; afterwards all is as before."""

from __future__ import annotations

import asyncio

import pytest

from tofulab.tools.harness import LabThread

from .conftest import Golden, Play, Visitor

pytestmark = pytest.mark.tofulab("refusals.toml")

PRIMARY, SECONDARY = "prime-pri/admin", "prime-sec/admin"
KEY = "authkey Pair-Key-77"

REGISTRATIONS = f"""\
ha register secondary 192.0.2.12 authkey Wrong-Key-1
ha register secondary 192.0.2.13 {KEY}
ha register secondary 192.0.2.11 {KEY}
ha register secondary 192.0.2.99 {KEY}
ha register secondary nobody {KEY}
ha register secondary prime-sec {KEY}
ha register secondary 192.0.2.12 {KEY} virtual-ip 192.0.3.15
ha register secondary 192.0.2.12 {KEY} virtual-ip 192.0.2.11
ha register secondary 192.0.2.12 {KEY} virtual-ip 192.0.2.15 fe80::1
ha register secondary 192.0.2.12 {KEY} virtual-ip 192.0.2.15 192.0.2.16
ha register secondary 192.0.2.12 {KEY} email nobody
ha register secondary 192.0.2.12 {KEY} failover sometimes
ha readiness secondary 192.0.2.13
ha readiness secondary nobody
ncs ha status
"""
SERVERS = """\
ise add 192.0.2.21 username api password Wrong-Pass-1
ise add 192.0.2.21 username viewer password Admin-Pass-77
ise add 192.0.2.24 username admin password Admin-Pass-77
ise add 192.0.2.12 username admin password Admin-Pass-77
ise add 192.0.2.12 username admin password Admin-Pass-77 port 8082
ise add nobody username api password Ise-Secret-77
ise list
ise add 192.0.2.21 username api password Ise-Secret-77
ise add 192.0.2.21 username api password Ise-Secret-77
ise add 192.0.2.22 username admin password Admin-Pass-77
ise delete 192.0.2.21
ise add 192.0.2.22 username admin password Admin-Pass-77
ise add 192.0.2.21 username api password Ise-Secret-77
ise add 192.0.2.23 username admin password Admin-Pass-77 timeout 5
ise add 192.0.2.21 username api password Ise-Secret-77
ise list
"""


async def test_registrations_that_are_refused(play: Play, golden: Golden) -> None:
    """Each reason has its words, and both servers stay as they were."""
    shown = await play(
        (PRIMARY, REGISTRATIONS),
        (SECONDARY, f"ha register secondary 192.0.2.11 {KEY}\nncs ha status\n"),
    )
    golden("ha-refused", shown)


async def test_ise_servers_that_are_refused(play: Play, golden: Golden) -> None:
    """Each reason has its words, and the list stays as it was."""
    shown = await play(
        (PRIMARY, SERVERS),
        (SECONDARY, "ise add 192.0.2.21 username api password Ise-Secret-77\n"),
    )
    golden("ise-refused", shown)


async def test_both_logs_say_why_a_registration_failed(visitor: Visitor) -> None:
    """The wrong key is named in the health monitor logs of both servers."""
    primary, secondary = await visitor.open(PRIMARY), await visitor.open(SECONDARY)
    await primary.run("ha register secondary 192.0.2.12 authkey Wrong-Key-1")
    reason = (
        "Authentication key does not match between"
        " primary 192.0.2.11 and secondary servers 192.0.2.12"
    )
    for person in (primary, secondary):
        log = await person.run(f"show logging health-monitor | include {reason}")
        assert reason in log


async def test_a_changed_certificate_is_refused(visitor: Visitor) -> None:
    """Neither pair nor ISE server comes about until the stale entry is deleted."""
    lab, person = visitor.lab, await visitor.open(PRIMARY)
    add = "ise add 192.0.2.21 username api password Ise-Secret-77"
    register = f"ha register secondary 192.0.2.12 {KEY}"
    await person.run(add)
    await person.run("ise delete 192.0.2.21")
    await person.run("ha readiness secondary 192.0.2.12")
    for node in ("ISE-server", "prime-sec"):
        await asyncio.to_thread(lab.renew_certificate, node)
    changed = "is different than what was used earlier"
    assert changed in await person.run(add)
    assert "No ISE servers" == await person.run("ise list")
    assert changed in await person.run(register)
    assert "not Configured" in await person.run("ncs ha status")
    delete = "ncs certvalidation tofu-certs deletecert host"
    for entry in ("192.0.2.21_443", "192.0.2.12_8082"):
        await person.run(f"{delete} {entry}")
    assert (await person.run(add)).startswith("Added ISE server 192.0.2.21")
    assert "Configuration Mode: Primary Active" in await person.run(register)


async def test_a_cut_link_times_out(visitor: Visitor) -> None:
    """An ISE server behind a cut link is told from one that is switched off."""
    lab, person = visitor.lab, await visitor.open(PRIMARY)
    add = "ise add 192.0.2.21 username api password Ise-Secret-77 timeout 1"
    lab.cut("prime-pri", "ISE-server")
    assert "did not answer within 1 seconds" in await person.run(add)
    lab.heal("prime-pri", "ISE-server")
    await asyncio.to_thread(lab.power, "ISE-server", False)
    assert "is not reachable on port 443" in await person.run(add)
    assert "No ISE servers" == await person.run("ise list")


async def test_a_pair_stays_with_its_secondary(
    visitor: Visitor, tofulab_lab: LabThread
) -> None:
    """A primary that has a secondary is not registered with another one."""
    person = await visitor.open(PRIMARY)
    await person.run(f"ha register secondary 192.0.2.12 {KEY}")
    before = await person.run("ncs ha status")
    assert "Remove it first: ncs ha remove" in await person.run(
        f"ha register secondary 192.0.2.13 {KEY}"
    )
    assert before == await person.run("ncs ha status")
    assert "HA not Configured" == tofulab_lab.ha_state("prime-new")
