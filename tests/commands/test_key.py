"""Imports that are refused: the server, its list and the wire stay as they were."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from tofulab.state.pki import (
    PrivateKey,
    key_bytes,
    make_authority,
    new_key,
    pem,
    read_request,
    self_signed,
    sign,
    signing_request,
)
from tofulab.state.seed import KeyType, SubjectFields
from tofulab.state.subjects import Subject
from tofulab.tools.harness import LabThread

from .conftest import Person, Visitor, repository

pytestmark = pytest.mark.tofulab("lab.toml")

IMPORT_SIGNED = "ncs key importsignedcert a.cer repository defaultRepo"
NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=4000)
SUBJECT = Subject("prime-pri", SubjectFields())
AUTHORITY_KEY, AUTHORITY = make_authority("Test CA", NOW)
OLD_KEY, OLD_AUTHORITY = make_authority("Old CA", LONG_AGO)
KEY = new_key(KeyType.EC_P256)


def certify(key: PrivateKey, **options: datetime) -> x509.Certificate:
    """Sign a certificate for a key."""
    request = signing_request(key, SUBJECT, ["prime-pri"])
    return sign(AUTHORITY_KEY, AUTHORITY, request, options.get("now", NOW))


def put_wrong_key(folder: Path) -> None:
    """A certificate that the authority made for another key."""
    (folder / "a.cer").write_bytes(pem(certify(KEY)))


def put_expired(folder: Path) -> None:
    """The right certificate, of long ago."""
    request = read_request((folder / "a.csr").read_bytes())
    certificate = sign(AUTHORITY_KEY, AUTHORITY, request, LONG_AGO)
    (folder / "a.cer").write_bytes(pem(certificate))


def put_expired_chain(folder: Path) -> None:
    """The right certificate of an authority that has expired."""
    request = read_request((folder / "a.csr").read_bytes())
    certificate = sign(OLD_KEY, OLD_AUTHORITY, request, NOW)
    (folder / "a.cer").write_bytes(pem(certificate))


def put_unknown_authority(folder: Path) -> None:
    """The right certificate of an authority that was not imported."""
    key, authority = make_authority("Nobody's CA", NOW)
    request = read_request((folder / "a.csr").read_bytes())
    (folder / "a.cer").write_bytes(pem(sign(key, authority, request, NOW)))


def put_broken(folder: Path) -> None:
    """What begins as a certificate."""
    (folder / "a.cer").write_text("-----BEGIN CERTIFICATE-----\nMIIB\n")


def put_request(folder: Path) -> None:
    """The request instead of the certificate."""
    (folder / "a.cer").write_bytes((folder / "a.csr").read_bytes())


def put_empty(folder: Path) -> None:
    """An empty file."""
    (folder / "a.cer").touch()


def put_folder(folder: Path) -> None:
    """A folder instead of a file."""
    (folder / "a.cer").mkdir()


def put_link(folder: Path) -> None:
    """A link out of the repository."""
    (folder / "a.cer").symlink_to("/etc/hostname")


def put_nothing(folder: Path) -> None:
    """No file."""


REFUSED: dict[str, tuple[Callable[[Path], None], str]] = {
    "wrong key": (put_wrong_key, "does not match the private key"),
    "expired": (put_expired, "The certificate has expired on"),
    "expired authority": (put_expired_chain, "The certificate has expired on"),
    "missing chain": (put_unknown_authority, "issuer CN=Nobody's CA is not trusted"),
    "broken PEM": (put_broken, "does not hold a readable certificate"),
    "a request": (put_request, "does not hold a readable certificate"),
    "empty": (put_empty, "does not hold a readable certificate"),
    "a folder": (put_folder, "File a.cer not found in repository defaultRepo"),
    "a link": (put_link, "File a.cer not found in repository defaultRepo"),
    "missing file": (put_nothing, "File a.cer not found in repository defaultRepo"),
}


class Server:
    """The primary as seen from its prompt and from the wire."""

    def __init__(self, lab: LabThread, person: Person) -> None:
        self.lab = lab
        self.person = person
        self.folder = repository(lab, "prime-pri")

    def shown(self) -> list[str]:
        """Read the certificates that the server's ports show."""
        view = self.lab.node("prime-pri")
        assert view.health_monitor is not None
        return [
            ssl.get_server_certificate(each)
            for each in (view.https, view.health_monitor)
        ]

    async def look(self) -> tuple[list[str], str, str]:
        """Take down what an import could change."""
        entries = await self.person.run("ncs certvalidation tofu-certs listcerts")
        return self.shown(), entries, await self.person.run("ncs key listcacerts")

    async def restart(self) -> None:
        """Restart the services, which take up what is installed."""
        await self.person.run("ncs stop")
        await self.person.run("ncs start")


@pytest.fixture
async def server(visitor: Visitor) -> Server:
    """A server whose request is out to be signed, with two authorities imported."""
    server = Server(visitor.lab, await visitor.open("prime-pri/admin"))
    person = server.person
    for name, authority in (("ca", AUTHORITY), ("old", OLD_AUTHORITY)):
        (server.folder / name).write_bytes(pem(authority))
        await person.run(f"ncs key importcacert {name} {name} repository defaultRepo")
    await person.run("ncs key genkey -csr a.csr repository defaultRepo")
    for _ in range(200):
        if "=192.0.2.11_8082" in (await server.look())[1]:
            break
    return server


@pytest.mark.parametrize("name", REFUSED)
async def test_a_signed_certificate_that_is_refused(server: Server, name: str) -> None:
    """It says why, and nothing changes, not even with a restart."""
    put, reason = REFUSED[name]
    put(server.folder)
    before = await server.look()
    said = await server.person.run(
        "ncs key importsignedcert a.cer repository defaultRepo"
    )
    assert f"\n% Error: {reason}" in said or reason in said.rpartition("\n")[2]
    await server.restart()
    assert before == await server.look()


async def test_the_right_certificate_is_still_taken_afterwards(server: Server) -> None:
    """A refused import does not cost the pending key; a restart brings it to use."""
    put_wrong_key(server.folder)
    assert "% Error" in await server.person.run(IMPORT_SIGNED)
    request = read_request((server.folder / "a.csr").read_bytes())
    certificate = sign(AUTHORITY_KEY, AUTHORITY, request, NOW)
    (server.folder / "a.cer").write_bytes(pem(certificate))
    before = server.shown()
    assert "% Error" not in await server.person.run(IMPORT_SIGNED)
    assert before == server.shown()
    await server.restart()
    assert [pem(certificate).decode()] * 2 == server.shown()


async def test_a_request_that_cannot_be_written(server: Server) -> None:
    """It costs neither the pending key nor a new one's making."""
    (server.folder / "d.csr").mkdir()
    said = await server.person.run("ncs key genkey -csr d.csr repository defaultRepo")
    assert "% Error: d.csr is no file" in said
    assert "Generating" not in said
    request = read_request((server.folder / "a.csr").read_bytes())
    certificate = sign(AUTHORITY_KEY, AUTHORITY, request, NOW)
    (server.folder / "a.cer").write_bytes(pem(certificate))
    assert "% Error" not in await server.person.run(IMPORT_SIGNED)


async def test_a_name_that_no_certificate_can_have(server: Server) -> None:
    """Said before the key is made, in words."""
    server.person.send("ncs key genkey -newdn\r")
    await server.person.expect("domain name of the server: ")
    server.person.send("한국.lab\r\r\r\r\r\r")
    said = await server.person.expect("admin# ")
    assert "% Error: 한국.lab is not a domain name" in said
    assert "Generating" not in said


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("importsignedcert a.cer repository nowhere", "% Repository not found"),
        ("importkey a.key a.cer repository nowhere", "% Repository not found"),
        ("importcacert new ca repository nowhere", "% Repository not found"),
        ("importcacert new none repository defaultRepo", "File none not found"),
        ("importcacert new broken repository defaultRepo", "a readable certificate"),
        ("importcacert ca ca repository defaultRepo", "Alias ca already exists"),
        ("deletecacert none", "Alias none does not exist"),
        ("importkey none good.cer repository defaultRepo", "File none not found"),
        ("importkey good.key none repository defaultRepo", "File none not found"),
        ("importkey broken good.cer repository defaultRepo", "a readable private key"),
        ("importkey good.key broken repository defaultRepo", "a readable certificate"),
        ("importkey good.key other.cer repository defaultRepo", "does not match"),
        ("importkey good.key old.cer repository defaultRepo", "has expired on"),
        ("genkey -csr b.csr repository nowhere", "% Repository not found"),
    ],
)
async def test_other_imports_that_are_refused(
    server: Server, command: str, reason: str
) -> None:
    """Keys, chains and requests: it says why, and nothing changes."""
    folder = server.folder
    (folder / "broken").write_text("-----BEGIN CERTIFICATE-----\nx")
    (folder / "good.key").write_bytes(key_bytes(KEY))
    (folder / "good.cer").write_bytes(pem(certify(KEY)))
    (folder / "old.cer").write_bytes(pem(certify(KEY, now=LONG_AGO)))
    other = new_key(KeyType.EC_P256)
    certificate = self_signed(other, SUBJECT, ["prime-pri"], NOW)
    (folder / "other.cer").write_bytes(pem(certificate))
    before = await server.look()
    assert reason in await server.person.run(f"ncs key {command}")
    await server.restart()
    assert before == await server.look()


async def test_questions_left_with_ctrl_c_change_nothing(server: Server) -> None:
    """Ctrl-C in the middle of `genkey -newdn` leaves the key as it was."""
    before = await server.look()
    server.person.send("ncs key genkey -newdn\rother\r\x03")
    await server.person.expect("^C\r\nprime-pri/admin# ")
    await server.restart()
    assert before == await server.look()
