"""The node's database: one SQLite file, one writer, nothing lost by a crash.

Holds the connection, transactions and migrations; what the tables mean is known
by the modules that own them.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

SCHEMA_VERSION = 1


class StoreError(Exception):
    """A database that cannot be used: damaged, or written by a newer version."""


class Store:
    """One node's database, opened and brought to the newest schema.

    The file is made with mode 0600, as it holds private keys.  Raises StoreError
    for a file that is no usable database.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch(mode=0o600, exist_ok=True)
        os.chmod(path, 0o600)
        try:
            self._connection = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False
            )
        except sqlite3.OperationalError as error:  # a path of over 500 letters
            raise StoreError(f"{path}: {error}") from None
        self._connection.row_factory = sqlite3.Row
        try:
            self._prepare()
        except (sqlite3.DatabaseError, StoreError) as error:
            self._connection.close()
            raise StoreError(f"{path}: {error}") from None

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        found: int = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if found > SCHEMA_VERSION:
            raise StoreError(f"schema {found} is newer than {SCHEMA_VERSION}")
        for version in range(found + 1, SCHEMA_VERSION + 1):
            schema = files(__package__).joinpath(f"schema_{version}.sql").read_text()
            self._connection.executescript(
                f"BEGIN; {schema}; PRAGMA user_version = {version}; COMMIT"
            )

    def close(self) -> None:
        """Close the file; the store cannot be used any more."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make the changes inside one: all or none of them, also after a crash.

        May be nested; the outermost one decides.
        """
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:  # all or nothing, whatever it was
            # A full disk, for one, makes SQLite roll back by itself.
            with suppress(sqlite3.OperationalError):
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def execute(self, statement: str, *values: object) -> int:
        """Run a statement that changes rows; return how many it changed."""
        return self._connection.execute(statement, values).rowcount

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Run a query and return all rows."""
        return self._connection.execute(query, values).fetchall()

    def row(self, query: str, *values: object) -> sqlite3.Row | None:
        """Run a query and return its first row, or None."""
        row: sqlite3.Row | None = self._connection.execute(query, values).fetchone()
        return row

    def setting(self, name: str, default: Any = None) -> Any:
        """Read a setting: what JSON holds, or the default where it was never set."""
        row = self.row("SELECT value FROM setting WHERE name = ?", name)
        return default if row is None else json.loads(row["value"])

    def put_setting(self, name: str, value: object) -> None:
        """Write a setting that JSON can hold."""
        self.execute(
            "INSERT INTO setting VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            name,
            json.dumps(value),
        )

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy of the database to a new file of mode 0600."""
        path.touch(mode=0o600)
        target = sqlite3.connect(path)
        try:
            self._connection.backup(target)
        finally:
            target.close()
