"""The running configuration as text, in the order of the appliance (recalled).

Knows nothing of prompts.  No secret is in it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from ..state.node import Node

_NETWORK_BITS = 24


def configuration_text(node: Node) -> str:
    """Write the configuration; every section is followed by a line with `!`."""
    return "!\n" + "".join(f"{section}!\n" for section in _sections(node))


def _sections(node: Node) -> Iterator[str]:
    values = node.configuration.values
    yield f"hostname {values.hostname}\n"
    yield _interface(node.seed.address)
    if values.name_servers:
        yield f"ip name-server {' '.join(values.name_servers)}\n"
    if hosts := "".join(
        f"ip host {address} {name}\n"
        for address, names in values.hosts.items()
        for name in names
    ):
        yield hosts
    yield "clock timezone UTC\n"
    yield "".join(
        f"username {user.name} role {user.role}\n" for user in node.users.all()
    )
    yield "service sshd\n"
    for name, url in values.repositories.items():
        yield f"repository {name}\n" + (f"  url {url}\n" if url else "")
    yield "logging localhost\nlogging loglevel 6\n"


def _interface(address: str) -> str:
    if ipaddress.ip_address(address).version == 6:
        return f"interface GigabitEthernet 0\n  ipv6 address {address}/64\n"
    network = ipaddress.ip_interface(f"{address}/{_NETWORK_BITS}").network
    return (
        "interface GigabitEthernet 0\n"
        f"  ip address {address} {network.netmask}\n"
        "!\n"
        f"ip default-gateway {next(iter(network.hosts()))}\n"
    )
