"""Changes that a crash may interrupt."""

from __future__ import annotations

from pathlib import Path

import pytest

from tofulab.state.configuration import Configuration, RunningConfiguration
from tofulab.state.repositories import Repositories, RepositoryError
from tofulab.state.store import Store
from tofulab.state.undertakings import Undertaking, take_interrupted, write_kept_file

REPO = "defaultRepo"


@pytest.fixture
def repositories(store: Store, tmp_path: Path) -> Repositories:
    """The repositories of a new node."""
    configuration = RunningConfiguration(store)
    configuration.save(Configuration(hostname="prime-pri"))
    return Repositories(tmp_path / "localdisk", configuration)


@pytest.fixture
def undertaking(store: Store, repositories: Repositories) -> Undertaking:
    """One change, begun."""
    undertaking = Undertaking(store, repositories)
    undertaking.begin("key generation")
    return undertaking


def test_what_was_begun_and_not_made_is_told_once(
    store: Store, repositories: Repositories, undertaking: Undertaking
) -> None:
    """A note that is found says that nothing was changed, and is then gone."""
    Undertaking(store, repositories).begin("another")
    assert ["key generation", "another"] == take_interrupted(store)
    assert [] == take_interrupted(store)


def test_what_was_made_is_not_told(store: Store, undertaking: Undertaking) -> None:
    """The note goes with the change, in one transaction."""
    with undertaking.conclude():
        store.put_setting("change", 1)
    assert ([], 1) == (take_interrupted(store), store.setting("change"))


def test_a_change_that_fails_leaves_its_note(
    store: Store, undertaking: Undertaking
) -> None:
    """Where the change is taken back, the note and no file remain."""

    def fail() -> None:
        with undertaking.conclude():
            store.put_setting("change", 1)
            undertaking.keep_file(REPO, "a.csr", b"request")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert None is store.setting("change")
    assert ["key generation"] == take_interrupted(store)


def test_ending_twice_is_harmless(store: Store, undertaking: Undertaking) -> None:
    """A note is taken away once, whoever else has one."""
    undertaking.end()
    undertaking.end()
    assert [] == take_interrupted(store)


def test_a_file_that_a_crash_left_unwritten_is_written(
    store: Store, repositories: Repositories, undertaking: Undertaking
) -> None:
    """The file of a change that was made is written at the next start, once."""
    with undertaking.conclude():
        undertaking.keep_file(REPO, "a.csr", b"\0request")
    assert [] == repositories.files(REPO)
    assert "a.csr" == write_kept_file(store, repositories)
    assert b"\0request" == repositories.read(REPO, "a.csr")
    assert None is write_kept_file(store, repositories)


def test_a_file_that_cannot_be_written_is_told_and_dropped(
    store: Store, repositories: Repositories, undertaking: Undertaking
) -> None:
    """An unwritable file is an error now, and no burden on the next start."""
    with undertaking.conclude():
        undertaking.keep_file("none", "a.csr", b"request")
    with pytest.raises(RepositoryError):
        undertaking.write_file()
    assert None is write_kept_file(store, repositories)
