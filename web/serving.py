"""Which applications a node serves, and on which ports.

Knows nothing of sockets.
"""

from __future__ import annotations

from starlette.types import ASGIApp

from ..state.node import Node
from ..state.peers import HEALTH_MONITOR_PORT
from .health_monitor import HealthMonitorPages
from .ise import ise_application
from .listeners import HttpsListeners
from .prime import prime_application

HTTPS_PORT = 443


def listeners_for(node: Node) -> HttpsListeners:
    """Make the listeners of a node, at the places that the lab gives its ports."""
    applications: dict[int, ASGIApp]
    if node.is_prime:
        applications = {
            HTTPS_PORT: prime_application(node),
            HEALTH_MONITOR_PORT: HealthMonitorPages(node).application(),
        }
    else:
        applications = {HTTPS_PORT: ise_application(node)}
    return HttpsListeners(applications, node.seed.address, node.around.network)
