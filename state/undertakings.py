"""Changes that a crash may interrupt: none is ever half done, and the log tells.

A note is kept while a change is prepared, and taken away in the transaction that
makes it: a note found at the next start means that nothing was changed.  A file
that belongs to a change is kept in that transaction too, until it is written.
Knows nothing of what the changes are.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from .repositories import Repositories
from .store import Store

_NOTES = "undertakings"
_FILE = "unwritten file"


class Undertaking:
    """One change in preparation."""

    def __init__(self, store: Store, repositories: Repositories) -> None:
        self._store = store
        self._repositories = repositories
        self._id = uuid.uuid4().hex

    def begin(self, what: str) -> None:
        """Note the change."""
        self._put_notes({**self._notes(), self._id: what})

    def end(self) -> None:
        """Take the note away."""
        notes = self._notes()
        if notes.pop(self._id, None) is not None:
            self._put_notes(notes)

    @contextmanager
    def conclude(self) -> Iterator[None]:
        """Make the change: what is stored inside, and the note's removal, are one."""
        with self._store.transaction():
            yield
            self.end()

    def keep_file(self, repository: str, file: str, data: bytes) -> None:
        """Keep a file that is part of the change; to be called inside `conclude`."""
        kept = [repository, file, base64.b64encode(data).decode()]
        self._store.put_setting(_FILE, kept)

    def write_file(self) -> None:
        """Write the file that was kept; raises RepositoryError, and drops it then."""
        write_kept_file(self._store, self._repositories)

    def _notes(self) -> dict[str, str]:
        return dict(self._store.setting(_NOTES, {}))

    def _put_notes(self, notes: dict[str, str]) -> None:
        self._store.put_setting(_NOTES, notes)


def write_kept_file(store: Store, repositories: Repositories) -> str | None:
    """Write the file that a change has kept, if there is one; return its name."""
    kept = store.setting(_FILE)
    if kept is None:
        return None
    repository, file, data = kept
    try:
        repositories.write(repository, file, base64.b64decode(data))
    finally:
        store.put_setting(_FILE, None)
    return str(file)


def take_interrupted(store: Store) -> list[str]:
    """Return what a crash has interrupted, and forget it."""
    notes: dict[str, str] = store.setting(_NOTES, {})
    if notes:
        store.put_setting(_NOTES, {})
    return list(notes.values())
