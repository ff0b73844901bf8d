"""What OpenSSH is told about a lab; OpenSSH itself says what it understood."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tofulab.tools.client import OperationError
from tofulab.tools.folder import LabFolder
from tofulab.tools.labfile import default_lab, default_text
from tofulab.tools.login import (
    dial_address,
    login_name,
    note_host_keys,
    open_session,
    ssh_command,
    write_config,
)
from tofulab.tools.operate import open_lab

OLD, NEW = "ssh-ed25519 AAAAold", "ssh-ed25519 AAAAnew"
RSA = "ssh-rsa AAAArsa"


@pytest.fixture
def folder(tmp_path: Path) -> LabFolder:
    """A lab directory whose path OpenSSH must not misread."""
    folder = LabFolder(tmp_path / 'a "lab" at 100%h')
    folder.prepare()
    folder.write(folder.lab_file, default_text())
    return folder


def row(name: str, port: int, *keys: str, host: str = "127.0.0.1") -> dict[str, Any]:
    """Make what a status answer says of a node."""
    return {
        "name": name,
        "power": "on",
        "ssh": {"host": host, "port": port},
        "host_keys": list(keys),
    }


def read_settings(*command: str) -> dict[str, str]:
    """Have OpenSSH print the settings it would use."""
    result = subprocess.run(
        [*command], check=True, capture_output=True, text=True, timeout=10
    )
    pairs = (line.partition(" ") for line in result.stdout.splitlines())
    return {key: value for key, _, value in pairs}


class TestKnownHosts:
    def test_keys_are_noted_by_name_and_place(self, folder: LabFolder) -> None:
        """Each key has a line for the node's name and the place where it listens."""
        rows = [
            row("one", 2211, f"{OLD} comment", RSA),
            row("two", 22, OLD, host="0.0.0.0"),
        ]
        note_host_keys(folder, rows)
        assert [
            f"one,[127.0.0.1]:2211 {OLD}",
            f"one,[127.0.0.1]:2211 {RSA}",
            f"two,127.0.0.1 {OLD}",
        ] == folder.known_hosts.read_text(encoding="utf-8").splitlines()

    def test_new_keys_take_the_place_of_old_ones(self, folder: LabFolder) -> None:
        """A rebuilt node's old keys go; those of nodes that are silent stay."""
        note_host_keys(folder, [row("one", 2211, OLD, RSA), row("two", 2212, OLD)])
        note_host_keys(folder, [row("one", 2211, NEW), row("two", 2212)])
        assert {
            f"one,[127.0.0.1]:2211 {NEW}",
            f"two,[127.0.0.1]:2212 {OLD}",
        } == set(folder.known_hosts.read_text(encoding="utf-8").splitlines())

    def test_the_file_is_left_alone_when_nothing_is_new(
        self, folder: LabFolder
    ) -> None:
        """Asking for the status does not write."""
        note_host_keys(folder, [row("one", 2211, OLD)])
        before = folder.known_hosts.stat().st_ino
        note_host_keys(folder, [row("one", 2211, OLD)])
        assert before == folder.known_hosts.stat().st_ino


@pytest.mark.e2e
class TestOpenSsh:
    def test_the_command_line_asks_no_question(self, folder: LabFolder) -> None:
        """OpenSSH finds place, user and known hosts whatever the path looks like."""
        one = row("prime-pri", 2211, OLD)
        note_host_keys(folder, [one])
        command = ssh_command(folder, one, "admin", ["show", "version"])
        assert ["show", "version"] == command[-2:]
        settings = read_settings(command[0], "-G", "-F", "none", *command[1:])
        assert "127.0.0.1" == settings["hostname"]
        assert ("2211", "admin") == (settings["port"], settings["user"])
        assert str(folder.known_hosts) == settings["userknownhostsfile"]
        assert "true" == settings["stricthostkeychecking"]

    def test_the_configuration_has_an_entry_for_each_node(
        self, folder: LabFolder, tmp_path: Path
    ) -> None:
        """`ssh -F` with the printed entries finds the nodes by name."""
        lab = default_lab()
        rows = [
            row("prime-pri", 2211, OLD),
            row("prime-sec", 2212, OLD),
            row("ISE-server", 2221, host="192.0.2.21"),
        ]
        note_host_keys(folder, rows)
        file = tmp_path / "config"
        file.write_text(write_config(folder, lab, rows), encoding="utf-8")
        settings = read_settings("ssh", "-G", "-F", str(file), "prime-sec")
        assert ("127.0.0.1", "2212") == (settings["hostname"], settings["port"])
        assert "admin" == settings["user"]
        assert str(folder.known_hosts) == settings["userknownhostsfile"]
        assert "true" == settings["stricthostkeychecking"]
        settings = read_settings("ssh", "-G", "-F", str(file), "ISE-server")
        assert "192.0.2.21" == settings["hostname"]
        assert "accept-new" == settings["stricthostkeychecking"]


class TestSessions:
    def test_a_node_that_does_not_run(self, folder: LabFolder) -> None:
        """There is nothing to log in to, and the way to change that is named."""
        operator = open_lab(folder.path)
        with pytest.raises(OperationError, match="does not run; start it with"):
            open_session(operator, operator.find("prime-pri"), None, [])

    def test_a_machine_without_openssh(
        self, folder: LabFolder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without an ssh program it is said what to install."""
        elsewhere = default_text().replace("127.0.0.1:2211", "192.0.2.11:22")
        elsewhere = elsewhere.replace("Lab-Admin-1", "Own-Secret-1")
        elsewhere = elsewhere.replace("Lab-Key-1", "Own-Key-1")
        folder.write(folder.lab_file, elsewhere)
        monkeypatch.setenv("PATH", os.fspath(folder.run))
        operator = open_lab(folder.path)
        with pytest.raises(OperationError, match="install OpenSSH's client"):
            open_session(operator, operator.find("prime-pri"), None, [])

    def test_the_first_administrator_logs_in(self) -> None:
        """Without a name given, an administrator logs in."""
        assert "admin" == login_name(default_lab().nodes[0])

    @pytest.mark.parametrize(
        ("listens", "dialled"),
        [
            ("0.0.0.0", "127.0.0.1"),
            ("::", "::1"),
            ("192.0.2.11", "192.0.2.11"),
            ("127.0.0.2", "127.0.0.2"),
        ],
    )
    def test_wildcards_are_dialled_on_loopback(
        self, listens: str, dialled: str
    ) -> None:
        """A node that listens everywhere is reached on this machine."""
        assert dialled == dial_address(listens)
