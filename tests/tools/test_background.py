"""A lab in the background, and what an operator does to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tofulab.tools.folder import LabFolder

Tofulab = Callable[..., subprocess.CompletedProcess[str]]

NAMES = ("prime-pri", "prime-sec", "ISE-server")


def node(tofulab: Tofulab, name: str) -> dict[str, object]:
    """Read the status of one node."""
    rows = json.loads(tofulab("status", "--json").stdout)["nodes"]
    return next(row for row in rows if row["name"] == name)


def keys(directory: Path, name: str) -> set[str]:
    """Read the known host keys of a node."""
    lines = (directory / "known_hosts").read_text(encoding="utf-8").splitlines()
    return {line.split()[2] for line in lines if line.startswith(f"{name},")}


def test_a_detached_lab_is_ready_and_stays(tofulab: Tofulab, running_lab: Path) -> None:
    """`up -d` returns when people can log in; the lab has left the terminal."""
    (record,) = LabFolder(running_lab).records()
    assert record.pid == os.getsid(record.pid)
    rows = json.loads(tofulab("status", "--json").stdout)["nodes"]
    assert ["on"] * 3 == [row["power"] for row in rows]
    assert ["health_monitor" in row for row in rows] == [True, True, False]
    assert all("host_keys" not in row for row in rows)
    result = tofulab("down")
    assert (0, "") == (result.returncode, result.stderr)
    assert not LabFolder(running_lab).is_running("prime-pri")


def test_power(tofulab: Tofulab, running_lab: Path) -> None:
    """A node whose plug is pulled is off until it is put back in."""
    assert "prime-sec is off\n" == tofulab("power", "prime-sec", "off").stdout
    assert "off" == node(tofulab, "prime-sec")["power"]
    assert "on" == node(tofulab, "prime-pri")["power"]
    result = tofulab("ssh", "prime-sec")
    assert (
        1,
        "tofulab: prime-sec is powered off;"
        " switch it on with: tofulab power prime-sec on\n",
    ) == (result.returncode, result.stderr)
    assert "prime-sec is on\n" == tofulab("power", "prime-sec", "on").stdout
    assert "on" == node(tofulab, "prime-sec")["power"]


def test_a_rebuilt_node_has_other_host_keys(
    tofulab: Tofulab, running_lab: Path
) -> None:
    """`rebuild` makes everything new, and `ssh` knows the new keys at once."""
    before = keys(running_lab, "prime-pri")
    others = keys(running_lab, "prime-sec")
    result = tofulab("rebuild", "prime-pri")
    assert (0, "prime-pri is rebuilt\n") == (result.returncode, result.stdout)
    after = keys(running_lab, "prime-pri")
    assert after
    assert not before & after
    assert others == keys(running_lab, "prime-sec")


def test_a_renewed_certificate(tofulab: Tofulab, running_lab: Path) -> None:
    """`renew-cert` is told, and changes no host key."""
    before = keys(running_lab, "ISE-server")
    assert "ISE-server has a new self-signed certificate\n" == (
        tofulab("renew-cert", "ISE-server").stdout
    )
    assert before == keys(running_lab, "ISE-server")


def test_reset(tofulab: Tofulab, running_lab: Path) -> None:
    """A node goes back to its first boot whether or not the lab runs."""
    first = keys(running_lab, "prime-pri")
    tofulab("rebuild", "prime-pri")
    said = "back at the first boot: prime-pri\n"
    assert said == tofulab("reset", "prime-pri").stdout
    assert "on" == node(tofulab, "prime-pri")["power"]
    assert not first & keys(running_lab, "prime-pri")
    tofulab("down")
    assert said == tofulab("reset", "prime-pri").stdout
    everything = "back at the first boot: prime-pri, prime-sec, ISE-server\n"
    assert everything == tofulab("reset").stdout
    assert 0 == tofulab("up", "-d").returncode
    assert ["on"] * 3 == [node(tofulab, each)["power"] for each in NAMES]


def test_requests_that_cannot_be_signed(tofulab: Tofulab, running_lab: Path) -> None:
    """A file that is not in the repository is named on one line."""
    result = tofulab("ca", "sign", "prime-pri", "missing.csr")
    assert 1 == result.returncode
    (line,) = result.stderr.splitlines()
    assert line.startswith("tofulab: ")
    assert "missing.csr" in line


def test_a_request_is_signed(tofulab: Tofulab, running_lab: Path) -> None:
    """Certificate and chain are put beside the request, with or without the lab."""
    repository = running_lab / "prime-pri/disk/localdisk/defaultRepo"
    repository.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "prime-pri")])
    request = x509.CertificateSigningRequestBuilder(name).sign(key, SHA256())
    (repository / "a.csr").write_bytes(request.public_bytes(Encoding.PEM))
    for _ in range(2):
        result = tofulab("ca", "sign", "prime-pri", "a.csr")
        said = "prime-pri: a.cer and a-chain.cer are in the repository\n"
        assert (0, said) == (result.returncode, result.stdout)
        signed = x509.load_pem_x509_certificate((repository / "a.cer").read_bytes())
        chain = (repository / "a-chain.cer").read_bytes()
        signed.verify_directly_issued_by(x509.load_pem_x509_certificate(chain))
        assert name == signed.subject
        tofulab("down")


@pytest.mark.e2e
def test_ssh_asks_for_the_password_and_nothing_else(
    running_lab: Path, environment: dict[str, str], tofulab: Tofulab
) -> None:
    """`tofulab ssh` logs in without a question about keys, after a rebuild too."""
    for _ in range(2):
        session = pexpect.spawn(
            sys.executable,
            ["-P", "-m", "tofulab", "ssh", "prime-pri"],
            cwd=str(running_lab.parent),
            env=environment,
            encoding="utf-8",
            timeout=15,
        )
        assert 0 == session.expect(["[Pp]assword: ", "\\?"])
        session.sendline("Lab-Admin-1")
        session.expect_exact("prime-pri/admin# ")
        session.sendline("exit")
        session.expect(pexpect.EOF)
        session.close()
        assert 0 == session.exitstatus
        tofulab("rebuild", "prime-pri")


@pytest.mark.e2e
def test_ssh_runs_a_command_and_returns_its_status(
    running_lab: Path, environment: dict[str, str]
) -> None:
    """`tofulab ssh NODE COMMAND` prints what the node prints."""
    session = pexpect.spawn(
        sys.executable,
        ["-P", "-m", "tofulab", "ssh", "prime-pri", "show", "version"],
        cwd=str(running_lab.parent),
        env=environment,
        encoding="utf-8",
        timeout=15,
    )
    session.expect("[Pp]assword: ")
    session.sendline("Lab-Admin-1")
    session.expect_exact("Cisco Prime Infrastructure")
    session.expect(pexpect.EOF)
    session.close()
    assert 0 == session.exitstatus
