"""What a registration needs to be started at all; nothing is changed here.

Knows no peer and no wire: only what this server knows by itself.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from .ha import HaState
from .names import Resolver, Source, UnknownHost
from .pair import FailoverType, Pair
from .seed import Role

_NETWORK_BITS = 24
"""The nodes' network mask: 255.255.255.0."""


class RegistrationRefused(Exception):
    """A registration that was not started; nothing has changed.

    `hint` says what to do instead, where there is something to say.
    """

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationRequest:
    """What the administrator fills in; `virtual_ip` is IPv4, then IPv6 if any."""

    secondary: str
    key: str = field(repr=False)
    failover: FailoverType = FailoverType.MANUAL
    emails: tuple[str, ...] = ()
    virtual_ip: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who this server is to its peer."""

    address: str
    name: str
    version: str


def check_virtual_ip(virtual_ip: tuple[str, ...], servers: tuple[str, ...]) -> None:
    """Check the virtual addresses against the two servers'.

    Raises RegistrationRefused: not IPv4 then IPv6, another subnet, a server's own
    address, or link-local (`fe80::/10`, which the appliance reserves).
    """
    if not virtual_ip:
        return
    try:
        address, *others = map(ipaddress.ip_address, virtual_ip)
    except ValueError as error:
        raise RegistrationRefused(f"Virtual IP: {error}") from None
    network = ipaddress.ip_network(f"{servers[0]}/{_NETWORK_BITS}", strict=False)
    if str(address) in servers:
        raise RegistrationRefused("Virtual IP is the address of a server")
    if any(ipaddress.ip_address(each) not in network for each in (address, *servers)):
        raise RegistrationRefused("Virtual IP and both servers must be in one subnet")
    if any(each.version == address.version for each in others):
        raise RegistrationRefused("The second Virtual IP must be an IPv6 address")
    if any(each.is_link_local for each in others):
        raise RegistrationRefused("IPv6 Virtual IP must not be in fe80, it is reserved")


def check_request(
    identity: Identity, request: RegistrationRequest, pair: Pair, resolver: Resolver
) -> str:
    """Check what can be known before starting; return the secondary's address.

    Raises RegistrationRefused.
    """
    if pair.machine.role is not Role.PRIMARY:
        raise RegistrationRefused("This server is not a primary server")
    if pair.state is HaState.INITIALIZING:
        raise RegistrationRefused("A registration is in progress")
    address = _address(request.secondary, resolver)
    if address == identity.address:
        raise RegistrationRefused("The secondary server is this server itself")
    if pair.peer is not None and pair.peer.address != address:
        raise RegistrationRefused(
            f"HA is configured with {pair.peer.address}",
            "Remove it first: ncs ha remove",
        )
    check_virtual_ip(request.virtual_ip, (identity.address, address))
    return address


def _address(host: str, resolver: Resolver) -> str:
    try:
        resolution = resolver.resolve(host)
    except UnknownHost as error:
        raise RegistrationRefused(str(error)) from None
    if resolution.source is Source.HOSTS:
        raise RegistrationRefused(
            f"{host} is known from /etc/hosts, not from DNS",
            f"Give the IP address of the secondary server: {resolution.address}",
        )
    return resolution.address
