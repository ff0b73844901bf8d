"""The node's accounts: users with scrypt-hashed passwords and public keys.

Knows nothing of how a user logs in.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import hashlib
import hmac
import json
import secrets
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from .seed import UserRole, UserSeed
from .store import Store

_COST = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


def hash_secret(secret: str) -> str:
    """Hash a password or key with scrypt and a new salt; takes about 40 ms."""
    salt = secrets.token_bytes(16)
    return f"{_encode(salt)}${_encode(_scrypt(secret, salt))}"


def secret_matches(secret: str, hashed: str) -> bool:
    """Compare a secret with a hash; takes about 40 ms."""
    salt, _, digest = hashed.partition("$")
    found = _scrypt(secret, base64.b64decode(salt))
    return hmac.compare_digest(found, base64.b64decode(digest))


def _scrypt(secret: str, salt: bytes) -> bytes:
    return hashlib.scrypt(secret.encode(errors="replace"), salt=salt, **_COST)


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


@functools.cache
def _worker() -> ThreadPoolExecutor:
    """One thread for all hashing: each that ever hashed keeps 16 MiB for itself."""
    return ThreadPoolExecutor(1, "tofulab-scrypt")


_hash_once = functools.cache(hash_secret)


async def hash_aside(secret: str, *, shared: bool = False) -> str:
    """Hash a secret without holding up the event loop.

    A `shared` hash is the same each time: one for all nodes of a lab that are
    born with that secret.
    """
    hasher = _hash_once if shared else hash_secret
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_worker(), hasher, secret)


@functools.cache
def _nobody() -> str:
    return hash_secret(secrets.token_hex(16))


class SecretChecker:
    """Checks secrets in a thread, and remembers those that were right.

    scrypt is slow by design; what it has accepted is remembered under a key of
    this process only, so that the second login with the same secret is quick.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._accepted: set[bytes] = set()

    async def check(self, secret: str, hashed: str | None) -> bool:
        """Tell whether a secret matches; takes as long where there is no hash."""
        loop = asyncio.get_running_loop()
        nobody: str = await loop.run_in_executor(_worker(), _nobody)
        known = hashed or nobody
        seen = self._digest(secret, known)
        if seen in self._accepted:
            return True
        right = await loop.run_in_executor(_worker(), secret_matches, secret, known)
        if right and hashed is not None:
            self._accepted.add(seen)
            return True
        return False

    def _digest(self, secret: str, hashed: str) -> bytes:
        text = f"{hashed}\0{secret}".encode(errors="replace")
        return hashlib.blake2b(text, key=self._key).digest()


@dataclass(frozen=True, slots=True)
class User:
    """An account of the node."""

    name: str
    role: UserRole
    public_keys: tuple[str, ...]


class Users:
    """The node's accounts, in its database."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._checker = SecretChecker()

    def add(self, seed: UserSeed, hashed: str | None) -> None:
        """Add an account whose password is already hashed."""
        keys = json.dumps(seed.public_keys)
        self._store.execute(
            "INSERT INTO user VALUES (?, ?, ?, ?)", seed.name, seed.role, hashed, keys
        )

    def find(self, name: str) -> User | None:
        """Find an account."""
        row = self._store.row("SELECT * FROM user WHERE name = ?", name)
        return None if row is None else _user(row)

    def all(self) -> list[User]:
        """List the accounts by name."""
        rows = self._store.rows("SELECT * FROM user ORDER BY name")
        return [_user(row) for row in rows]

    async def check_password(self, name: str, password: str) -> bool:
        """Tell whether a password is right; as slow for a name that is unknown."""
        row = self._store.row("SELECT password FROM user WHERE name = ?", name)
        return await self._checker.check(password, row["password"] if row else None)


def _user(row: sqlite3.Row) -> User:
    keys = tuple(json.loads(row["public_keys"]))
    return User(row["name"], UserRole(row["role"]), keys)
