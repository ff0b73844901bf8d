"""What takes more than typing ahead: logs that go on, pages, pipes, the TechNote."""

from __future__ import annotations

import pytest

from tofulab.tools.harness import LabThread

from .conftest import Golden, Person, Visitor

pytestmark = pytest.mark.tofulab("lab.toml")

PRIMARY, SECONDARY = "prime-pri/admin", "prime-sec/admin"
LISTCERTS = "ncs certvalidation tofu-certs listcerts"

# Literal in the TechNote; X, Y and Z stand for addresses there.
ON_PRIMARY = """\
prime-pri/admin# ncs certvalidation tofu-certs listcerts
Host certificate are automatically added to this list on first connection,
if trust-on-first-use is configured - ncs certvalidation certificate-check ...
host=X_8082;  subject= /C=US/ST=CA/L=SJ/O=Cisco Systems/OU=Prime Infra/CN=prime-pri
host=Z_443;  subject= /C=US/ST=CA/L=SJ/O=Cisco Systems/OU=Prime Infra/CN=ISE-server
host=Y_8082;  subject= /C=US/ST=CA/L=SJ/O=Cisco Systems/OU=Prime Infra/CN=prime-sec
prime-pri/admin#"""
ON_SECONDARY = """\
prime-sec/admin# ncs certvalidation tofu-certs listcerts
Host certificate are automatically added to this list on first connection,
if trust-on-first-use is configured - ncs certvalidation certificate-check ...

host=Y_8082;  subject= /C=US/ST=CA/L=SJ/O=Cisco Systems/OU=Prime Infra/CN=prime-sec
host=127.0.0.1_8082;  subject= /C=US/ST=CA/L=SJ/O=Cisco Systems/OU=Prime Infra/CN=prime-sec
host=X_8082; subject= /C=US/ST=CA/L=SJ/O=Cisco Systems/OU=Prime Infra/CN=prime-pri
prime-sec/admin#"""  # noqa: E501


async def run_until(person: Person, command: str, found: str) -> str:
    """Run a command again and again until its output has `found`."""
    output = ""
    for _ in range(500):
        output = await person.run(command)
        if found in output:
            return output
    raise AssertionError(f"{command}: no {found!r} in {output!r}")


async def test_listings_as_the_technote_has_them(visitor: Visitor) -> None:
    """A primary's and a secondary's listing differ from the document in nothing."""
    primary, secondary = await visitor.open(PRIMARY), await visitor.open(SECONDARY)
    await run_until(primary, LISTCERTS, "192.0.2.11_8082")
    await primary.run("ise add 192.0.2.21 username api password Ise-Secret-77")
    await primary.run("ha register secondary 192.0.2.12 authkey Pair-Key-77")
    await run_until(secondary, LISTCERTS, "192.0.2.11_8082")
    addresses = {"X": "192.0.2.11", "Y": "192.0.2.12", "Z": "192.0.2.21"}
    for login, expected in ((PRIMARY, ON_PRIMARY), (SECONDARY, ON_SECONDARY)):
        for name, address in addresses.items():
            expected = expected.replace(f"host={name}_", f"host={address}_")
        shown = await visitor.play(login, f"{LISTCERTS}\n")
        assert f"{expected} exit\n" == shown.replace("\r\n", "\n")


async def test_help_in_a_session(visitor: Visitor, golden: Golden) -> None:
    """`?` answers without Enter at the prompt of every mode, and puts the line back."""
    shown = await visitor.play(
        PRIMARY,
        "?ncs ?certvalidation tofu-certs deletecert host ?\x03"
        "show v?\x03bogus ?\x03ncs ha authkey \x16?x\n"
        "configure terminal\n?repository files\n?url ?\x03do show l?\x03end\n",
    )
    golden("help-session", shown)


async def test_a_log_is_followed(visitor: Visitor) -> None:
    """`follow` shows what is there, goes on with what comes, and ends by Ctrl-C."""
    watcher, other = await visitor.open(PRIMARY), await visitor.open(PRIMARY)
    watcher.send("show logging last 50 follow | include ncs:\r")
    await watcher.expect("Services started")
    await other.run("ncs ha authkey Pair-Key-77")
    await watcher.expect("ncs: Successfully updated primary authentication key\r\n")
    watcher.send("\x03")
    await watcher.expect("^C\r\nprime-pri/admin# ")
    assert "sshd" not in watcher.received


@pytest.mark.parametrize("log", ["", "health-monitor ", "infrastructure "])
async def test_every_log_is_followed(visitor: Visitor, log: str) -> None:
    """Ctrl-C ends it also where nothing has been written yet."""
    person = await visitor.open(PRIMARY)
    person.send(f"show logging {log}follow last 1\r")
    await person.expect("last 1\r\n")
    person.send("\x03")
    await person.expect("^C\r\nprime-pri/admin# ")


async def test_the_last_lines_of_a_log(visitor: Visitor) -> None:
    """`last` counts lines of the log, and filters count after it."""
    person = await visitor.open(PRIMARY)
    await person.run("terminal length 0")
    lines = (await person.run("show logging")).splitlines()
    assert lines[-2:] == (await person.run("show logging last 2")).splitlines()
    assert "1" == await person.run("show logging last 2 | last 1 | count")
    assert lines[:1] == (await person.run("show logging | end .")).splitlines()
    kernel = [line for line in lines if "kernel" in line]
    assert kernel == (await person.run("show logging | inc kernel")).splitlines()


async def test_pages_by_key(visitor: Visitor) -> None:
    """Space shows a page, Enter a line, `q` ends; 0 lines mean no pages."""
    person = await visitor.open(PRIMARY)
    await person.run("terminal length 5")
    person.send("show running-config\r")
    assert 5 == (await person.expect("--More--")).count("\n")
    person.send("\r")
    assert 1 == (await person.expect("--More--")).count("\n")
    person.send("x")  # means nothing
    person.send(" ")
    assert 4 == (await person.expect("--More--")).count("\n")
    person.send("q")
    assert "\r        \rprime-pri/admin# " == await person.expect("# ")
    await person.run("terminal length 0")
    assert "--More--" not in await person.run("show running-config")


@pytest.mark.parametrize(
    ("command", "expected", "status"),
    [
        ("ncs ha status", "[Role] Primary [State] HA not Configured\n", 0),
        ("show running-config | include hostname", "hostname prime-pri\n", 0),
        ("ncs ha remove", "% High availability is not configured\n", 1),
        ("show repository nowhere\nterminal length 0", "% Repository not found\n", 0),
    ],
)
async def test_one_command_over_ssh(
    visitor: Visitor, command: str, expected: str, status: int
) -> None:
    """`ssh host COMMAND` prints its output alone and has its exit status."""
    person = await visitor.open(PRIMARY, command=command, pty=False)
    assert expected == await person.finish()
    assert status == person.process.exit_status


async def test_a_piped_script(visitor: Visitor, tofulab_lab: LabThread) -> None:
    """A script runs line by line without a PTY, milestones as plain lines."""
    person = await visitor.open(PRIMARY, pty=False)
    person.send(
        "configure terminal\nip name-server 192.0.2.53\nend\n"
        "ha register secondary prime-sec authkey Pair-Key-77\n"
    )
    person.process.stdin.write_eof()
    parts = ("Pre-HA Registration ", "Database Replication", "Post HA Registration")
    expected = "".join(f"{each} 100 %\n" for each in parts)
    assert expected in await person.finish()
    assert 0 == person.process.exit_status
    assert "Primary Active" == tofulab_lab.ha_state("prime-pri")


async def test_history_over_logins(visitor: Visitor) -> None:
    """A user's lines come back at the next login; those with a secret do not."""
    await visitor.play(PRIMARY, "show clock\nncs ha authkey Pair-Key-77\n")
    person = await visitor.open(PRIMARY)
    person.send("\x10\x10")
    await person.expect("exit\b\b\b\bshow clock")
