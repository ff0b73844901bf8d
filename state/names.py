"""Name resolution of a node: literal addresses, the lab's DNS, hosts entries.

Knows nothing of dialling.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import StrEnum

from .addresses import Records
from .configuration import RunningConfiguration


class Source(StrEnum):
    """Where an address was found."""

    LITERAL = "literal"
    HOSTS = "hosts"
    DNS = "dns"


class UnknownHost(Exception):
    """A name that resolves to nothing."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """An address and where it was found."""

    address: str
    source: Source


class Resolver:
    """Resolves as the node is configured: by DNS if it has a name server, or hosts."""

    def __init__(self, configuration: RunningConfiguration, records: Records) -> None:
        self._configuration = configuration
        self._records = records

    def resolve(self, host: str) -> Resolution:
        """Find the address of a host; raise UnknownHost."""
        try:
            return Resolution(str(ipaddress.ip_address(host)), Source.LITERAL)
        except ValueError:
            pass
        values = self._configuration.values
        if values.name_servers:
            address = self._records.look_up(host, values.name_servers)
            if address is not None:
                return Resolution(address, Source.DNS)
        for address, names in values.hosts.items():
            if host.lower() in (name.lower() for name in names):
                return Resolution(address, Source.HOSTS)
        raise UnknownHost(f"Unknown host {host}")
