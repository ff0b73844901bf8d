"""A node's first boot: keys, certificate, users and configuration, all or nothing.

Also the way back to it.  Knows nothing of what a running node does.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from .configuration import Configuration, RunningConfiguration
from .keystore import KeyPair, KeyStore
from .pki import new_key, self_signed
from .seed import NodeSeed
from .store import Store
from .subjects import Subject
from .users import Users, hash_aside

DATABASE = "node.sqlite3"
FIRST_BOOT = "first-boot.sqlite3"
_RESET = "reset.sqlite3"
DISK = "disk"
LOCAL_DISK = "disk/localdisk"

_BORN = "born"
AUTHKEY = "authkey"


async def open_store(
    seed: NodeSeed,
    folder: Path,
    make_host_keys: Callable[[], Sequence[str]],
    now: datetime,
) -> Store:
    """Open a node's database, giving birth to the node where it has none.

    `make_host_keys` returns private host keys in OpenSSH's format; it is called
    in a thread.  Raises StoreError for a database that cannot be used.
    """
    store = _store_in(folder)
    try:
        if store.setting(_BORN) is None:
            _clear(folder)
            await _give_birth(store, seed, make_host_keys, now)
        if not (folder / FIRST_BOOT).exists():
            _keep_first_boot(store, folder)
    except BaseException:  # a cancelled birth too leaves nothing open
        store.close()
        raise
    return store


def _store_in(folder: Path) -> Store:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _finish_reset(folder)
    return Store(folder / DATABASE)


def _clear(folder: Path) -> None:
    """Take away what an earlier node, half wiped, has left."""
    (folder / FIRST_BOOT).unlink(missing_ok=True)
    shutil.rmtree(folder / DISK, ignore_errors=True)


async def _give_birth(
    store: Store,
    seed: NodeSeed,
    make_host_keys: Callable[[], Sequence[str]],
    now: datetime,
) -> None:
    pair, host_keys, passwords, authkey = await asyncio.gather(
        asyncio.to_thread(first_pair, seed, seed.name, now),
        asyncio.to_thread(make_host_keys),
        asyncio.gather(*(_hashed(user.password) for user in seed.users)),
        _hashed(seed.ha_authkey),
    )
    with store.transaction():
        KeyStore(store).install(pair)
        for key in host_keys:
            store.execute("INSERT INTO host_key (private_key) VALUES (?)", key)
        users = Users(store)
        for user, password in zip(seed.users, passwords, strict=True):
            users.add(user, password)
        RunningConfiguration(store).save(_configuration(seed))
        store.put_setting(AUTHKEY, authkey)
        store.put_setting(_BORN, now.isoformat())


async def _hashed(secret: str | None) -> str | None:
    return None if secret is None else await hash_aside(secret, shared=True)


def _configuration(seed: NodeSeed) -> Configuration:
    hosts: dict[str, tuple[str, ...]] = {}
    for address, name in seed.hosts:
        hosts[address] = (*hosts.get(address, ()), name)
    return Configuration(
        hostname=seed.name, name_servers=seed.name_servers, hosts=hosts
    )


def first_pair(seed: NodeSeed, hostname: str, now: datetime) -> KeyPair:
    """Make a new key and self-signed certificate; slow: call it in a thread."""
    key = new_key(seed.key_type)
    subject = Subject(hostname, seed.subject)
    return KeyPair(key, self_signed(key, subject, [hostname, seed.address], now))


def _keep_first_boot(store: Store, folder: Path) -> None:
    unfinished = folder / f"{FIRST_BOOT}.new"
    unfinished.unlink(missing_ok=True)
    store.copy_to(unfinished)
    os.replace(unfinished, folder / FIRST_BOOT)


def host_keys(store: Store) -> list[str]:
    """Read the node's private host keys."""
    return [row["private_key"] for row in store.rows("SELECT * FROM host_key")]


def reset(folder: Path) -> None:
    """Bring a node that is not running back to its first boot, keys and all.

    A node that was never booted stays so.
    """
    first = folder / FIRST_BOOT
    if not first.exists():
        wipe(folder)
        return
    unfinished = folder / f"{_RESET}.new"
    shutil.copy(first, unfinished)
    os.replace(unfinished, folder / _RESET)
    _finish_reset(folder)


def _finish_reset(folder: Path) -> None:
    """Go through with a reset whose copy is whole; also after a crash in its midst."""
    copy = folder / _RESET
    if not copy.exists():
        return
    shutil.rmtree(folder / DISK, ignore_errors=True)
    for suffix in ("-wal", "-shm"):
        (folder / f"{DATABASE}{suffix}").unlink(missing_ok=True)
    os.replace(copy, folder / DATABASE)


def wipe(folder: Path) -> None:
    """Forget a node that is not running: its next boot is of a new machine."""
    # Without its database a node is not born, whatever else a crash may leave.
    (folder / DATABASE).unlink(missing_ok=True)
    for path in folder.glob("*.sqlite3*"):
        path.unlink()
    _clear(folder)
