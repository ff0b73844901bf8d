"""Whom a node trusts, zone by zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from tofulab.state.pki import (
    make_authority,
    new_key,
    pem,
    self_signed,
    sign,
    signing_request,
)
from tofulab.state.seed import KeyType
from tofulab.state.store import Store
from tofulab.state.subjects import Subject
from tofulab.state.trust import (
    CertificateChanged,
    CertificateCheck,
    CertificateRefused,
    Entry,
    TrustStore,
    Zone,
)

NOW = datetime.now(UTC)
KEY = new_key(KeyType.EC_P256)
CA_KEY, CA = make_authority("Lab CA", NOW)
HOST, PORT = "192.0.2.12", 8082


def certificate(name: str = "prime-sec") -> x509.Certificate:
    """Make a self-signed certificate; no two are the same."""
    return self_signed(KEY, Subject(name), [name], NOW)


FIRST, SECOND = certificate(), certificate()
SIGNED = sign(CA_KEY, CA, signing_request(KEY, Subject("prime-sec"), ["a"]), NOW)


@pytest.fixture
def trust(store: Store) -> TrustStore:
    """The trust of a new node."""
    return TrustStore(store)


def test_zones_have_their_defaults(trust: TrustStore) -> None:
    """Peers and ISE are trusted on first use, as the TechNote's listings show."""
    expected = {
        Zone.DEVICEMGMT: CertificateCheck.DISABLE,
        Zone.PUBNET: CertificateCheck.ENABLE,
        Zone.SYSTEM: CertificateCheck.TRUST_ON_FIRST_USE,
        Zone.USER: CertificateCheck.DISABLE,
    }
    assert expected == {zone: trust.check(zone) for zone in Zone}


def test_a_zone_is_set_alone_and_for_good(trust: TrustStore, store: Store) -> None:
    """Setting a zone changes no other, and is kept."""
    trust.set_check(Zone.SYSTEM, CertificateCheck.ENABLE)
    trust.set_check(Zone.SYSTEM, CertificateCheck.DISABLE)
    again = TrustStore(store)
    assert CertificateCheck.DISABLE is again.check(Zone.SYSTEM)
    assert CertificateCheck.ENABLE is again.check(Zone.PUBNET)


def test_the_first_certificate_is_trusted_and_stored(trust: TrustStore) -> None:
    """The first use makes an entry; the same certificate is accepted ever after."""
    for _ in range(2):
        trust.judge(Zone.SYSTEM, HOST, PORT, FIRST, NOW)
    assert [Entry(HOST, PORT, FIRST)] == trust.entries()


def test_another_certificate_is_refused(trust: TrustStore) -> None:
    """A changed certificate is refused with its own, and the entry stays."""
    trust.judge(Zone.SYSTEM, HOST, PORT, FIRST, NOW)
    with pytest.raises(CertificateChanged, match="Trust-on-first-use") as refused:
        trust.judge(Zone.SYSTEM, HOST, PORT, SECOND, NOW)
    assert SECOND == refused.value.certificate
    assert [Entry(HOST, PORT, FIRST)] == trust.entries()


def test_entries_are_by_host_and_port(trust: TrustStore) -> None:
    """The same host on another port, or another host, has its own entry, in order."""
    expected = [
        Entry(HOST, PORT, FIRST),
        Entry(HOST, 443, SECOND),
        Entry("127.0.0.1", PORT, SECOND),
    ]
    for entry in expected:
        trust.judge(Zone.SYSTEM, entry.host, entry.port, entry.certificate, NOW)
    assert expected == trust.entries()


def test_a_deleted_entry_is_learnt_anew(trust: TrustStore) -> None:
    """Deleting forgets exactly one entry; the next certificate makes a new one."""
    trust.judge(Zone.SYSTEM, HOST, PORT, FIRST, NOW)
    assert not trust.delete(HOST, 443)
    assert not trust.delete("prime-sec", PORT)
    assert trust.delete(HOST, PORT)
    assert not trust.delete(HOST, PORT)
    trust.judge(Zone.SYSTEM, HOST, PORT, SECOND, NOW)
    assert [Entry(HOST, PORT, SECOND)] == trust.entries()


def test_a_zone_without_check_takes_everything(trust: TrustStore) -> None:
    """Nothing is compared and nothing stored where checking is disabled."""
    trust.judge(Zone.SYSTEM, HOST, PORT, FIRST, NOW)
    trust.set_check(Zone.SYSTEM, CertificateCheck.DISABLE)
    trust.judge(Zone.SYSTEM, HOST, PORT, SECOND, NOW)
    assert [Entry(HOST, PORT, FIRST)] == trust.entries()


def test_an_enabled_zone_wants_an_authority(trust: TrustStore) -> None:
    """A signed certificate is accepted when its authority is imported, not before."""
    trust.set_check(Zone.SYSTEM, CertificateCheck.ENABLE)
    with pytest.raises(CertificateRefused, match="issuer CN=Lab CA is not trusted"):
        trust.judge(Zone.SYSTEM, HOST, PORT, SIGNED, NOW)
    trust.authorities(Zone.SYSTEM).add("lab", pem(CA))
    trust.judge(Zone.SYSTEM, HOST, PORT, SIGNED, NOW)
    assert [] == trust.entries()


def test_an_enabled_zone_takes_the_very_certificate(trust: TrustStore) -> None:
    """A self-signed certificate is accepted where it was imported itself."""
    trust.set_check(Zone.SYSTEM, CertificateCheck.ENABLE)
    trust.authorities(Zone.SYSTEM).add("sec", pem(FIRST))
    trust.judge(Zone.SYSTEM, HOST, PORT, FIRST, NOW)
    with pytest.raises(CertificateRefused):
        trust.judge(Zone.SYSTEM, HOST, PORT, SECOND, NOW)


def test_an_enabled_zone_looks_at_the_dates(trust: TrustStore) -> None:
    """A certificate that has expired is refused, whoever signed it."""
    trust.set_check(Zone.SYSTEM, CertificateCheck.ENABLE)
    trust.authorities(Zone.SYSTEM).add("lab", pem(CA))
    with pytest.raises(CertificateRefused, match="has expired"):
        trust.judge(Zone.SYSTEM, HOST, PORT, SIGNED, NOW + timedelta(days=4000))


def test_authorities_count_in_their_own_zone(trust: TrustStore) -> None:
    """An authority that one zone trusts says nothing to another."""
    trust.authorities(Zone.USER).add("lab", pem(CA))
    trust.set_check(Zone.SYSTEM, CertificateCheck.ENABLE)
    with pytest.raises(CertificateRefused):
        trust.judge(Zone.SYSTEM, HOST, PORT, SIGNED, NOW)
