"""`ncs ha`: the pair's key, its status, and its end.

Knows nothing of registration: the lab's own `ha` does that.
"""

from __future__ import annotations

from ..shell.console import CommandFailed
from ..state.ha import HaState
from ..state.pair import Pair
from ..state.seed import Role
from . import catalogue as say
from .catalogue import RECALLED, SEEN
from .context import Context, fail
from .registry import PRIME, Family

REMOVE_SECONDS = 210
"""Three to four minutes of lab time, as Cisco's guide says (recalled)."""

ncs_ha = Family(
    {
        "ncs": "Prime Infrastructure server commands",
        "ha": "High availability",
        "authkey": "Set the authentication key of this server",
        "<key>": "New authentication key",
        "remove": "Remove the high availability configuration",
        "status": "Show the high availability status",
    },
    PRIME,
)


@ncs_ha.command("ncs ha authkey <key:secret>", SEEN)
async def set_authkey(context: Context, key: str) -> None:
    """Set the HA authentication key of this server."""
    role = context.node.seed.role
    await context.console.line(say.AUTHKEY_GOING.format(role=role))
    await context.node.prime.set_authkey(key)
    context.node.log("ncs", say.AUTHKEY_DONE.format(role=role))
    await context.console.line(say.AUTHKEY_DONE.format(role=role))


def status_line(pair: Pair) -> str:
    """Say role, peer, state and failover type in one line."""
    role = pair.machine.role
    values = {"role": role.capitalize(), "state": pair.state}
    if pair.peer is None:
        return say.HA_STATUS.format(**values)
    other = Role.SECONDARY if role is Role.PRIMARY else Role.PRIMARY
    return say.HA_STATUS_PAIR.format(
        **values,
        other=other.capitalize(),
        name=pair.peer.name,
        address=pair.peer.address,
        failover=pair.peer.failover,
    )


@ncs_ha.command("ncs ha status", RECALLED)
async def show_status(context: Context) -> None:
    """Show the HA role and state of this server."""
    await context.console.line(status_line(context.node.prime.pair))


@ncs_ha.command("ncs ha remove", RECALLED)
async def remove(context: Context) -> None:
    """Remove high availability: on a primary from both, on a secondary from itself."""
    prime, console = context.node.prime, context.console
    if prime.pair.state is HaState.NOT_CONFIGURED:
        raise CommandFailed(say.HA_NOT_CONFIGURED)
    if prime.pair.state is HaState.INITIALIZING:
        raise fail("A registration is in progress")
    await console.line(say.REMOVE_WARNING)
    answer = await console.ask(say.REMOVE_QUESTION)
    if answer.lower() not in ("y", "yes"):
        return
    role = context.node.seed.role
    await console.line(say.REMOVING.format(role=role))
    if role is Role.PRIMARY:
        await console.line(say.REMOVING_BOTH)
    await context.node.clock.wait(REMOVE_SECONDS)
    untold = await prime.remove()
    await console.line(say.REMOVED)
    if untold is not None:
        await console.line(say.PEER_KEEPS_RECORD.format(reason=untold))
