"""The node's own certificates: taken when all is right, and otherwise as before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tofulab.state.keystore import AuthorityList, KeyPair, KeyStore
from tofulab.state.pki import (
    PrivateKey,
    key_bytes,
    make_authority,
    new_key,
    pem,
    same_key,
    self_signed,
    sign,
    signing_request,
)
from tofulab.state.seed import KeyType
from tofulab.state.store import Store
from tofulab.state.subjects import PkiError, Subject

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=5000)
CA_KEY, CA = make_authority("Lab CA", NOW)
SUBJECT = Subject("prime-sec")


@pytest.fixture
def keystore(store: Store, make_pair: Callable[[str], KeyPair]) -> KeyStore:
    """The key store of a new node that trusts the lab CA."""
    keystore = KeyStore(store)
    keystore.install(make_pair("prime-sec"))
    keystore.authorities.add("lab", pem(CA))
    return keystore


@pytest.fixture
def pending(keystore: KeyStore) -> PrivateKey:
    """A key whose signing request is with the authority."""
    key = new_key(KeyType.EC_P256)
    keystore.expect_certificate(key)
    return key


def signed(key: PrivateKey, now: datetime = NOW) -> bytes:
    """Let the lab CA sign a request for a key."""
    return pem(sign(CA_KEY, CA, signing_request(key, SUBJECT, ["prime-sec"]), now))


def contents(store: Store) -> list[tuple[object, ...]]:
    """Read everything that the key store keeps."""
    queries = ("SELECT * FROM key_pair ORDER BY slot", "SELECT * FROM trusted_ca")
    return [tuple(row) for query in queries for row in store.rows(query)]


def test_a_signed_certificate_is_installed(
    keystore: KeyStore, pending: PrivateKey
) -> None:
    """The awaited key and its certificate take the place of the installed pair."""
    data = signed(pending)
    keystore.import_signed(data, NOW)
    assert data == pem(keystore.installed.certificate)
    assert key_bytes(pending) == key_bytes(keystore.installed.key)


def test_a_certificate_is_taken_once(keystore: KeyStore, pending: PrivateKey) -> None:
    """After the import nothing is awaited any more."""
    keystore.import_signed(signed(pending), NOW)
    with pytest.raises(PkiError, match="No certificate signing request"):
        keystore.import_signed(signed(pending), NOW)


def test_what_is_installed_survives(
    keystore: KeyStore, pending: PrivateKey, store: Store
) -> None:
    """A store opened again has the same installed and the same awaited key."""
    store.close()
    reopened = Store(store.path)
    again = KeyStore(reopened)
    assert same_key(again.installed.key, again.installed.certificate)
    again.import_signed(signed(pending), NOW)
    reopened.close()


def test_the_request_made_last_is_the_one_awaited(
    keystore: KeyStore, pending: PrivateKey
) -> None:
    """A second signing request takes the place of the first."""
    newer = new_key(KeyType.EC_P256)
    keystore.expect_certificate(newer)
    with pytest.raises(PkiError, match="does not match the private key"):
        keystore.import_signed(signed(pending), NOW)
    keystore.import_signed(signed(newer), NOW)


def test_a_self_signed_certificate_is_taken(
    keystore: KeyStore, pending: PrivateKey
) -> None:
    """Who signs for the awaited key with that key needs no authority."""
    keystore.import_signed(pem(self_signed(pending, SUBJECT, ["a"], NOW)), NOW)
    assert same_key(pending, keystore.installed.certificate)


def test_a_refusal_leaves_everything_as_it_was(
    keystore: KeyStore, pending: PrivateKey, store: Store
) -> None:
    """Whatever is wrong with a certificate, nothing changes and it is still awaited."""
    other_key, other = make_authority("Other CA", NOW)
    request = signing_request(pending, SUBJECT, ["a"])
    namesake = self_signed(other_key, SUBJECT, ["a"], NOW)
    forged = sign(other_key, namesake, request, NOW)
    wrong = {
        "does not match the private key": signed(new_key(KeyType.EC_P256)),
        "has expired": signed(pending, NOW - timedelta(days=4000)),
        "is not valid before": signed(pending, LATER),
        "does not hold a readable certificate": signed(pending)[:-60],
        "issuer CN=Other CA is not trusted": pem(sign(other_key, other, request, NOW)),
        "issuer CN=prime-sec, .* is not trusted": pem(forged),
    }
    before = contents(store)
    for reason, data in wrong.items():
        with pytest.raises(PkiError, match=reason):
            keystore.import_signed(data, NOW)
        assert before == contents(store)
    keystore.import_signed(signed(pending), NOW)


def test_without_a_request_nothing_is_taken(keystore: KeyStore, store: Store) -> None:
    """A good certificate for the installed key is refused where none is awaited."""
    before = contents(store)
    with pytest.raises(PkiError, match="No certificate signing request"):
        keystore.import_signed(signed(keystore.installed.key), NOW)
    assert before == contents(store)


def test_a_pair_made_elsewhere_is_installed(
    keystore: KeyStore, pending: PrivateKey
) -> None:
    """A key may come with its certificate; what was awaited is dropped."""
    key = new_key(KeyType.EC_P256)
    keystore.import_pair(key_bytes(key), signed(key), NOW)
    assert same_key(key, keystore.installed.certificate)
    with pytest.raises(PkiError, match="No certificate signing request"):
        keystore.import_signed(signed(pending), NOW)


def test_a_wrong_pair_leaves_everything_as_it_was(
    keystore: KeyStore, pending: PrivateKey, store: Store
) -> None:
    """A broken key, another's certificate or a key too short change nothing."""
    key, short = new_key(KeyType.EC_P256), rsa.generate_private_key(65537, 1024)
    wrong = {
        "does not hold a readable private key": (b"hello", signed(key)),
        "does not hold a readable certificate": (key_bytes(key), b"hello"),
        "does not match the private key": (key_bytes(key), signed(pending)),
        "shorter than 2048 bits": (key_bytes(short), signed(short)),
        "has expired": (key_bytes(key), signed(key, NOW - timedelta(days=4000))),
    }
    before = contents(store)
    for reason, (key_data, data) in wrong.items():
        with pytest.raises(PkiError, match=reason):
            keystore.import_pair(key_data, data, NOW)
        assert before == contents(store)


def test_authorities_are_listed_by_alias(store: Store) -> None:
    """Each list is its own, and an alias stands for one certificate."""
    one, two = AuthorityList(store, "system"), AuthorityList(store, "user")
    one.add("b", pem(CA))
    one.add("a", pem(CA))
    two.add("a", pem(CA))
    assert [("a", CA), ("b", CA)] == one.all()
    one.delete("a")
    assert ([("b", CA)], [("a", CA)]) == (one.all(), two.all())


def test_authority_mistakes_change_nothing(store: Store) -> None:
    """A used alias, an unknown alias and a file of something else are told."""
    authorities = AuthorityList(store, "system")
    authorities.add("lab", pem(CA))
    with pytest.raises(PkiError, match="Alias lab already exists"):
        authorities.add("lab", pem(CA))
    with pytest.raises(PkiError, match="does not hold a readable certificate"):
        authorities.add("other", b"hello")
    with pytest.raises(PkiError, match="Alias other does not exist"):
        authorities.delete("other")
    assert [("lab", CA)] == authorities.all()
