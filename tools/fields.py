"""Converters from a TOML value to what one key of a lab file may hold.

Each takes any value and returns the converted one or raises `Refusal`; a secret's
value never stands in a refusal.  Knows no other key than its own.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
import struct
from collections.abc import Callable, Sequence
from enum import StrEnum
from math import inf, isfinite
from typing import TypeVar

from .tables import Refusal, show, suggest

EnumT = TypeVar("EnumT", bound=StrEnum)

_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST_NAME = re.compile(_LABEL)
_DNS_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_USER_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}")
_PLACE = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<v4>[^:]+)):(?P<port>[0-9]{1,5})")


def text(value: object) -> str:
    """Take a non-empty string of printable characters."""
    if not isinstance(value, str):
        raise Refusal(f"{show(value)} is not text", "put it into quotes")
    if not value or not value.isprintable():
        raise Refusal(f"{show(value)} is empty or not printable", "write plain text")
    return value


def short_text(value: object) -> str:
    """Take text that fits into a field of a certificate's subject (X.520: 64)."""
    checked = text(value)
    if len(checked) > 64:
        raise Refusal(f"has {len(checked)} characters", "a subject field takes 64")
    return checked


def flag(value: object) -> bool:
    """Take true or false."""
    if not isinstance(value, bool):
        raise Refusal(f"{show(value)} is neither true nor false", "write one of them")
    return value


def one_of(kind: type[EnumT], among: Sequence[EnumT] = ()) -> Callable[[object], EnumT]:
    """Make a converter to the members of an enum, or to those `among` them."""
    words = {member.value: member for member in among or kind}

    def convert(value: object) -> EnumT:
        checked = text(value)
        if checked not in words:
            raise Refusal(f"{show(value)} is not possible", suggest(checked, words))
        return words[checked]

    return convert


def host_name(value: object) -> str:
    """Take a node's name: one label of letters, digits and inner hyphens."""
    checked = text(value)
    if not _HOST_NAME.fullmatch(checked) or checked.isdigit():
        raise Refusal(
            f"{show(value)} is not a host name",
            "use up to 63 letters, digits and inner hyphens",
        )
    return checked


def dns_name(value: object) -> str:
    """Take a name of one or more labels."""
    checked = text(value)
    if len(checked) > 253 or not _DNS_NAME.fullmatch(checked):
        raise Refusal(
            f"{show(value)} is not a name of a host",
            "use labels of letters, digits and inner hyphens, joined by dots",
        )
    return checked


def ipv4_address(value: object) -> str:
    """Take an IPv4 address that a server can have."""
    checked = text(value)
    try:
        address = ipaddress.IPv4Address(checked)
    except ValueError:
        raise Refusal(
            f"{show(value)} is not an IPv4 address", "write it as 192.0.2.11"
        ) from None
    if address.is_unspecified or address.is_multicast or checked == "255.255.255.255":
        raise Refusal(f"{show(value)} is no server's address", "give the node its own")
    return checked


def ip_address(value: object) -> str:
    """Take an IPv4 or IPv6 address, in its canonical form."""
    checked = text(value)
    try:
        return str(ipaddress.ip_address(checked))
    except ValueError:
        raise Refusal(
            f"{show(value)} is not an IP address", "write it as 192.0.2.11"
        ) from None


def port(value: object) -> int:
    """Take a TCP port, 1 to 65535."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refusal(f"{show(value)} is not a port", "write a number, 1 to 65535")
    if not 1 <= value <= 65535:
        raise Refusal(f"port {value} is out of range", "choose one from 1 to 65535")
    return value


def listening_place(value: object) -> tuple[str, int]:
    """Take `"HOST:PORT"`, or a port alone, which means 127.0.0.1.

    HOST is an address, an IPv6 one in brackets.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return "127.0.0.1", port(value)
    match = _PLACE.fullmatch(text(value))
    if match is None:
        raise Refusal(
            f"{show(value)} is not ADDRESS:PORT", 'write it as "127.0.0.1:2211"'
        )
    return ip_address(match["v6"] or match["v4"]), port(int(match["port"]))


def version(versions: Sequence[str]) -> Callable[[object], str]:
    """Make a converter to one of the releases that a kind of node has."""
    allowed = f"{versions[0]} to {versions[-1]}"

    def convert(value: object) -> str:
        if isinstance(value, float):
            # To TOML 3.10 and 3.1 are one number.
            raise Refusal(f"{value} is a number", 'put it into quotes, as "3.10"')
        checked = text(value)
        if checked not in versions:
            raise Refusal(f"{show(value)} is not a release", f"choose {allowed}")
        return checked

    return convert


def scale(value: object) -> float:
    """Take "real" (1.0), "instant" (infinite), or how many times faster, above 0."""
    if value == "real":
        return 1.0
    if value == "instant":
        return inf
    number = value if isinstance(value, int | float) else 0
    # NaN and the infinities are floats to TOML, and True is an int to Python.
    if value is not True and isfinite(number) and number > 0:
        return float(number)
    raise Refusal(
        f"{show(value)} is not a time scale",
        'write "real", "instant", or a number above 0 such as 300',
    )


def country(value: object) -> str:
    """Take an ISO 3166 code of two capital letters."""
    if not re.fullmatch("[A-Z]{2}", text(value)):
        raise Refusal(
            f"{show(value)} is not a country code", 'write two capitals, as "US"'
        )
    return str(value)


def user_name(value: object) -> str:
    """Take a login name: a letter first, 32 characters at most."""
    checked = text(value)
    if not _USER_NAME.fullmatch(checked):
        raise Refusal(
            f"{show(value)} is not a user name",
            "use up to 32 letters, digits, dots, hyphens; a letter first",
        )
    return checked


def password(value: object) -> str:
    """Take a password that the appliance's default policy likes.

    8 to 127 characters, with a lower-case letter, a capital and a digit
    (`password-policy` in the appliance's default configuration).
    """
    checked = secret(value)
    classes = (str.islower, str.isupper, str.isdigit)
    if not all(any(map(wanted, checked)) for wanted in classes):
        raise Refusal(
            "is too simple", "use a lower-case letter, a capital and a digit at least"
        )
    return checked


def secret(value: object) -> str:
    """Take 8 to 127 printable characters without a blank."""
    if not isinstance(value, str):
        raise Refusal("is not text", "put it into quotes")
    if len(value) < 8 or len(value) > 127:
        raise Refusal(f"has {len(value)} characters", "use 8 to 127 of them")
    if not value.isprintable() or " " in value:
        raise Refusal("holds a blank or a control character", "leave that out")
    return value


def public_key(value: object) -> str:
    """Take a line of an OpenSSH public key file (RFC 4253, 6.6: the type leads)."""
    checked = text(value).strip()
    kind, _, rest = checked.partition(" ")
    try:
        blob = base64.b64decode(rest.split(" ")[0], validate=True)
        (length,) = struct.unpack_from(">I", blob)
        named = blob[4 : 4 + length].decode("ascii")
    except (binascii.Error, struct.error, UnicodeDecodeError):
        named = ""
    if not kind or named != kind:
        raise Refusal(
            f"{show(value)} is not a public key",
            "paste the one line of a file such as id_ed25519.pub",
        )
    return checked
