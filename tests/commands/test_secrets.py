"""Secrets typed in any form: kept where they must be, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tofulab.commands.families import COMMANDS
from tofulab.commands.registry import Mode
from tofulab.shell.commandline import parse_line
from tofulab.shell.grammar import Privilege
from tofulab.state.seed import Kind
from tofulab.tools.harness import LabThread

from .conftest import Play, Visitor

pytestmark = pytest.mark.tofulab("lab.toml")

PRIMARY, SECONDARY = "prime-pri/admin", "prime-sec/admin"
ISE_PASSWORD = "Ise-Secret-77"
KEYS = ("Pair-Key-77", "First-Key-1", "Second-Key-2", "Third-Key-3", "Wrong-Key-4")
SCRIPT = f"""\
ncs ha authkey First-Key-1
ncs ha authkey "Second-Key-2" | count
configure terminal
do ncs ha authkey Third-Key-3
do ha register secondary 192.0.2.12 authkey Wrong-Key-4
do ncs ha authkey Pair-Key-77
end
ha register secondary 192.0.2.12
Wrong-Key-4



ha register secondary 192.0.2.12
Pair-Key-77



ise add 192.0.2.21 username api password Wrong-Pass-5
ise add 192.0.2.21 username api
Wrong-Pass-6
Wrong-Pass-7
ise add 192.0.2.21 username api
{ISE_PASSWORD}
{ISE_PASSWORD}
ise test 192.0.2.21
ise delete 192.0.2.21
ise add 192.0.2.21 username api password {ISE_PASSWORD} timeout 5
show running-config
show logging last 100
show logging health-monitor last 100
show logging infrastructure last 100
"""
WRONG = ("Wrong-Pass-5", "Wrong-Pass-6", "Wrong-Pass-7")
SECRETS = (*KEYS, *WRONG, ISE_PASSWORD, "Admin-Pass-77")


def files_with(folder: Path, secret: str) -> set[str]:
    """Find the files that hold a secret, whatever else they are."""
    return {
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if file.is_file() and secret.encode() in file.read_bytes()
    }


def shown_beside_typing(transcript: str) -> str:
    """Take away the lines of a transcript that echo what was typed at the prompt."""
    lines = transcript.replace("\r", "\n").splitlines()
    return "\n".join(line for line in lines if not line.startswith("prime-"))


@pytest.fixture
async def transcript(play: Play) -> str:
    """What is shown when every command that takes a secret was run on the primary."""
    return await play(
        (PRIMARY, f"terminal length 0\n{SCRIPT}"),
        (SECONDARY, "show running-config\nshow logging health-monitor\n"),
    )


async def test_secrets_are_in_no_file_but_the_store(
    transcript: str, tofulab_lab: LabThread
) -> None:
    """Of all, an ISE password that is needed again is in the nodes' databases."""
    assert "Configuration Mode: Primary Active" in transcript
    assert "Added ISE server" in transcript
    found = {each: files_with(tofulab_lab.directory, each) for each in SECRETS}
    stores = found.pop(ISE_PASSWORD)
    assert {} == {secret: files for secret, files in found.items() if files}
    allowed = {
        f"{node}/node.sqlite3{suffix}"
        for node in ("prime-pri", "prime-sec")
        for suffix in ("", "-wal")
    }
    assert stores
    assert set() == stores - allowed


async def test_secrets_are_never_shown(transcript: str) -> None:
    """No output, no log and no configuration has one."""
    shown = shown_beside_typing(transcript)
    assert "username admin" in shown
    assert [] == [secret for secret in SECRETS if secret in shown]


async def test_answers_are_not_echoed(transcript: str) -> None:
    """What is typed at a question for a secret is on no line at all."""
    assert "Authentication Key: \r\n" in transcript
    assert "Confirm Password: \r\n" in transcript
    assert [] == [secret for secret in WRONG[1:] if secret in transcript]


async def test_secrets_do_not_come_back_in_the_history(
    transcript: str, visitor: Visitor
) -> None:
    """All the lines that the arrow keys bring at the next login are without one."""
    assert transcript
    person = await visitor.open(PRIMARY)
    person.send("\x10" * 120 + "\x03exit\r")
    shown = await person.finish()
    assert "configure terminal" in shown
    assert [] == [secret for secret in SECRETS if secret in shown]


@pytest.mark.parametrize(
    "line",
    [
        "ncs ha authkey {}",
        'ncs ha authkey "{}"',
        "ha register secondary 192.0.2.12 authkey {} failover manual",
        "ise add 192.0.2.21 username api password {} port 443",
    ],
)
@pytest.mark.parametrize("mode", Mode)
def test_what_is_logged_of_a_line_has_no_secret(line: str, mode: Mode) -> None:
    """The form of a line for logs hides it, in configuration modes behind `do`."""
    typed = line if mode is Mode.EXEC else f"do {line}"
    tree = COMMANDS.tree(Kind.PRIME, mode, Privilege.ADMIN)
    match = parse_line(tree, typed.format("Some-Secret")).match
    hidden = typed.replace('"', "").format("********")
    assert (True, hidden) == (match.secret, match.masked)
