"""Algorithms and host keys, judged by ssh-audit and used by other clients."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import asyncssh
import paramiko
import pytest

from tofulab.shell.accounts import LoginOutcome
from tofulab.shell.algorithms import Profile, choose_algorithms, load_host_keys

if TYPE_CHECKING:
    from .conftest import Lab

ED25519 = [b"ssh-ed25519"]
ECDSA = [b"ecdsa-sha2-nistp256"]
PROMPT = b"prime-pri/admin# "


def test_new_host_keys(all_host_keys: list[str]) -> None:
    """There is a key for every type of client, none of them weak."""
    algorithms = [
        asyncssh.import_private_key(text).get_algorithm() for text in all_host_keys
    ]
    assert ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"] == algorithms


@pytest.mark.parametrize(
    ("profile", "offered"),
    [
        (Profile.SECURE, [ED25519, [b"rsa-sha2-512", b"rsa-sha2-256"]]),
        (
            Profile.COMPAT,
            [ED25519, ECDSA, [b"rsa-sha2-512", b"rsa-sha2-256", b"ssh-rsa"]],
        ),
    ],
)
def test_host_keys_of_a_profile(
    all_host_keys: list[str], profile: Profile, offered: list[list[bytes]]
) -> None:
    """SHA-1 signatures and NIST curves are for old clients alone."""
    pairs = load_host_keys(all_host_keys, profile)
    assert offered == [list(pair.host_key_algorithms) for pair in pairs]


def test_no_key_is_no_host_key() -> None:
    """A text that is no private key is refused."""
    with pytest.raises(asyncssh.KeyImportError):
        load_host_keys(["nonsense"], Profile.SECURE)


def test_no_profile_has_weak_ciphers() -> None:
    """CBC ciphers are nowhere, SHA-1 only where it is asked for."""
    secure, compat = (choose_algorithms(profile) for profile in Profile)
    for options in (secure, compat):
        assert not [name for name in options["encryption_algs"] if "cbc" in name]
    assert not [name for name in secure["kex_algs"] if name.endswith("sha1")]
    assert not [name for name in secure["mac_algs"] if "sha1" in name]
    assert set(secure["kex_algs"]) < set(compat["kex_algs"])


async def test_ssh_audit_finds_no_failure(lab: Lab) -> None:
    """The secure profile passes ssh-audit without a failure."""
    await lab.serve()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "ssh_audit", "--skip-rate-test", "-n", "-p", str(lab.port)),
        "127.0.0.1",
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert b"[fail]" not in output, output.decode()
    assert process.returncode in (0, 2), output.decode()
    assert b"OpenSSH_9.6" in output


# cryptography announces the end of finite-field Diffie-Hellman.
@pytest.mark.filterwarnings("ignore:Diffie-Hellman")
async def test_old_clients_need_the_compat_profile(lab: Lab) -> None:
    """A client of ten years ago connects to the one profile and not to the other."""
    old: dict[str, Any] = {
        "kex_algs": ["diffie-hellman-group14-sha1"],
        "server_host_key_algs": ["ssh-rsa"],
        "mac_algs": ["hmac-sha1"],
        "encryption_algs": ["aes128-ctr"],
    }
    await lab.serve()
    with pytest.raises(asyncssh.KeyExchangeFailed):
        await lab.connect(**old)
    await lab.serve(profile=Profile.COMPAT)
    await lab.connect(**old)


@pytest.mark.parametrize("key_type", ["ssh-ed25519", "rsa-sha2-512"])
async def test_every_host_key_serves(lab: Lab, key_type: str) -> None:
    """Clients that know one type of key find it."""
    await lab.serve()
    await lab.connect(server_host_key_algs=[key_type])


def talk_by_paramiko(port: int) -> bytes:
    """Log in by password, run one line, and return all that was received."""
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    login: dict[str, Any] = {"username": "admin", "password": "Public123"}
    client.connect(
        "127.0.0.1", port, **login, look_for_keys=False, allow_agent=False, timeout=10
    )
    received = b""
    try:
        shell = client.invoke_shell(width=0, height=0)
        shell.settimeout(10)
        shell.sendall(b"show\r\x04")
        while data := shell.recv(4096):
            received += data
    finally:
        client.close()
    return received


@pytest.mark.filterwarnings("default::DeprecationWarning")
async def test_paramiko(lab: Lab) -> None:
    """paramiko connects, with a window of 0x0, and receives plain text."""
    await lab.serve()
    received = await asyncio.to_thread(talk_by_paramiko, lab.port)
    assert PROMPT + b"show\r\n<show>\r\n" + PROMPT + b"bye\r\n" == received


def talk_by_netmiko(port: int) -> tuple[str, str]:
    """Find the prompt and run one command as netmiko does for Cisco devices."""
    from netmiko import ConnectHandler

    settings = {"username": "admin", "password": "Public123", "port": port}
    with ConnectHandler("127.0.0.1", device_type="cisco_ios", **settings) as device:
        return device.find_prompt(), str(device.send_command("show version"))


@pytest.mark.filterwarnings("default")
async def test_netmiko(lab: Lab) -> None:
    """netmiko's `cisco_ios` prepares the session and reads an answer."""
    await lab.serve()
    answer = await asyncio.to_thread(talk_by_netmiko, lab.port)
    assert ("prime-pri/admin#", "<show version>") == answer


async def test_not_an_ssh_client(lab: Lab) -> None:
    """A client that speaks something else is disconnected."""
    await lab.serve()
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
    assert (await reader.readline()).startswith(b"SSH-2.0-OpenSSH_9.6")
    writer.write(b"GET / HTTP/1.0\r\n\r\n")
    await asyncio.wait_for(reader.read(), 5)
    writer.close()
    assert [] == [
        event for event in lab.accounts.events if event.outcome is LoginOutcome.ACCEPTED
    ]
