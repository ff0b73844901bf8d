"""What a secondary holds a copy of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tofulab.state.pki import make_authority, pem
from tofulab.state.replication import (
    Snapshot,
    SnapshotError,
    apply_snapshot,
    digest,
    take_snapshot,
)
from tofulab.state.store import Store
from tofulab.state.trust import CertificateCheck, TrustStore, Zone

_, CA = make_authority("Lab CA", datetime.now(UTC))
EMPTY: Snapshot = {"ise_server": [], "trust_zone": [], "trusted_ca": []}


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    """The database of the other server."""
    store = Store(tmp_path / "other.sqlite3")
    yield store
    store.close()


def fill(store: Store) -> None:
    """Put something of everything into a database."""
    trust = TrustStore(store)
    trust.set_check(Zone.USER, CertificateCheck.ENABLE)
    trust.authorities(Zone.SYSTEM).add("lab", pem(CA))
    store.execute(
        "INSERT INTO ise_server VALUES"
        " (7, '192.0.2.21', 443, 'admin', 'p', 10.0, 'Primary', '3.1', 'Reachable')"
    )


def test_a_snapshot_carries_everything_over(store: Store, other: Store) -> None:
    """ISE servers, zones and their authorities arrive, over JSON, as they were."""
    fill(store)
    snapshot = json.loads(json.dumps(take_snapshot(store)))
    apply_snapshot(other, snapshot)
    assert take_snapshot(store) == take_snapshot(other)
    assert [("lab", CA)] == TrustStore(other).authorities(Zone.SYSTEM).all()


def test_what_was_there_is_replaced(store: Store, other: Store) -> None:
    """What the primary has not, the secondary has no longer."""
    fill(other)
    apply_snapshot(other, take_snapshot(store))
    assert EMPTY == take_snapshot(other)


def test_a_servers_own_things_stay_its_own(store: Store, other: Store) -> None:
    """TOFU entries and who signed a server's own certificate are not replicated."""
    now = datetime.now(UTC)
    TrustStore(other).judge(Zone.SYSTEM, "192.0.2.11", 8082, CA, now)
    other.execute("INSERT INTO trusted_ca VALUES ('server', 'own', x'00')")
    fill(store)
    apply_snapshot(other, take_snapshot(store))
    assert 1 == len(TrustStore(other).entries())
    assert other.row("SELECT * FROM trusted_ca WHERE store = 'server'") is not None


def test_a_digest_names_the_content(store: Store, other: Store) -> None:
    """The same data has the same digest, other data another."""
    assert digest(take_snapshot(store)) == digest(take_snapshot(other))
    fill(store)
    assert digest(take_snapshot(store)) != digest(take_snapshot(other))


@pytest.mark.parametrize(
    "snapshot",
    [
        None,
        [],
        "text",
        {},
        EMPTY | {"ise_server": [[1, 2]]},
        EMPTY | {"ise_server": 7},
        EMPTY | {"trust_zone": [["user", None]]},
        EMPTY | {"trust_zone": [["user", "enable"], ["user", "enable"]]},
        EMPTY | {"trusted_ca": [["user", "a", {"base64": "?"}]]},
        EMPTY | {"trusted_ca": [["user", "a", {}]]},
        EMPTY | {"trusted_ca": [["user", "a", [1]]]},
    ],
)
def test_what_is_no_snapshot_changes_nothing(store: Store, snapshot: object) -> None:
    """Data of any other shape is refused as a whole."""
    fill(store)
    before = take_snapshot(store)
    with pytest.raises(SnapshotError, match="not a snapshot"):
        apply_snapshot(store, snapshot)
    assert before == take_snapshot(store)
