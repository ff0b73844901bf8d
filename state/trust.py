"""Whom a node trusts: policy by zone, trust on first use, and authorities.

Judges certificates that have arrived; knows nothing of how they came.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography import x509

from .catalogue import CERTIFICATE_CHANGED
from .keystore import AuthorityList
from .pki import der, verify_chain
from .store import Store
from .subjects import PkiError


class Zone(StrEnum):
    """A kind of remote end: peers and ISE are `system`."""

    DEVICEMGMT = "devicemgmt"
    PUBNET = "pubnet"
    SYSTEM = "system"
    USER = "user"


class CertificateCheck(StrEnum):
    """How certificates of a zone are checked."""

    DISABLE = "disable"
    ENABLE = "enable"
    TRUST_ON_FIRST_USE = "trust-on-first-use"


DEFAULT_CHECKS = {
    Zone.DEVICEMGMT: CertificateCheck.DISABLE,
    Zone.PUBNET: CertificateCheck.ENABLE,
    Zone.SYSTEM: CertificateCheck.TRUST_ON_FIRST_USE,
    Zone.USER: CertificateCheck.DISABLE,
}
"""`system` as the TechNote's listings say; the others are ours."""


class CertificateRefused(Exception):
    """A remote certificate that the zone's policy does not accept."""

    def __init__(self, certificate: x509.Certificate, reason: str) -> None:
        super().__init__(reason)
        self.certificate = certificate


class CertificateChanged(CertificateRefused):
    """Trust on first use: not the certificate that was stored."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One certificate trusted on first use, by the address and port dialled."""

    host: str
    port: int
    certificate: x509.Certificate


class TrustStore:
    """A node's trust, in its database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def authorities(self, zone: Zone) -> AuthorityList:
        """The authorities that a zone trusts."""
        return AuthorityList(self._store, zone)

    def check(self, zone: Zone) -> CertificateCheck:
        """Say how a zone's certificates are checked."""
        row = self._store.row("SELECT * FROM trust_zone WHERE zone = ?", zone)
        if row is None:
            return DEFAULT_CHECKS[zone]
        return CertificateCheck(row["certificate_check"])

    def set_check(self, zone: Zone, check: CertificateCheck) -> None:
        """Set how a zone's certificates are checked from now on."""
        self._store.execute(
            "INSERT OR REPLACE INTO trust_zone VALUES (?, ?)", zone, check
        )

    def entries(self) -> list[Entry]:
        """List the entries, oldest first."""
        rows = self._store.rows("SELECT * FROM tofu_entry ORDER BY id")
        return [
            Entry(
                row["host"],
                row["port"],
                x509.load_der_x509_certificate(row["certificate"]),
            )
            for row in rows
        ]

    def delete(self, host: str, port: int) -> bool:
        """Forget an entry; tell whether there was one."""
        return bool(
            self._store.execute(
                "DELETE FROM tofu_entry WHERE host = ? AND port = ?", host, port
            )
        )

    def judge(
        self,
        zone: Zone,
        host: str,
        port: int,
        certificate: x509.Certificate,
        now: datetime,
    ) -> None:
        """Accept a certificate that a remote end has shown, or refuse it.

        The first one of a host and port is stored where the zone trusts on first
        use.  Raises CertificateRefused.
        """
        match self.check(zone):
            case CertificateCheck.TRUST_ON_FIRST_USE:
                self._compare(host, port, certificate, now)
            case CertificateCheck.ENABLE:
                self._verify(zone, certificate, now)
            case CertificateCheck.DISABLE:
                pass

    def _compare(
        self, host: str, port: int, certificate: x509.Certificate, now: datetime
    ) -> None:
        stored = self._store.row(
            "SELECT certificate FROM tofu_entry WHERE host = ? AND port = ?", host, port
        )
        shown = der(certificate)
        if stored is None:
            self._store.execute(
                "INSERT INTO tofu_entry (host, port, certificate, learned)"
                " VALUES (?, ?, ?, ?)",
                host,
                port,
                shown,
                now.isoformat(),
            )
        elif stored["certificate"] != shown:
            raise CertificateChanged(
                certificate,
                CERTIFICATE_CHANGED,
            )

    def _verify(self, zone: Zone, certificate: x509.Certificate, now: datetime) -> None:
        trusted = [authority for _, authority in self.authorities(zone).all()]
        try:
            if certificate not in trusted:
                verify_chain(certificate, trusted, now)
        except PkiError as error:
            raise CertificateRefused(certificate, str(error)) from None
