"""The node's own keys and certificates: installed, awaited, and who signed them.

What is installed here is used by the services only after they have restarted.
Knows nothing of listeners or of peers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from .pki import (
    PrivateKey,
    check_dates,
    check_servable,
    der,
    is_self_signed,
    key_bytes,
    read_certificates,
    read_key,
    same_key,
    verify_chain,
)
from .store import Store
from .subjects import PkiError

_SERVER = "server"
_PENDING = "pending"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private key and the certificate for it."""

    key: PrivateKey
    certificate: x509.Certificate


class KeyStore:
    """The node's key pairs, in its database."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.authorities = AuthorityList(store, _SERVER)

    @property
    def installed(self) -> KeyPair:
        """The pair that the services take up when they start."""
        row = self._slot(_SERVER)
        assert row is not None, "a node has a key pair from its first boot on"
        key, certificate = row
        assert certificate is not None
        return KeyPair(key, x509.load_der_x509_certificate(certificate))

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate of the installed pair."""
        row = self._store.row("SELECT * FROM key_pair WHERE slot = ?", _SERVER)
        assert row is not None, "a node has a key pair from its first boot on"
        return x509.load_der_x509_certificate(row["certificate"])

    def install(self, pair: KeyPair) -> None:
        """Put a pair in place of the installed one; nothing is awaited any more."""
        with self._store.transaction():
            self._put(_SERVER, pair.key, der(pair.certificate))
            self._store.execute("DELETE FROM key_pair WHERE slot = ?", _PENDING)

    @property
    def awaited(self) -> PrivateKey | None:
        """The key whose signing request is with an authority."""
        row = self._slot(_PENDING)
        return None if row is None else row[0]

    def expect_certificate(self, key: PrivateKey | None) -> None:
        """Keep a key whose signing request is with an authority; None: none is."""
        if key is None:
            self._store.execute("DELETE FROM key_pair WHERE slot = ?", _PENDING)
        else:
            self._put(_PENDING, key, None)

    def import_signed(self, data: bytes, now: datetime) -> None:
        """Install a signed certificate for the awaited key.

        Raises PkiError, with nothing changed, where it is not readable, in date,
        for that key, or not signed by an imported authority.
        """
        pending = self._slot(_PENDING)
        certificate = read_certificates(data)[0]
        if pending is None:
            raise PkiError("No certificate signing request has been generated")
        self._check(pending[0], certificate, now)
        self.install(KeyPair(pending[0], certificate))

    def import_pair(self, key_data: bytes, data: bytes, now: datetime) -> None:
        """Install a key and certificate made elsewhere; raises as `import_signed`."""
        key = read_key(key_data)
        certificate = read_certificates(data)[0]
        self._check(key, certificate, now)
        self.install(KeyPair(key, certificate))

    def _check(
        self, key: PrivateKey, certificate: x509.Certificate, now: datetime
    ) -> None:
        if not same_key(key, certificate):
            raise PkiError("The certificate does not match the private key")
        check_servable(key)
        if is_self_signed(certificate):
            check_dates(certificate, now)
            return
        trusted = [authority for _, authority in self.authorities.all()]
        verify_chain(certificate, trusted, now)

    def _slot(self, slot: str) -> tuple[PrivateKey, bytes | None] | None:
        row = self._store.row("SELECT * FROM key_pair WHERE slot = ?", slot)
        return None if row is None else (read_key(row["private_key"], own=True), row[2])

    def _put(self, slot: str, key: PrivateKey, certificate: bytes | None) -> None:
        self._store.execute(
            "INSERT OR REPLACE INTO key_pair VALUES (?, ?, ?)",
            slot,
            key_bytes(key),
            certificate,
        )


class AuthorityList:
    """Certificates of authorities, by alias: one list a trust zone, one for our own."""

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._name = name

    def all(self) -> list[tuple[str, x509.Certificate]]:
        """List (alias, certificate), by alias."""
        rows = self._store.rows(
            "SELECT * FROM trusted_ca WHERE store = ? ORDER BY alias", self._name
        )
        return [
            (row["alias"], x509.load_der_x509_certificate(row["certificate"]))
            for row in rows
        ]

    def add(self, alias: str, data: bytes) -> None:
        """Add a certificate; raises PkiError for an alias in use or no certificate."""
        certificate = read_certificates(data)[0]
        if any(alias == known for known, _ in self.all()):
            raise PkiError(f"Alias {alias} already exists")
        self._store.execute(
            "INSERT INTO trusted_ca VALUES (?, ?, ?)",
            self._name,
            alias,
            der(certificate),
        )

    def delete(self, alias: str) -> None:
        """Delete a certificate; raises PkiError where the alias is unknown."""
        if not self._store.execute(
            "DELETE FROM trusted_ca WHERE store = ? AND alias = ?", self._name, alias
        ):
            raise PkiError(f"Alias {alias} does not exist")
