"""Files of repositories: written whole, and never outside."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tofulab.state.configuration import Configuration, RunningConfiguration
from tofulab.state.repositories import (
    Repositories,
    RepositoryError,
    UnknownRepository,
    check_url,
)
from tofulab.state.store import Store

REPO = "defaultRepo"
SECRET = b"outside of the local disk"

PARTS = st.sampled_from(["..", ".", "", "a", "/", "secret", "link", "\0", "~", "disk:"])
PATHS = st.one_of(
    st.lists(PARTS, max_size=6).map("/".join),
    st.lists(PARTS, max_size=4).map("".join),
    st.text(max_size=30),
)
QUICK = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A local disk, beside a file that is not on it, with a link that leads out."""
    (tmp_path / "secret").write_bytes(SECRET)
    root = tmp_path / "localdisk"
    (root / REPO).mkdir(parents=True)
    (root / REPO / "link").symlink_to(tmp_path / "secret")
    (root / "out").symlink_to(tmp_path)
    return root


@pytest.fixture
def configuration(tmp_path: Path) -> Iterator[RunningConfiguration]:
    """The configuration of a new node."""
    with contextlib.closing(Store(tmp_path / "node.sqlite3")) as store:
        configuration = RunningConfiguration(store)
        configuration.save(Configuration(hostname="prime-pri"))
        yield configuration


@pytest.fixture
def repositories(root: Path, configuration: RunningConfiguration) -> Repositories:
    """The repositories of that node."""
    return Repositories(root, configuration)


def outside(root: Path) -> dict[str, bytes]:
    """Read every file beside the local disk, except the database."""
    files = (path for path in root.parent.iterdir() if path.is_file())
    return {each.name: each.read_bytes() for each in files if "sqlite" not in each.name}


def test_what_is_written_is_read(repositories: Repositories, root: Path) -> None:
    """A file lies in the repository's folder, and a new one takes its place."""
    repositories.write(REPO, "a.csr", b"first")
    repositories.write(REPO, "a.csr", b"second")
    assert b"second" == repositories.read(REPO, "a.csr")
    assert ["a.csr", "link"] == repositories.files(REPO)
    assert b"second" == (root / REPO / "a.csr").read_bytes()


@QUICK
@given(file=PATHS)
def test_no_file_name_is_read_from_outside(
    repositories: Repositories, file: str
) -> None:
    """Whatever a file is called, nothing outside of the repository is read."""
    with contextlib.suppress(RepositoryError):
        assert SECRET != repositories.read(REPO, file)


@QUICK
@given(file=PATHS)
def test_no_file_name_is_written_outside(
    repositories: Repositories, root: Path, file: str
) -> None:
    """Whatever a file is called, writing it changes nothing outside."""
    with contextlib.suppress(RepositoryError):
        repositories.write(REPO, file, b"new")
        assert b"new" == repositories.read(REPO, file)
    assert {"secret": SECRET} == outside(root)
    assert {"localdisk", "secret"} == {
        each.name for each in root.parent.iterdir() if "sqlite" not in each.name
    }


@QUICK
@given(path=PATHS)
def test_no_url_leads_outside(
    repositories: Repositories,
    configuration: RunningConfiguration,
    root: Path,
    path: str,
) -> None:
    """Whatever a repository's URL is, its folder is on the local disk."""
    configuration.change(repositories={"any": f"disk:{path}"})
    with contextlib.suppress(RepositoryError):
        folder = repositories.folder("any")
        assert folder.resolve().is_relative_to(root.resolve())


@QUICK
@given(path=PATHS)
def test_no_listing_shows_what_is_outside(
    repositories: Repositories, root: Path, path: str
) -> None:
    """Whatever folder is listed, it is one of the local disk."""
    with contextlib.suppress(RepositoryError):
        assert root.parent.name not in {e.name for e in repositories.listing(path)}


@pytest.mark.parametrize(
    "url",
    [
        "ftp://192.0.2.1/a",
        "/etc",
        "file:///etc",
        "disk:/../a",
        "disk:a/../../b",
        "",
        "\0",
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    """Only paths of the local disk can be repositories."""
    with pytest.raises(RepositoryError, match="Unsupported repository URL"):
        check_url(url)


@pytest.mark.parametrize(
    ("url", "folder"), [("disk:/a", "a"), ("disk:a/b/", "a/b"), ("disk:", "")]
)
def test_disk_urls_name_folders(url: str, folder: str) -> None:
    """A path of the local disk may have a slash at either end."""
    assert folder == check_url(url)


def test_a_link_is_not_read(repositories: Repositories) -> None:
    """A symbolic link in a repository is no file of it."""
    with pytest.raises(RepositoryError, match="File link not found in repository"):
        repositories.read(REPO, "link")


def test_a_link_is_replaced(repositories: Repositories, root: Path) -> None:
    """Writing to the name of a link puts a plain file there."""
    repositories.write(REPO, "link", b"new")
    assert not (root / REPO / "link").is_symlink()
    assert {"secret": SECRET} == outside(root)


@pytest.mark.parametrize("url", ["disk:/out", "disk:/out/deeper"])
def test_a_folder_behind_a_link_is_refused(
    repositories: Repositories,
    configuration: RunningConfiguration,
    root: Path,
    url: str,
) -> None:
    """A link out of the local disk is no repository, and nothing is made behind it."""
    configuration.change(repositories={"out": url})
    with pytest.raises(RepositoryError, match="not on the local disk"):
        repositories.folder("out")
    assert not (root.parent / "deeper").exists()
    with pytest.raises(RepositoryError, match="Directory disk:/out not found"):
        repositories.listing("out")


def test_what_is_no_plain_file_is_not_read(
    repositories: Repositories, root: Path
) -> None:
    """A folder is not found as a file."""
    (root / REPO / "folder").mkdir()
    with pytest.raises(RepositoryError, match="File folder not found"):
        repositories.read(REPO, "folder")


def test_a_pipe_does_not_hang(repositories: Repositories, root: Path) -> None:
    """A pipe that nobody writes to is read as empty at once."""
    os.mkfifo(root / REPO / "pipe")
    assert b"" == repositories.read(REPO, "pipe")


@pytest.mark.parametrize("file", ["folder", "", "..", "x" * 300, "a/b"])
def test_a_write_that_fails_leaves_nothing_behind(
    repositories: Repositories, root: Path, file: str
) -> None:
    """A name that no file can have is refused, with no rest of the data left."""
    (root / REPO / "folder").mkdir()
    with pytest.raises(RepositoryError, match="cannot be written to repository"):
        repositories.write(REPO, file, b"data")
    assert ["folder", "link"] == repositories.files(REPO)


def test_a_missing_file_or_repository_is_told(
    repositories: Repositories, configuration: RunningConfiguration, root: Path
) -> None:
    """Errors say what is missing."""
    urls = {REPO: "disk:/a", "empty": None, "file": "disk:/f"}
    configuration.change(repositories=urls)
    (root / "f").write_bytes(b"")
    with pytest.raises(RepositoryError, match="File nil not found in repository def"):
        repositories.read(REPO, "nil")
    with pytest.raises(UnknownRepository, match="Repository none not found"):
        repositories.read("none", "nil")
    with pytest.raises(RepositoryError, match="Repository empty has no URL"):
        repositories.folder("empty")
    with pytest.raises(RepositoryError, match="Repository file cannot be used"):
        repositories.folder("file")
    assert [REPO, "empty", "file"] == repositories.names()


def test_a_listing_tells_size_time_and_kind(repositories: Repositories) -> None:
    """The local disk is listed by name, folders marked."""
    repositories.write(REPO, "b", b"12345")
    assert [("defaultRepo", True), ("out", True)] == [
        (entry.name, entry.is_folder) for entry in repositories.listing()
    ]
    entry = repositories.listing(f"/{REPO}/")[0]
    assert ("b", 5, False) == (entry.name, entry.size, entry.is_folder)
    with pytest.raises(RepositoryError, match="Directory disk:/nil not found"):
        repositories.listing("nil")
