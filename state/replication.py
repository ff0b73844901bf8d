"""What a primary's secondary holds a copy of, and how it is taken over.

Knows nothing of how it is carried.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
from typing import Any

from cryptography import x509

from .store import Store
from .trust import CertificateCheck, Zone

_TABLES = {
    "ise_server": "SELECT address, port, username, password, timeout, role, version,"
    " status FROM ise_server ORDER BY id",
    "trust_zone": "SELECT zone, certificate_check FROM trust_zone ORDER BY zone",
    "trusted_ca": "SELECT store, alias, certificate FROM trusted_ca"
    f" WHERE store IN ({', '.join(repr(str(zone)) for zone in Zone)})"
    " ORDER BY store, alias",
}
"""ISE servers and the trust of the zones.  A server's own keys, users, TOFU entries
and configuration are its own."""

Snapshot = dict[str, list[list[Any]]]


class SnapshotError(ValueError):
    """Data that is no snapshot."""


def take_snapshot(store: Store) -> Snapshot:
    """Read the replicated data in a form that JSON can carry."""
    return {
        table: [[_encode(value) for value in row] for row in store.rows(query)]
        for table, query in _TABLES.items()
    }


def digest(snapshot: Snapshot) -> str:
    """Name a snapshot's content, to see whether it has changed."""
    return hashlib.sha256(json.dumps(snapshot).encode()).hexdigest()


def apply_snapshot(store: Store, snapshot: object) -> None:
    """Put a snapshot in place of what the store holds; all of it or nothing.

    Raises SnapshotError for data that is no snapshot.
    """
    try:
        with store.transaction():
            _replace(store, snapshot)
    except (
        TypeError,
        ValueError,
        KeyError,
        AttributeError,
        OverflowError,
        sqlite3.Error,
    ) as error:
        raise SnapshotError(f"not a snapshot: {error}") from None


def _replace(store: Store, snapshot: Any) -> None:
    zones = ", ".join(repr(str(zone)) for zone in Zone)
    store.execute("DELETE FROM ise_server")
    store.execute("DELETE FROM trust_zone")
    store.execute(f"DELETE FROM trusted_ca WHERE store IN ({zones})")
    for table, query in _TABLES.items():
        columns = [
            each.strip()
            for each in query[len("SELECT ") : query.index(" FROM")].split(",")
        ]
        for row in snapshot[table]:
            values = dict(zip(columns, map(_decode, row), strict=True))
            _check(table, values)
            marks = ", ".join("?" * len(columns))
            store.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})",
                *values.values(),
            )


def _check(table: str, row: dict[str, Any]) -> None:
    """Refuse what this server could not read again; raises ValueError."""
    match table:
        case "trust_zone":
            Zone(row["zone"])
            CertificateCheck(row["certificate_check"])
        case "trusted_ca":
            Zone(row["store"])
            x509.load_der_x509_certificate(row["certificate"])


def _encode(value: object) -> object:
    return (
        {"base64": base64.b64encode(value).decode()}
        if isinstance(value, bytes)
        else value
    )


def _decode(value: object) -> object:
    if isinstance(value, dict):
        return base64.b64decode(value["base64"], validate=True)
    return value
