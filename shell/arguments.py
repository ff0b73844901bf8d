"""Typed arguments of commands: what a word must look like to be one.

Knows nothing of what a host, file or repository of that name is, or whether it exists.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST_NAME = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}\.?")
_FILE_NAME = re.compile(r"[A-Za-z0-9_+@%,=][A-Za-z0-9._+@%,=-]*")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_EMAIL = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,.]+")


@dataclass(frozen=True, slots=True)
class ArgumentType:
    """A kind of argument.

    `label` stands for it in help, `help` describes it, `parse` turns the typed
    word into a value and raises ValueError for a word that is none.  A `secret`
    is kept out of history and logs; a `greedy` argument takes the rest of the
    line; `kind` names the list that Tab offers.
    """

    kind: str
    label: str
    help: str
    parse: Callable[[str], object]
    secret: bool = False
    greedy: bool = False

    def accepts(self, word: str) -> bool:
        """Tell whether the word is an argument of this type."""
        try:
            self.parse(word)
        except ValueError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class HostPort:
    """A remote end as the trust list names it, such as `192.0.2.12_8082`."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}_{self.port}"

    @classmethod
    def parse(cls, text: str) -> HostPort:
        """Read `<host>_<port>`; raise ValueError for anything else."""
        host, separator, port = text.rpartition("_")
        if not separator or not port.isascii() or not port.isdecimal():
            raise ValueError("expected <host>_<port>")
        if not 1 <= int(port) <= 65535:
            raise ValueError("the port is from 1 to 65535")
        return cls(parse_host(host), int(port))


def parse_host(text: str) -> str:
    """Read an IPv4 or IPv6 address or a host name; raise ValueError for none."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        pass
    if len(text) > 253 or not _HOST_NAME.fullmatch(text):
        raise ValueError("not a host")
    if all(label.isdecimal() for label in text.rstrip(".").split(".")):
        raise ValueError("not an address")
    return text


def integer(low: int, high: int) -> ArgumentType:
    """Make the type of whole numbers from `low` to `high`, both included."""

    def parse(text: str) -> int:
        if not text.isascii() or not text.isdecimal() or not low <= int(text) <= high:
            raise ValueError(f"a number from {low} to {high}")
        return int(text)

    return ArgumentType("integer", f"<{low}-{high}>", "Number", parse)


def matching(pattern: re.Pattern[str], longest: int) -> Callable[[str], str]:
    """Make a parser of words that match the pattern, `longest` characters at most."""

    def parse(text: str) -> str:
        if len(text) > longest or not pattern.fullmatch(text):
            raise ValueError("not of the form expected")
        return text

    return parse


def parse_emails(text: str) -> tuple[str, ...]:
    """Read one or more mail addresses, separated by commas."""
    addresses = tuple(each.strip() for each in text.split(","))
    if not all(_EMAIL.fullmatch(address) for address in addresses):
        raise ValueError("not a mail address")
    return addresses


def _parse_ipv4(text: str) -> str:
    return str(ipaddress.IPv4Address(text))


def _parse_ipv6(text: str) -> str:
    return str(ipaddress.IPv6Address(text))


def _parse_ip(text: str) -> str:
    return str(ipaddress.ip_address(text))


def _parse_filled(text: str) -> str:
    if not text:
        raise ValueError("nothing given")
    return text


NAME = matching(_NAME, 80)

TYPES: dict[str, ArgumentType] = {
    each.kind: each
    for each in (
        ArgumentType("host", "<host>", "Host name or IP address", parse_host),
        ArgumentType("host_port", "<host>_<port>", "Host and port", HostPort.parse),
        ArgumentType("file", "<WORD>", "File name", matching(_FILE_NAME, 255)),
        ArgumentType("repository", "<WORD>", "Repository name", NAME),
        ArgumentType("name", "<WORD>", "Name", NAME),
        ArgumentType("alias", "<WORD>", "Alias of a certificate", NAME),
        ArgumentType(
            "hostname", "<WORD>", "Host name", matching(re.compile(_LABEL), 63)
        ),
        ArgumentType("ip", "<address>", "IP address", _parse_ip),
        ArgumentType("ipv4", "A.B.C.D", "IPv4 address", _parse_ipv4),
        ArgumentType("ipv6", "X:X:X::X", "IPv6 address", _parse_ipv6),
        ArgumentType("emails", "<address>[,...]", "Mail addresses", parse_emails),
        ArgumentType("url", "<url>", "URL", _parse_filled),
        ArgumentType("word", "<WORD>", "Text", _parse_filled),
        ArgumentType("secret", "<WORD>", "Secret text", _parse_filled, secret=True),
        ArgumentType("text", "<LINE>", "Text", _parse_filled, greedy=True),
    )
}
"""The argument types that a syntax can name; `0-511` and the like name integers."""

_RANGE = re.compile(r"(\d+)-(\d+)")


def argument_type(name: str) -> ArgumentType:
    """Find the type that a syntax names, such as `host` or `0-511`.

    Raises KeyError for a name that is none.
    """
    if numbers := _RANGE.fullmatch(name):
        return integer(int(numbers[1]), int(numbers[2]))
    return TYPES[name]
