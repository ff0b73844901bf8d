"""Check Readiness: what high availability depends on, tested before registering.

Advisory: nothing here stands in the way of a registration.  Knows nothing of
how the checklist is shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from .names import UnknownHost
from .node import Node
from .peers import PeerClient, PeerRefused
from .transport import TransportError
from .trust import CertificateChanged, CertificateRefused

REACHABILITY = "SYSTEM - CHECK SERVER PING REACHABILITY"
MONITOR_STATUS = "SYSTEM - HEALTH MONITOR STATUS"
COMPATIBILITY = "SYSTEM - CHECK OS COMPATABILITY"
"""Items as the appliance's checklist spells them (recalled); the lab tests these."""

_STALE = "Delete the stale entry: ncs certvalidation tofu-certs deletecert host {}_8082"
_UNTRUSTED = "Import its authority: ncs certvalidation trusted-ca-store importcacert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One item tested; impact and recommendation are empty where it passed."""

    item: str
    passed: bool
    impact: str = ""
    recommendation: str = ""


async def check_readiness(node: Node, secondary: str | None) -> list[Check]:
    """Test every item, against a secondary server where one is known."""
    peer = node.prime.pair.peer
    host = secondary or (peer.address if peer is not None else None)
    own = await _check_own_monitor(node)
    return [own] if host is None else [own, *await _check_secondary(node, host)]


async def _check_own_monitor(node: Node) -> Check:
    address = node.seed.address
    try:
        await PeerClient(node.transport, address).probe()
    except CertificateRefused as error:
        return _failed(MONITOR_STATUS, error, _advise(error, address))
    except (TransportError, PeerRefused) as error:
        return _failed(MONITOR_STATUS, error, "Start the server: ncs start")
    return Check(item=MONITOR_STATUS, passed=True)


async def _check_secondary(node: Node, host: str) -> list[Check]:
    try:
        address = node.resolver.resolve(host).address
    except UnknownHost as error:
        return [_failed(REACHABILITY, error, "Give the secondary's IP address")]
    try:
        version = await PeerClient(node.transport, address).probe()
    except CertificateRefused as error:
        return [_failed(REACHABILITY, error, _advise(error, address))]
    except (TransportError, PeerRefused) as error:
        return [_failed(REACHABILITY, error, "Check the secondary and its link")]
    return [Check(item=REACHABILITY, passed=True), _check_version(node, version)]


def _advise(error: CertificateRefused, address: str) -> str:
    if isinstance(error, CertificateChanged):
        return _STALE.format(address)
    return _UNTRUSTED


def _check_version(node: Node, version: str) -> Check:
    if version == node.seed.version:
        return Check(item=COMPATIBILITY, passed=True)
    differ = f"This server has version {node.seed.version}, the secondary {version}"
    return _failed(COMPATIBILITY, differ, "Install the same version on both")


def _failed(item: str, reason: object, recommendation: str) -> Check:
    return Check(
        item=item, passed=False, impact=str(reason), recommendation=recommendation
    )
