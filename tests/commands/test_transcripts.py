"""What is said at the prompt, word by word, over SSH: golden transcripts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from tofulab.state.pki import key_bytes, make_authority, pem, self_signed
from tofulab.state.seed import SubjectFields
from tofulab.state.subjects import Subject

from .conftest import Act, Golden, Play, Visitor, repository

pytestmark = pytest.mark.tofulab("lab.toml")

PRIMARY, SECONDARY, ISE = "prime-pri/admin", "prime-sec/admin", "ISE-server/admin"
X, Y, Z = "192.0.2.11", "192.0.2.12", "192.0.2.21"
KEY = "Pair-Key-77"
LISTCERTS = "ncs certvalidation tofu-certs listcerts"
DELETECERT = "ncs certvalidation tofu-certs deletecert host"

EXEC = """\
show version
show clock
show uptime
show users
terminal length 24
terminal length 0
"""
EXEC_ADMIN = """\
show running-config
show repository defaultRepo
show repository nowhere
dir
dir disk:/defaultRepo
dir nowhere
dir ../..
show logging | include started
show logging last 300 | include Services | count
"""
CONFIGURE = """\
terminal length 0
configure terminal
hostname renamed
maybe
n
hostname renamed
Y
ip name-server 192.0.2.53 192.0.2.54 192.0.2.53
ip name-server 1.1.1.1 2.2.2.2 3.3.3.3 4.4.4.4
no ip name-server 192.0.2.55
no ip name-server 192.0.2.54
ip host 192.0.2.77 seventy-seven
no ip host 192.0.2.77 seventy-eight
repository files
url disk:/files
url ftp://192.0.2.9/
url disk:/../..
do show repository files
do show bogus
do dir | count
end
show repository files
conf t
do show running-config
repository files
no url
exit
do show repository files
no repository files
no repository files
no repository defaultRepo
no ip host 192.0.2.77 seventy-seven
no ip name-server
exit
show running-config
configure
repository files
\x1aconfigure
end
"""
FAULTS = """\
bogus
show bogus
show version bogus
ncs s
show
ncs
ncs key genkey -csr a.csr
show logging last 0
show logging | bogus
show logging |
terminal length 512
! a comment
ncs certvalidation dover-certs listcerts
ncs certvalidation budoum-certs listcerts
ncs certvalidation tofu-certs deleteert host 192.0.2.12_8082
ncs certvalidation tofu-certs deletecert host 192.0.2.12
"""
SERVICES = """\
ncs status
ncs stop
ncs status
ncs stop
ha register secondary 192.0.2.12 authkey Pair-Key-77
ise add 192.0.2.21 username api password Ise-Secret-77
ncs start
ncs start
ncs stop verbose
ncs start verbose
ncs status
"""
TRUST = """\
ncs certvalidation certificate-check disable trustzone pubnet
ncs certvalidation certificate-check enable trustzone user
ncs certvalidation certificate-check trust-on-first-use trustzone devicemgmt
ncs certvalidation trusted-ca-store importcacert alias lab \
repository defaultRepo ca.cer truststore system
ncs certvalidation trusted-ca-store importcacert alias lab \
repository defaultRepo ca.cer truststore system
ncs certvalidation trusted-ca-store importcacert alias broken \
repository defaultRepo broken.cer truststore system
ncs certvalidation trusted-ca-store importcacert alias none \
repository defaultRepo none.cer truststore system
ncs certvalidation trusted-ca-store importcacert alias none \
repository nowhere none.cer truststore system
ncs certvalidation trusted-ca-store listcacerts truststore system
ncs certvalidation trusted-ca-store listcacerts truststore user
ncs certvalidation trusted-ca-store deletecacert alias lab truststore user
ncs certvalidation trusted-ca-store deletecacert alias lab truststore system
ncs certvalidation trusted-ca-store listcacerts truststore system
"""
REQUEST = """\
ncs key genkey -csr pri.csr repository nowhere
ncs key genkey -csr pri.csr repository defaultRepo
show repository defaultRepo
"""
IMPORT = """\
ncs key importcacert lab pri-chain.cer repository defaultRepo
ncs key importcacert lab pri-chain.cer repository defaultRepo
ncs key listcacerts
ncs key importsignedcert pri.cer repository defaultRepo
ncs key importkey none.key own.cer repository defaultRepo
ncs key importkey own.key own.cer repository defaultRepo
ncs key deletecacert lab
ncs key deletecacert lab
ncs stop
ncs key importsignedcert pri.cer repository defaultRepo
ncs start
"""
QUESTIONS = """\
ncs key genkey
ncs key genkey -newdn
other.example.com
Unit

Town

USA
kr
ncs key genkey -newdn -csr new.csr repository defaultRepo






show repository defaultRepo
"""
REGISTER = f"""\
ncs ha authkey {KEY}
ncs ha status
ncs ha remove
ha readiness
ha readiness secondary 192.0.2.12
ha register secondary 192.0.2.12
{KEY}
bogus
a@example.com,b@example.com
perhaps
manual
none
192.0.2.15
fe80:::
2001:db8::15
ncs ha status
ha readiness
show logging health-monitor | include completed
"""
REMOVE = """\
ncs ha status
ncs status
ncs ha remove
n
ncs ha remove
y
ncs ha status
"""
SERVERS = """\
ise list
ise test 192.0.2.21
ise delete 192.0.2.21
ise add 192.0.2.21 username api
Ise-Secret-77
Ise-Secret-78
ise add 192.0.2.21 username api
Ise-Secret-77
Ise-Secret-77
ise list
ise test 192.0.2.21
show logging infrastructure | include Reachable
show logging infrastructure last 5 | count bogus
ise delete 192.0.2.21
ise list
"""
PAGES = """\
terminal length 6
show running-config
 \x20
qdir nowhere
terminal length 0
show running-config
"""


async def put_files(visitor: Visitor) -> None:
    """Put something into the repository of every node."""
    for node in ("prime-pri", "ISE-server"):
        folder = repository(visitor.lab, node)
        (folder / "notes.txt").write_text("notes\n")
        (folder / "folder").mkdir()


async def put_certificates(visitor: Visitor) -> None:
    """Put certificates and keys, good and broken, into the primary's repository."""
    folder, now = repository(visitor.lab, "prime-pri"), datetime.now(UTC)
    key, authority = make_authority("Some Authority", now)
    (folder / "ca.cer").write_bytes(pem(authority))
    (folder / "broken.cer").write_text("-----BEGIN CERTIFICATE-----\nx\n")
    (folder / "own.key").write_bytes(key_bytes(key))
    names = SubjectFields(organizational_unit="Imported")
    certificate = self_signed(key, Subject("prime-pri", names), ["prime-pri"], now)
    (folder / "own.cer").write_bytes(pem(certificate))


async def sign(visitor: Visitor) -> None:
    """Have the lab's authority sign the primary's request."""
    visitor.lab.sign("prime-pri", "pri.csr")


async def cut_power(visitor: Visitor) -> None:
    """Take the secondary's power away."""
    await asyncio.to_thread(visitor.lab.power, "prime-sec", False)


async def pair_up(visitor: Visitor) -> None:
    """Wait until both servers have their entries and know of the registration."""
    for login, state, entries in (
        (PRIMARY, "Primary Active", (X, Y)),
        (SECONDARY, "Secondary Syncing", (Y, "127.0.0.1", X)),
    ):
        person = await visitor.open(login)
        wanted = {f"[State] {state}", *(f"={each}_8082" for each in entries)}
        for _ in range(500):
            shown = await person.run(LISTCERTS) + await person.run("ncs ha status")
            if all(each in shown for each in wanted):
                break


TRANSCRIPTS: dict[str, Sequence[Act]] = {
    "exec-prime": [put_files, (PRIMARY, EXEC + EXEC_ADMIN)],
    "exec-ise": [put_files, (ISE, EXEC + EXEC_ADMIN + "application status ise\n")],
    "exec-prime-user": [("prime-pri/viewer", EXEC + "dir\nncs status\nconfigure\n")],
    "exec-ise-user": [("ISE-server/viewer", EXEC + "dir\nncs status\nconfigure\n")],
    "config-prime": [(PRIMARY, CONFIGURE)],
    "config-ise": [(ISE, CONFIGURE)],
    "faults": [(PRIMARY, FAULTS)],
    "services": [(PRIMARY, SERVICES)],
    "trust": [put_certificates, (PRIMARY, TRUST)],
    "listing": [
        (PRIMARY, f"ise add {Z} username api password Ise-Secret-77\n"),
        (PRIMARY, f"ha register secondary {Y} authkey {KEY}\n"),
        pair_up,
        (PRIMARY, LISTCERTS + "\n"),
        (SECONDARY, f"{LISTCERTS}\n{DELETECERT} {Z}_443\n"),
        (PRIMARY, f"ise delete {Z}\n{DELETECERT} {Z}_443\n{DELETECERT} {Z}_443\n"),
        (PRIMARY, f"{LISTCERTS}\n"),
    ],
    "key-signed": [
        (PRIMARY, REQUEST),
        sign,
        put_certificates,
        (PRIMARY, IMPORT),
    ],
    "key-questions": [(PRIMARY, QUESTIONS)],
    "ha": [
        (PRIMARY, REGISTER),
        pair_up,
        (SECONDARY, "ncs ha status\nncs status\nncs ha authkey New-Key-88\n"),
        (PRIMARY, REMOVE),
        (SECONDARY, "ncs ha status\n"),
    ],
    "ha-removed-on-secondary": [
        (PRIMARY, f"ha register secondary {Y} authkey {KEY} failover automatic\n"),
        pair_up,
        (SECONDARY, "ncs ha remove\ny\nncs ha status\n"),
    ],
    "ha-removed-alone": [
        (PRIMARY, f"ha register secondary {Y} authkey {KEY}\n"),
        cut_power,
        (PRIMARY, "ncs ha remove\ny\nncs ha status\n"),
    ],
    "ise": [(PRIMARY, SERVERS)],
    "pages": [(PRIMARY, PAGES)],
}


@pytest.mark.parametrize("name", TRANSCRIPTS)
async def test_transcript(play: Play, golden: Golden, name: str) -> None:
    """What is typed in a fresh lab shows what the golden file holds."""
    golden(name, await play(*TRANSCRIPTS[name]))
