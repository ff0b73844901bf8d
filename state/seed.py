"""What a node is born with: the vocabulary that the lab file and the node share.

Knows nothing of files, sockets or the lab file's syntax.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """Which appliance a node is."""

    PRIME = "prime"
    ISE = "ise"


class Role(StrEnum):
    """A node's part in its pair; the last two are for ISE nodes alone."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    STANDALONE = "standalone"
    NOT_MONITORING = "not-monitoring"


class UserRole(StrEnum):
    """What a user may do at the prompt: `admin` shows `#`, `user` shows `>`."""

    ADMIN = "admin"
    USER = "user"


class KeyType(StrEnum):
    """The key of a server certificate; RSA-2048 is what the appliance makes."""

    RSA_2048 = "rsa-2048"
    RSA_4096 = "rsa-4096"
    EC_P256 = "ec-p256"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectFields:
    """The parts of a certificate's subject that are not its common name.

    The defaults are those of the TechNote's listings.
    """

    country: str = "US"
    state: str = "CA"
    locality: str = "SJ"
    organization: str = "Cisco Systems"
    organizational_unit: str = "Prime Infra"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSeed:
    """A user of the first boot; without a password only keys let the user in."""

    name: str
    password: str | None = field(default=None, repr=False)
    role: UserRole = UserRole.ADMIN
    public_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSeed:
    """A node as the lab file declares it.

    `name` is its host name at the first boot, `address` the IP address that
    people type and read, `version` such as "3.5" or "3.10".  `hosts` are
    (address, name) pairs of its `/etc/hosts`, `name_servers` addresses.
    """

    name: str
    kind: Kind
    role: Role
    address: str
    version: str
    users: tuple[UserSeed, ...]
    ha_authkey: str | None = field(default=None, repr=False)
    subject: SubjectFields = SubjectFields()
    key_type: KeyType = KeyType.RSA_2048
    name_servers: tuple[str, ...] = ()
    hosts: tuple[tuple[str, str], ...] = ()
