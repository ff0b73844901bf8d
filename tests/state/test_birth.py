"""A node's first boot, and the ways back to it."""

from __future__ import annotations

import asyncio
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.nodes import AUTHKEY, PASSWORD, new_host_keys, seed_of
from tofulab.state.birth import (
    AUTHKEY as AUTHKEY_SETTING,
)
from tofulab.state.birth import (
    DATABASE,
    DISK,
    FIRST_BOOT,
    host_keys,
    open_store,
    reset,
    wipe,
)
from tofulab.state.configuration import RunningConfiguration
from tofulab.state.keystore import KeyStore
from tofulab.state.pki import pem
from tofulab.state.seed import Kind, NodeSeed, Role
from tofulab.state.store import Store
from tofulab.state.subjects import slash_name
from tofulab.state.users import Users

SEED = seed_of("prime-pri", hosts=(("192.0.2.12", "sec"), ("192.0.2.12", "prime-sec")))
NOW = datetime.now(UTC)

KILLED = """
import asyncio, os, sys
from datetime import UTC, datetime
from pathlib import Path
from tofulab.state.birth import open_store
from tofulab.state.seed import *
seed = NodeSeed(name="prime-pri", kind=Kind.PRIME, role=Role.PRIMARY,
                address="192.0.2.11", version="3.5", users=(),
                key_type=KeyType.EC_P256)
die = lambda: os._exit(9)
asyncio.run(open_store(seed, Path(sys.argv[1]), die, datetime.now(UTC)))
"""


def boot(
    folder: Path,
    seed: NodeSeed = SEED,
    make_host_keys: Callable[[], Sequence[str]] = new_host_keys,
) -> Store:
    """Open a node's store as a power-on does."""
    return asyncio.run(open_store(seed, folder, make_host_keys, NOW))


def identity(store: Store) -> tuple[bytes, list[str]]:
    """Read what makes a machine this one: its certificate and host keys."""
    return pem(KeyStore(store).installed.certificate), host_keys(store)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the node will live."""
    return tmp_path / "nodes" / "prime-pri"


def test_a_node_is_born_complete(folder: Path) -> None:
    """Certificate, host keys, users, configuration and HA key come from its seed."""
    with closing(boot(folder)) as store:
        assert slash_name(KeyStore(store).installed.certificate.subject).endswith(
            "/OU=Prime Infra/CN=prime-pri"
        )
        assert 1 == len(host_keys(store))
        assert asyncio.run(Users(store).check_password("admin", PASSWORD))
        values = RunningConfiguration(store).values
        assert "prime-pri" == values.hostname
        assert {"192.0.2.12": ("sec", "prime-sec")} == values.hosts


def test_secrets_are_hashed(folder: Path) -> None:
    """Neither password nor HA key is readable in any file."""
    with closing(boot(folder)) as store:
        assert AUTHKEY not in store.setting(AUTHKEY_SETTING)
    for path in folder.iterdir():
        data = path.read_bytes()
        assert PASSWORD.encode() not in data
        assert AUTHKEY.encode() not in data


def test_files_are_the_owners_alone(folder: Path) -> None:
    """Folder 0700, files 0600: they hold private keys."""
    with closing(boot(folder)):
        assert 0o700 == stat.S_IMODE(folder.stat().st_mode)
        modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
        assert {0o600} == modes


def test_the_second_boot_is_of_the_same_machine(folder: Path) -> None:
    """Nothing is made twice."""

    def never() -> Sequence[str]:
        raise AssertionError("made new host keys")

    with closing(boot(folder)) as store:
        first = identity(store)
    with closing(boot(folder, SEED, never)) as store:
        assert first == identity(store)


def test_a_birth_that_fails_leaves_nothing(folder: Path) -> None:
    """Where host keys cannot be made, no part of the node is kept."""

    def fail() -> Sequence[str]:
        raise OSError("no entropy")

    with pytest.raises(OSError, match="no entropy"):
        boot(folder, SEED, fail)
    with closing(Store(folder / DATABASE)) as store:
        for table in ("key_pair", "host_key", "user", "setting"):
            assert [] == store.rows(f"SELECT * FROM {table}")
    boot(folder).close()


def test_a_birth_that_is_killed_begins_anew(folder: Path) -> None:
    """A process that dies in the first boot leaves a node that can be born."""
    died = subprocess.run([sys.executable, "-c", KILLED, str(folder)], timeout=20)
    assert 9 == died.returncode
    with closing(boot(folder)) as store:
        assert 1 == len(host_keys(store))


def test_a_copy_that_was_killed_is_made_again(folder: Path) -> None:
    """Killed after birth and before its copy, a node keeps its keys and gets one."""
    with closing(boot(folder)) as store:
        first = identity(store)
    (folder / FIRST_BOOT).rename(folder / f"{FIRST_BOOT}.new")
    (folder / f"{FIRST_BOOT}.new").write_bytes(b"half a copy")
    with closing(boot(folder)) as store:
        store.put_setting("later", 1)
    reset(folder)
    with closing(boot(folder)) as store:
        assert (first, None) == (identity(store), store.setting("later"))


def test_reset_brings_the_first_boot_back(folder: Path) -> None:
    """Keys stay, all that came later goes, disk and write-ahead log too."""
    with closing(boot(folder)) as store:
        first = identity(store)
        store.put_setting("later", 1)
        (folder / DISK).mkdir()
        (folder / DISK / "file").write_bytes(b"")
        # A node that was killed leaves its log beside the database.
        wal = (folder / f"{DATABASE}-wal").read_bytes()
    (folder / f"{DATABASE}-wal").write_bytes(wal)
    for _ in range(2):
        reset(folder)
        with closing(boot(folder)) as store:
            assert (first, None) == (identity(store), store.setting("later"))
            store.put_setting("later", 2)
    assert not (folder / DISK).exists()
    assert 0o600 == stat.S_IMODE((folder / DATABASE).stat().st_mode)


def test_a_reset_that_was_killed_is_gone_through_with(folder: Path) -> None:
    """Its copy is whole, and the database half gone: the next boot finishes it."""
    with closing(boot(folder)) as store:
        first = identity(store)
    shutil.copy(folder / FIRST_BOOT, folder / "reset.sqlite3")
    (folder / DATABASE).write_bytes(b"")
    with closing(boot(folder)) as store:
        assert first == identity(store)
    assert not (folder / "reset.sqlite3").exists()


def test_a_wipe_that_was_killed_leaves_a_new_machine(folder: Path) -> None:
    """Without its database the old node is not even what a reset goes back to."""
    with closing(boot(folder)) as store:
        first = identity(store)
    (folder / DATABASE).unlink()
    with closing(boot(folder)) as store:
        second = identity(store)
    assert first != second
    reset(folder)
    with closing(boot(folder)) as store:
        assert second == identity(store)


def test_reset_of_a_node_never_booted_is_a_new_node(folder: Path) -> None:
    """Without a first boot there is nothing to go back to."""
    reset(folder)
    folder.mkdir(parents=True)
    (folder / DATABASE).write_bytes(b"")
    reset(folder)
    assert [] == list(folder.iterdir())


def test_wipe_makes_a_new_machine(folder: Path) -> None:
    """After a wipe nothing is as before, also not after a reset."""
    with closing(boot(folder)) as store:
        first = identity(store)
    wipe(folder)
    assert [] == list(folder.iterdir())
    with closing(boot(folder)) as store:
        second = identity(store)
    assert first[0] != second[0]
    assert first[1] != second[1]
    reset(folder)
    with closing(boot(folder)) as store:
        assert second == identity(store)


def test_an_ise_node_has_no_ha_key(folder: Path) -> None:
    """What was not given is not made up."""
    seed = seed_of("ISE-server")
    assert (Kind.ISE, Role.STANDALONE) == (seed.kind, seed.role)
    with closing(boot(folder, seed)) as store:
        assert None is store.setting(AUTHKEY_SETTING)
