"""Clients that people use, each really run: they must not notice that this is a lab."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import netmiko
import paramiko
import pexpect
import pytest
from pexpect import pxssh

from tofulab.tools.harness import LabThread

from .conftest import PASSWORD, PRIMARY, LogIn, SplitLab


@pytest.fixture
def key_login(tofulab_lab: LabThread, tmp_path: Path) -> Sequence[str]:
    """OpenSSH's command line for the primary, which asks for no password."""
    helper = tmp_path / "askpass"
    helper.write_text(f"#!/bin/sh\necho {PASSWORD}\n")
    helper.chmod(0o700)
    return [
        "env",
        f"SSH_ASKPASS={helper}",
        "SSH_ASKPASS_REQUIRE=force",
        *tofulab_lab.ssh_command(PRIMARY),
    ]


def run(command: Sequence[str], typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run OpenSSH without a terminal."""
    return subprocess.run(
        command, input=typed, capture_output=True, text=True, check=False, timeout=30
    )


def test_one_command_and_its_status(key_login: Sequence[str]) -> None:
    """`ssh host 'command'` prints the output alone, and gives its exit status."""
    done = run([*key_login, "show", "clock"])
    assert (0, 1, "") == (done.returncode, done.stdout.count("\n"), done.stderr)
    assert " UTC " in done.stdout
    wrong = "ncs certvalidation tofu-certs deletecert host 192.0.2.99_8082"
    assert 1 == run([*key_login, wrong]).returncode
    assert 2 == run([*key_login, "no such command"]).returncode


def test_a_piped_script_runs_line_by_line(key_login: Sequence[str]) -> None:
    """Prompts are printed, nothing is echoed, and the last line needs no end."""
    done = run(
        [*key_login, "-T"],
        "configure terminal\nip name-server 192.0.2.53\nend\nncs ha status",
    )
    prompt = "prime-pri/admin"
    assert (
        f"{prompt}# Enter configuration commands, one per line.  End with CNTL/Z.\n"
        f"{prompt}(config)# {prompt}(config)# {prompt}# "
        f"[Role] Primary [State] HA not Configured\n{prompt}# "
    ) == done.stdout
    assert 0 == done.returncode


def test_two_hundred_lines_in_one_write(key_login: Sequence[str]) -> None:
    """All run, in order."""
    lines = [f"ip host 198.51.100.{number} host-{number}" for number in range(200)]
    done = run(
        key_login,
        "\n".join(["configure terminal", *lines, "do show running-config", ""]),
    )
    shown = [line for line in done.stdout.splitlines() if line.startswith("ip host")]
    assert lines == [line for line in shown if " host-" in line]


def test_forwarding_is_refused(
    key_login: Sequence[str], tofulab_lab: LabThread
) -> None:
    """No tunnel through a node, to whatever place."""
    host, port = tofulab_lab.node(PRIMARY).ssh
    done = run([*key_login[:4], "-W", f"{host}:{port}", *key_login[4:]])
    assert 0 != done.returncode
    assert "SSH-2.0" not in done.stdout


@pytest.mark.skipif(shutil.which("expect") is None, reason="there is no expect")
def test_tcl_expect(tofulab_lab: LabThread, tmp_path: Path) -> None:
    """The usual script: log in, match on the prompt's end, leave."""
    script = tmp_path / "script.exp"
    script.write_text(
        """
set timeout 10
log_user 0
spawn -noecho {*}$argv
expect -re {assword: $}
send "Lab-Admin-1\\r"
expect -re {admin# $}
send "show clock\\r"
expect -re {^show clock\\r\\n(.*)\\r\\nprime-pri/admin# $} {puts $expect_out(1,string)}
send "show ?"
expect -re {version .*admin# show $}
send "\\025exit\\r"
expect eof
"""
    )
    done = run(["expect", str(script), *tofulab_lab.ssh_command(PRIMARY)])
    assert " UTC " in done.stdout, done.stdout + done.stderr


def test_pxssh(tofulab_lab: LabThread) -> None:
    """pexpect's own ssh class, with the settings that appliances need."""
    view = tofulab_lab.node(PRIMARY)
    session = pxssh.pxssh(
        encoding="utf-8",
        options={"StrictHostKeyChecking": "no", "UserKnownHostsFile": "/dev/null"},
    )
    session.login(
        view.ssh[0],
        view.user,
        PASSWORD,
        port=view.ssh[1],
        original_prompt=r"[#>] $",
        auto_prompt_reset=False,
    )
    session.PROMPT = r"prime-pri/admin# $"
    session.sendline("ncs ha status")
    assert session.prompt()
    assert "HA not Configured" in (session.before or "")
    session.close()


def test_paramiko(tofulab_lab: LabThread) -> None:
    """exec_command gives status and output; invoke_shell echoes what is typed."""
    view = tofulab_lab.node(PRIMARY)
    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        client.connect(
            view.ssh[0],
            view.ssh[1],
            view.user,
            PASSWORD,
            allow_agent=False,
            look_for_keys=False,
        )
        _, output, _ = client.exec_command("ncs ha status")
        assert "[Role] Primary [State] HA not Configured\n" == output.read().decode()
        assert 0 == output.channel.recv_exit_status()
        channel = client.invoke_shell(width=0, height=0)
        channel.settimeout(10)
        channel.send(b"show clock\r")
        seen = b""
        while not seen.endswith(b"admin# ") or b"UTC" not in seen:
            seen += channel.recv(4096)
        assert seen.startswith(b"prime-pri/admin# show clock\r\n")


@pytest.mark.parametrize("device_type", ["cisco_ios", "generic", "terminal_server"])
def test_netmiko(tofulab_lab: LabThread, device_type: str) -> None:
    """The device types that people take for the appliance; cisco_ios configures too."""
    view = tofulab_lab.node(PRIMARY)
    with netmiko.ConnectHandler(
        device_type=device_type,
        host=view.ssh[0],
        port=view.ssh[1],
        username=view.user,
        password=PASSWORD,
    ) as connection:
        assert "prime-pri/admin#" == connection.find_prompt()
        shown = str(connection.send_command("ncs status", read_timeout=20))
        assert 10 == len(shown.strip().splitlines())
        if device_type == "cisco_ios":
            connection.send_config_set(["ip host 192.0.2.5 five"])
            assert "ip host 192.0.2.5 five" in connection.send_command(
                "show running-config"
            )


def test_three_wrong_passwords(tofulab_lab: LabThread, log_in: LogIn) -> None:
    """Three wrong passwords end the connection, and the system log says so."""
    command = tofulab_lab.ssh_command(PRIMARY)
    session = pexpect.spawn(command[0], command[1:], encoding="utf-8", timeout=40)
    for _ in range(3):
        session.expect("assword: ")
        session.sendline("wrong")
    session.expect("Too many authentication failures|Permission denied")
    session.close(force=True)
    shown = log_in(PRIMARY).run("show logging | include Failed | count")
    assert "3" in shown


def test_a_public_key_lets_in_without_a_password(
    make_split_lab: Callable[..., SplitLab], tmp_path: Path
) -> None:
    """The user's key in the lab file is enough for OpenSSH."""
    key = tmp_path / "id"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True
    )
    lab = make_split_lab()
    public = key.with_suffix(".pub").read_text().strip()
    text = lab.file.read_text().replace(
        'password = "Lab-Admin-1" }', f'public_keys = ["{public}"] }}', 1
    )
    lab.file.write_text(text)
    lab.start(PRIMARY)
    words = ["-o", "BatchMode=yes", "-i", str(key), PRIMARY, "ncs ha status"]
    config = tmp_path / "config"
    config.write_text(lab.tell("ssh-config"))
    done = run(["ssh", "-F", str(config), *words])
    assert "[Role] Primary [State] HA not Configured\n" == done.stdout
