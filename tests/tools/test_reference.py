"""The printed command reference: all that the parser knows, and nothing else."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from tofulab.commands.families import COMMANDS
from tofulab.tools.cli import cli
from tofulab.tools.reference import entries

DECLARED = [command for family in COMMANDS.families for command in family.commands]


def printed(*arguments: str) -> str:
    """Run `tofulab commands` and return what it prints."""
    result = CliRunner().invoke(cli, ["commands", *arguments])
    assert 0 == result.exit_code, result.output
    return result.output


def test_every_command_is_in_it() -> None:
    """As often as it is declared, each with summary, role and certainty."""
    found = entries()
    assert len(DECLARED) == len(found)
    assert {"seed", "seen", "recalled", "ours"} == {each.certainty for each in found}
    assert {"admin", "user"} == {each.role for each in found}
    assert all(each.summary and each.modes and each.kinds for each in found)


def test_a_command_as_text() -> None:
    """Syntax as it is typed, then what it does, its arguments, and where it is."""
    assert (
        "ncs certvalidation tofu-certs deletecert host <host_port>\n"
        "    Forget a certificate trusted on first use; the next connection stores"
        " anew.\n"
        "    <host_port>  Host and port (<host>_<port>)\n"
        "    exec on prime; role admin; seed\n"
    ) in printed()


def test_words_are_shown_as_they_are_typed() -> None:
    """Without the notation by which they reach a handler."""
    assert "ncs key genkey [-newdn] -csr <file> repository <repository>\n" in printed()
    assert "trustzone {devicemgmt | pubnet | system | user}\n" in printed(
        "--mode", "exec"
    )


@pytest.mark.parametrize("mode", ["exec", "config"])
def test_one_mode_alone(mode: str) -> None:
    """Configuration has its submodes with it."""
    listed = json.loads(printed("--mode", mode, "--format", "json"))["commands"]
    assert listed
    assert all(
        any(each.startswith(mode) for each in command["modes"]) for command in listed
    )


def test_a_command_as_markdown() -> None:
    """A heading for each command, a list item for each argument."""
    text = printed("--format", "md")
    assert "### `ise delete <host>`\n\nDelete an ISE server.\n\n- `<host>`: " in text
