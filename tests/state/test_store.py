"""The database: opened, migrated, and whole after everything that can go wrong."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tofulab.state.store import SCHEMA_VERSION, Store, StoreError

CRASH = """
import os, sys
from pathlib import Path
from tofulab.state.store import Store
store = Store(Path(sys.argv[1]))
store.put_setting("before", 1)
with store.transaction():
    store.put_setting("inside", 1)
    os._exit(9)
"""


def tables(path: Path) -> set[str]:
    """List the tables of a database file."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        return {name for (name,) in rows if not name.startswith("sqlite_")}


def version(path: Path) -> int:
    """Read the schema's version."""
    with closing(sqlite3.connect(path)) as connection:
        found: int = connection.execute("PRAGMA user_version").fetchone()[0]
        return found


def test_a_new_file_gets_the_newest_schema(store: Store) -> None:
    """A new database has all tables, and says of which version they are."""
    assert SCHEMA_VERSION == version(store.path)
    assert {"setting", "user", "key_pair", "tofu_entry", "ise_server"} <= tables(
        store.path
    )


def test_nothing_reported_is_lost(store: Store) -> None:
    """The database writes ahead and waits for the disk at each commit."""
    assert "wal" == store.rows("PRAGMA journal_mode")[0][0]
    assert 2 == store.rows("PRAGMA synchronous")[0][0]


def test_the_file_is_the_owners_alone(tmp_path: Path) -> None:
    """A database holds private keys: nobody else may read it or its companions."""
    path = tmp_path / "node.sqlite3"
    path.touch(mode=0o644)
    path.chmod(0o644)
    with closing(Store(path)) as store:
        store.put_setting("a", 1)
        modes = {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
    assert {0o600} == modes


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    """A database of a newer version is refused and left as it is."""
    path = tmp_path / "node.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(StoreError, match=r"schema \d+ is newer than"):
        Store(path)
    assert set() == tables(path)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    """A file that is no database is refused, and named."""
    path = tmp_path / "node.sqlite3"
    path.write_bytes(b"not a database, certainly not one of ours" * 100)
    with pytest.raises(StoreError, match=r"node\.sqlite3"):
        Store(path)


def test_a_failed_migration_changes_nothing(tmp_path: Path) -> None:
    """Where the last table of a migration cannot be made, none is."""
    path = tmp_path / "node.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE ise_server (id)")
    with pytest.raises(StoreError, match="already exists"):
        Store(path)
    assert ({"ise_server"}, 0) == (tables(path), version(path))


def test_reopening_keeps_everything(store: Store) -> None:
    """What was written is there after the file is opened again."""
    store.put_setting("name", {"list": [1, "two", None]})
    store.close()
    with closing(Store(store.path)) as again:
        assert {"list": [1, "two", None]} == again.setting("name")


def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    """An exception takes back all that was changed inside."""

    def fail() -> None:
        with store.transaction():
            store.put_setting("a", 1)
            store.put_setting("b", 2)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert (None, None) == (store.setting("a"), store.setting("b"))


def test_nobody_sees_half_a_transaction(store: Store) -> None:
    """Another reader sees the changes when the transaction has ended, not before."""
    with closing(Store(store.path)) as other:
        with store.transaction():
            store.put_setting("a", 1)
            assert None is other.setting("a")
        assert 1 == other.setting("a")


def test_the_outermost_transaction_decides(store: Store) -> None:
    """What a nested transaction has changed goes when the outer one fails."""

    def fail() -> None:
        with store.transaction():
            with store.transaction():
                store.put_setting("a", 1)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert None is store.setting("a")
    with store.transaction(), store.transaction():
        store.put_setting("a", 2)
    assert 2 == store.setting("a")


def test_a_crash_takes_back_what_was_not_committed(tmp_path: Path) -> None:
    """A process that dies inside a transaction leaves what was before it."""
    path = tmp_path / "node.sqlite3"
    died = subprocess.run([sys.executable, "-c", CRASH, str(path)], timeout=20)
    assert 9 == died.returncode
    with closing(Store(path)) as store:
        assert (1, None) == (store.setting("before"), store.setting("inside"))


def test_settings_can_be_replaced_and_have_defaults(store: Store) -> None:
    """A setting is what was put last; one that was never put is the default."""
    store.put_setting("a", 1)
    store.put_setting("a", [2])
    assert [2] == store.setting("a", 0)
    assert 7 == store.setting("b", 7)


def test_changes_are_counted(store: Store) -> None:
    """Running a statement tells how many rows it changed."""
    store.put_setting("a", 1)
    assert 1 == store.execute("DELETE FROM setting")
    assert 0 == store.execute("DELETE FROM setting")


def test_a_copy_is_whole_and_the_owners_alone(store: Store, tmp_path: Path) -> None:
    """A copy holds all that was committed, even what only the log has so far."""
    store.put_setting("a", 1)
    store.copy_to(tmp_path / "copy")
    assert 0o600 == stat.S_IMODE((tmp_path / "copy").stat().st_mode)
    with closing(Store(tmp_path / "copy")) as copy:
        assert 1 == copy.setting("a")
