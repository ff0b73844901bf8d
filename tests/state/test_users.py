"""Accounts, and secrets that are kept as hashes only."""

from __future__ import annotations

import pytest

from tofulab.state.seed import UserRole, UserSeed
from tofulab.state.store import Store
from tofulab.state.users import SecretChecker, User, Users, hash_secret, secret_matches

PASSWORD = "Lab-Admin-1"
HASHED = hash_secret(PASSWORD)


@pytest.fixture
def users(store: Store) -> Users:
    """An administrator with a password, and one user with a key alone."""
    users = Users(store)
    users.add(UserSeed(name="admin", password=PASSWORD), HASHED)
    keys = ("ssh-ed25519 AAAA one", "ssh-ed25519 BBBB two")
    users.add(UserSeed(name="guest", role=UserRole.USER, public_keys=keys), None)
    return users


def test_a_hash_does_not_hold_the_secret() -> None:
    """A hash is salted: two of one secret differ, and neither shows it."""
    assert HASHED != hash_secret(PASSWORD)
    assert PASSWORD not in HASHED


@pytest.mark.parametrize("secret", ["", "lab-admin-1", PASSWORD + " ", "\udcff"])
def test_only_the_secret_matches(secret: str) -> None:
    """A hash matches its own secret and no other, readable or not."""
    assert secret_matches(PASSWORD, HASHED)
    assert not secret_matches(secret, HASHED)


def test_any_text_can_be_a_secret() -> None:
    """Secrets beyond ASCII are hashed too."""
    assert secret_matches("비밀번호", hash_secret("비밀번호"))


def test_accounts_are_found(users: Users) -> None:
    """An account has its role and keys; an unknown one is none."""
    keys = ("ssh-ed25519 AAAA one", "ssh-ed25519 BBBB two")
    guest = User("guest", UserRole.USER, keys)
    assert guest == users.find("guest")
    assert None is users.find("Admin")
    assert [User("admin", UserRole.ADMIN, ()), guest] == users.all()


async def test_passwords_are_checked(users: Users) -> None:
    """Only the right password of a known user with a password is right."""
    assert await users.check_password("admin", PASSWORD)
    assert not await users.check_password("admin", "wrong")
    assert not await users.check_password("nobody", PASSWORD)
    assert not await users.check_password("guest", "")


async def test_a_password_that_was_changed_is_forgotten(
    users: Users, store: Store
) -> None:
    """What was accepted once does not outlive the hash it was accepted for."""
    assert await users.check_password("admin", PASSWORD)
    store.execute("UPDATE user SET password = ?", hash_secret("other"))
    assert not await users.check_password("admin", PASSWORD)
    assert await users.check_password("admin", "other")


async def test_nothing_matches_where_there_is_no_hash() -> None:
    """An account without a password refuses every one, again and again."""
    checker = SecretChecker()
    for _ in range(2):
        assert not await checker.check("", None)


async def test_the_second_login_is_quick() -> None:
    """A secret accepted before is accepted without its slow hash."""
    checker = SecretChecker()
    assert await checker.check(PASSWORD, HASHED)
    # Without the hash's digest only the memory of the first time can say yes.
    again = [await checker.check(PASSWORD, HASHED) for _ in range(200)]
    assert [True] * 200 == again
