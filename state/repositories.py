"""Repositories: named places for files, on the node's own disk.

No file name leads out of its repository.  Knows nothing of what the files hold.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from .configuration import RunningConfiguration

_DISK = "disk:"


class RepositoryError(Exception):
    """A repository or file that is not there or cannot be used; the text says which."""


class UnknownRepository(RepositoryError):
    """A repository that is not configured."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file or folder of a listing; `size` in bytes."""

    name: str
    size: int
    modified: datetime
    is_folder: bool


def check_url(url: str) -> str:
    """Return the folder on the local disk that a `disk:` URL names.

    Raises RepositoryError for another kind of URL or a path that leads elsewhere.
    """
    path = PurePosixPath("/" + url.removeprefix(_DISK).strip("/"))
    if not url.startswith(_DISK) or ".." in path.parts or "\0" in url:
        raise RepositoryError(f"Unsupported repository URL {url}")
    return str(path).lstrip("/")


class Repositories:
    """The node's repositories: the configured names over folders of its local disk."""

    def __init__(self, local_disk: Path, configuration: RunningConfiguration) -> None:
        self._root = local_disk
        self._configuration = configuration

    def names(self) -> list[str]:
        """List the names of the configured repositories."""
        return list(self._configuration.values.repositories)

    def folder(self, name: str) -> Path:
        """Find a repository's folder, making it if need be; raises RepositoryError."""
        try:
            url = self._configuration.values.repositories[name]
        except KeyError:
            raise UnknownRepository(f"Repository {name} not found") from None
        if url is None:
            raise RepositoryError(f"Repository {name} has no URL")
        folder = self._root / check_url(url)
        try:
            if not folder.resolve().is_relative_to(self._root.resolve()):
                raise RepositoryError(f"Repository {name} is not on the local disk")
            folder.mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError):
            raise RepositoryError(f"Repository {name} cannot be used") from None
        return folder

    def files(self, name: str) -> list[str]:
        """List a repository's files by name; raises RepositoryError."""
        return sorted(each.name for each in self.folder(name).iterdir())

    def read(self, name: str, file: str) -> bytes:
        """Read a file; raises RepositoryError where there is no such plain file."""
        folder = self.folder(name)
        try:
            return _read_plain(folder / _check_file(file))
        except (OSError, ValueError):
            raise RepositoryError(
                f"File {file} not found in repository {name}"
            ) from None

    def write(self, name: str, file: str, data: bytes) -> None:
        """Write a file whole or not at all, in place of one of that name.

        Raises RepositoryError for a name that no file can have there.
        """
        folder = self.folder(name)
        try:
            _write_whole(folder / _check_file(file), data, self._root.parent)
        except (OSError, ValueError):
            raise RepositoryError(
                f"File {file} cannot be written to repository {name}"
            ) from None

    def check_writable(self, name: str, file: str) -> None:
        """Raise RepositoryError for a name under which no file can be written."""
        path = self.folder(name) / file
        if path.exists() and not path.is_file():
            raise RepositoryError(f"{file} is no file of repository {name}")

    def listing(self, path: str = "") -> list[FileEntry]:
        """List a folder of the local disk by name; raises RepositoryError."""
        folder = self._root / check_url(f"{_DISK}{path}")
        try:
            if folder.resolve().is_relative_to(self._root.resolve()):
                return [_entry(each) for each in sorted(folder.iterdir())]
        except (OSError, ValueError):
            pass  # not there, no folder, or no name that a folder can have
        raise RepositoryError(f"Directory disk:/{path.strip('/')} not found")


def _check_file(file: str) -> str:
    """Return a name that stays in its folder; raise ValueError for any other."""
    if file in ("", ".", "..") or "/" in file:
        raise ValueError(file)
    return file


def _read_plain(path: Path) -> bytes:
    with open(path, "rb", opener=_open_plain) as stream:
        return stream.read()


def _open_plain(path: str, flags: int) -> int:
    # Not waiting: to open a pipe would last until somebody writes to it.
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _write_whole(path: Path, data: bytes, aside: Path) -> None:
    """Write a file in one step; what a crash leaves is `aside`, where nobody looks."""
    descriptor, unfinished = tempfile.mkstemp(dir=aside)
    try:
        with open(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(unfinished, path)
    except BaseException:  # whatever it was: no half file stays
        os.unlink(unfinished)
        raise


def _entry(path: Path) -> FileEntry:
    status = path.lstat()
    modified = datetime.fromtimestamp(status.st_mtime, UTC)
    return FileEntry(path.name, status.st_size, modified, path.is_dir())
