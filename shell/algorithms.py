"""Which keys and algorithms an SSH server offers.

Knows no server and no account.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TypedDict

import asyncssh


class Profile(Enum):
    """What clients the server meets halfway.

    SECURE passes ssh-audit without a failure.  COMPAT adds what clients of ten
    years ago need; no profile has CBC ciphers.
    """

    SECURE = "secure"
    COMPAT = "compat"


class AlgorithmOptions(TypedDict):
    """Options of asyncssh that name algorithms."""

    kex_algs: Sequence[str]
    encryption_algs: Sequence[str]
    mac_algs: Sequence[str]
    signature_algs: Sequence[str]
    compression_algs: None


# The first three cost a third of group 16, which is for clients without them.
_KEX = (
    "mlkem768x25519-sha256",
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512",
)
_OLD_KEX = (
    "ecdh-sha2-nistp256",
    "diffie-hellman-group14-sha256",
    "diffie-hellman-group14-sha1",
)
_CIPHERS = (
    "aes256-gcm@openssh.com",
    "aes128-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes256-ctr",
    "aes192-ctr",
    "aes128-ctr",
)
_MACS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com")
_OLD_MACS = ("hmac-sha2-256", "hmac-sha2-512", "hmac-sha1")
_SIGNATURES = ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256")
_RSA_SIGNATURES = (b"rsa-sha2-512", b"rsa-sha2-256")
_OLD_SIGNATURE = "ssh-rsa"
# ssh-audit fails host keys on these curves; whoever knows them knows RSA too.
_NIST_CURVES = b"ecdsa-sha2-nistp"


def choose_algorithms(profile: Profile) -> AlgorithmOptions:
    """Return the options for `asyncssh.SSHServerConnectionOptions`."""
    old = profile is Profile.COMPAT
    return {
        "kex_algs": _KEX + (_OLD_KEX if old else ()),
        "encryption_algs": _CIPHERS,
        "mac_algs": _MACS + (_OLD_MACS if old else ()),
        "signature_algs": (*_SIGNATURES, _OLD_SIGNATURE) if old else _SIGNATURES,
        "compression_algs": None,
    }


def load_host_keys(texts: Sequence[str], profile: Profile) -> list[asyncssh.SSHKeyPair]:
    """Load private keys once, as the objects that every connection then shares.

    Only the COMPAT profile offers ECDSA keys, and SHA-1 signatures by RSA keys.
    Given paths, asyncssh would read and check them again for each connection,
    25 times the price of a login.  Raises `asyncssh.KeyImportError` for a text
    that is no key.
    """
    # The appliance made them itself: checking RSA again would take 50 ms.
    keys = [
        asyncssh.import_private_key(text, unsafe_skip_rsa_key_validation=True)
        for text in texts
    ]
    old = profile is Profile.COMPAT
    offered = []
    for pair in asyncssh.load_keypairs(keys):
        # `signature_algs` does not keep a server from offering ssh-rsa.
        if pair.algorithm == _OLD_SIGNATURE.encode():
            pair.host_key_algorithms = [*_RSA_SIGNATURES, *[pair.algorithm] * old]
        if old or not pair.algorithm.startswith(_NIST_CURVES):
            offered.append(pair)
    return offered


def new_host_keys() -> list[str]:
    """Make Ed25519, ECDSA P-256 and RSA-2048 private keys in OpenSSH's format.

    Takes about 0.1 s, most of it for RSA: call it in a thread.
    """
    keys = (
        asyncssh.generate_private_key("ssh-ed25519"),
        asyncssh.generate_private_key("ecdsa-sha2-nistp256"),
        asyncssh.generate_private_key("ssh-rsa", key_size=2048),
    )
    return [key.export_private_key("openssh").decode() for key in keys]
