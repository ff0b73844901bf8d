"""The `tofulab` command while no lab runs: words, files, how failures look."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

import tofulab as package
from tofulab.tools.cli import cli
from tofulab.tools.labfile import default_text

Tofulab = Callable[..., subprocess.CompletedProcess[str]]

HEAVY = ("asyncio", "asyncssh", "cryptography", "prompt_toolkit", "starlette")

LIST_HEAVY = f"""
import sys
from tofulab.tools.cli import cli
cli(sys.argv[1:], standalone_mode=False)
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""


def fail(*words: str) -> tuple[int, list[str]]:
    """Run a command that fails; gives its status and the lines on standard error."""
    result = CliRunner().invoke(cli, words)
    assert "" == result.stdout
    return result.exit_code, result.stderr.splitlines()


class TestLookingAround:
    def test_help_names_every_command(self) -> None:
        """`tofulab --help` lists what there is."""
        result = CliRunner().invoke(cli, ["--help"])
        listed = result.stdout.partition("Commands:\n")[2].split("\n")
        assert [
            "ca",
            "commands",
            "down",
            "init",
            "node",
            "power",
            "rebuild",
            "renew-cert",
            "reset",
            "ssh",
            "ssh-config",
            "status",
            "up",
            "validate",
        ] == [line.split()[0] for line in listed if line]

    @pytest.mark.parametrize("command", [*cli.commands, "ca sign"])
    def test_every_command_explains_itself(self, command: str) -> None:
        """`--help` of each command says what it does and exits well."""
        result = CliRunner().invoke(cli, [*command.split(), "--help"])
        assert 0 == result.exit_code
        assert f"Usage: cli {command}" in result.stdout

    def test_the_version_is_the_packages(self, tofulab: Tofulab) -> None:
        """`tofulab --version` prints the version."""
        shown = tofulab("--version").stdout
        assert f"tofulab, version {package.__version__}\n" == shown

    def test_a_wrong_word_is_a_matter_of_usage(self, tofulab: Tofulab) -> None:
        """What is not a command or a choice ends with status 2."""
        assert 2 == tofulab("nonsense").returncode
        assert 2 == tofulab("power", "prime-pri", "maybe").returncode
        assert 2 == tofulab("ssh").returncode

    @pytest.mark.parametrize(
        "words", [["validate"], ["status"], ["ssh-config"], ["down"]]
    )
    def test_only_a_lab_that_runs_imports_much(
        self, home: Path, words: list[str]
    ) -> None:
        """Those who only look do not wait for what runs nodes."""
        (home / "lab.toml").write_text(default_text(), encoding="utf-8")
        (home / ".tofulab").mkdir()
        (home / ".tofulab/lab.toml").write_text(default_text(), encoding="utf-8")
        result = subprocess.run(
            [sys.executable, "-c", LIST_HEAVY, *words],
            cwd=home,
            capture_output=True,
            check=False,
            text=True,
            timeout=20,
        )
        assert (0, "[]\n") == (result.returncode, result.stderr)


class TestLabFiles:
    def test_init_writes_a_file_that_validates(
        self, tofulab: Tofulab, home: Path
    ) -> None:
        """The commented lab file can be run as it is."""
        result = tofulab("init")
        assert "lab.toml is written; run it with: tofulab up -f lab.toml\n" == (
            result.stdout
        )
        assert default_text() == (home / "lab.toml").read_text(encoding="utf-8")
        assert "lab.toml: no mistakes, 3 nodes\n" == tofulab("validate").stdout

    def test_init_overwrites_nothing(self, tofulab: Tofulab, home: Path) -> None:
        """A file that is there stays as it is."""
        (home / "mine.toml").write_text("mine", encoding="utf-8")
        result = tofulab("init", "mine.toml")
        assert (1, "tofulab: mine.toml exists; remove it, or name another file\n") == (
            result.returncode,
            result.stderr,
        )
        assert "mine" == (home / "mine.toml").read_text(encoding="utf-8")

    @pytest.mark.parametrize("command", ["validate", "up -f", "up -d -f", "node x -f"])
    def test_all_mistakes_are_told_a_line_each(
        self, tofulab: Tofulab, home: Path, command: str
    ) -> None:
        """A bad lab file is refused before anything else happens."""
        (home / "lab.toml").write_text('nmae = "x"\nscale = 0\n', encoding="utf-8")
        result = tofulab(*command.split(), "lab.toml")
        assert (1, "") == (result.returncode, result.stdout)
        assert [
            "tofulab: lab.toml: node: the lab has no nodes;"
            " write a [[node]] table for each",
            "tofulab: lab.toml: scale: 0 is not a time scale;"
            ' write "real", "instant", or a number above 0 such as 300',
            'tofulab: lab.toml: nmae: unknown key; did you mean "name"?',
        ] == result.stderr.splitlines()
        assert not (home / ".tofulab").exists()

    def test_a_missing_file(self, tmp_path: Path) -> None:
        """A lab file that is not there is named."""
        file = tmp_path / "lab.toml"
        assert (
            1,
            [f"tofulab: {file}: No such file or directory; name a file to read"],
        ) == fail("validate", str(file))


class TestWithoutALab:
    @pytest.mark.parametrize(
        "words",
        [
            ["status"],
            ["ssh", "prime-pri"],
            ["ssh-config"],
            ["reset"],
            ["renew-cert", "prime-pri"],
            ["rebuild", "prime-pri"],
            ["power", "prime-pri", "on"],
            ["ca", "sign", "prime-pri", "a.csr"],
        ],
    )
    def test_there_is_no_lab_here(self, tmp_path: Path, words: list[str]) -> None:
        """Commands about a lab say where none is and how to get one."""
        line = (
            f"tofulab: {tmp_path}: no lab is here; start one with: tofulab up,"
            " or name its directory with --dir"
        )
        options = ["--dir", str(tmp_path)]
        at = 2 if words[0] == "ca" else 1
        assert (1, [line]) == fail(*words[:at], *options, *words[at:])

    def test_nothing_to_end(self, tofulab: Tofulab) -> None:
        """`down` where nothing runs is no failure."""
        result = tofulab("down")
        assert (0, "nothing runs here\n") == (result.returncode, result.stdout)


class TestALabThatIsDown:
    @pytest.fixture
    def directory(self, home: Path) -> Path:
        """The directory of a lab that does not run."""
        directory = home / "elsewhere"
        directory.mkdir()
        (directory / "lab.toml").write_text(default_text(), encoding="utf-8")
        return directory

    def test_status_is_told_from_the_file(
        self, tofulab: Tofulab, directory: Path
    ) -> None:
        """The directory comes from the environment too."""
        result = tofulab("status", "--json", TOFULAB_DIR="elsewhere")
        rows = json.loads(result.stdout)["nodes"]
        assert [("prime-pri", "off"), ("prime-sec", "off"), ("ISE-server", "off")] == [
            (row["name"], row["power"]) for row in rows
        ]
        assert result.stdout == tofulab("status", "--json", "--dir", directory).stdout

    @pytest.mark.parametrize(
        "words",
        [
            "ssh --dir {} prime-pri",
            "renew-cert --dir {} PRIME-PRI",
            "rebuild --dir {} prime-pri",
            "power --dir {} prime-pri on",
        ],
    )
    def test_what_needs_a_running_node(self, directory: Path, words: str) -> None:
        """A node that does not run is named, with the way to start it."""
        line = "tofulab: prime-pri does not run; start it with: tofulab up"
        assert (1, [line]) == fail(*words.format(directory).split())

    def test_a_node_that_is_not_there(self, directory: Path) -> None:
        """A wrong name is answered with the right one."""
        line = 'tofulab: there is no node "prime-se"; did you mean "prime-sec"?'
        assert (1, [line]) == fail("reset", "--dir", str(directory), "prime-se")
        assert (1, [line]) == fail("node", "--dir", str(directory), "prime-se")

    def test_ssh_config_knows_the_places(
        self, tofulab: Tofulab, directory: Path
    ) -> None:
        """The entries can be written before the lab runs."""
        shown = tofulab("ssh-config", "--dir", directory).stdout
        hosts = [line for line in shown.splitlines() if line.startswith("Host ")]
        assert ["Host prime-pri", "Host prime-sec", "Host ISE-server"] == hosts


class TestFailures:
    def test_a_directory_that_cannot_be(self, tofulab: Tofulab, home: Path) -> None:
        """The reason and the way out stand on one line."""
        (home / "file").touch()
        result = tofulab("up", "--dir", "file/lab")
        assert (
            1,
            f"tofulab: {home}/file/lab: Not a directory;"
            " choose another lab directory with --dir\n",
        ) == (result.returncode, result.stderr)

    def test_a_fault_of_ours_is_one_line_too(
        self, tofulab: Tofulab, home: Path
    ) -> None:
        """Nobody sees a traceback who did not ask for one."""
        (home / ".tofulab/run").mkdir(parents=True)
        (home / ".tofulab/run/deep.json").write_text("[" * 200_000, encoding="utf-8")
        result = tofulab("down")
        assert 1 == result.returncode
        assert 1 == len(result.stderr.splitlines())
        assert result.stderr.startswith("tofulab: internal error: RecursionError: ")
        assert "Traceback" in tofulab("down", TOFULAB_DEBUG="1").stderr
