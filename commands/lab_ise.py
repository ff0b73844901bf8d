"""`ise`: the lab's own commands for what the appliance does on its ISE Servers page.

Knows nothing of ISE's API.
"""

from __future__ import annotations

from ..shell.console import CommandFailed
from ..state.ise import IseError, IseServer
from ..state.names import UnknownHost
from ..state.seed import Role
from . import catalogue as say
from .catalogue import OURS
from .context import Context, fail
from .registry import PRIME, Family

DEFAULT_PORT = 443
DEFAULT_TIMEOUT = 60

lab_ise = Family(
    {
        "ise": "ISE Servers page, as commands of the lab",
        "add": "Add an ISE server",
        "<host>": "IP address, or host name",
        "username": "ISE administrator",
        "<user>": "User name",
        "password": "Password; asked for twice where it is not given",
        "<secret>": "Password",
        "port": "HTTPS port",
        "timeout": "HTTP connection timeout",
        "<seconds>": "Seconds",
        "list": "List the ISE servers",
        "test": "Ask an ISE server now",
        "delete": "Delete an ISE server",
    },
    PRIME,
)


@lab_ise.command(
    "ise add <host> username <user:word> [password <secret>] [port <port:1-65535>]"
    " [timeout <seconds:1-600>]",
    OURS,
)
async def add(
    context: Context,
    host: str,
    user: str,
    secret: str = "",
    port: int = DEFAULT_PORT,
    seconds: int = DEFAULT_TIMEOUT,
) -> None:
    """Add an ISE server, once it has answered who it is."""
    _require_active(context)
    address = _resolve(context, host)
    server = IseServer(
        address=address,
        port=port,
        username=user,
        password=secret or await _ask_password(context),
        timeout=float(seconds),
    )
    try:
        known = await context.node.prime.ise_servers.add(server)
    except IseError as error:
        raise fail(error) from None
    text = say.ISE_ADDED.format(address=address, role=known.role, version=known.version)
    context.node.log("ncs", text)
    await context.console.line(text)


def _require_active(context: Context) -> None:
    if context.node.seed.role is not Role.PRIMARY:
        raise CommandFailed(say.NOT_ACTIVE)
    if not context.node.services.running:
        raise CommandFailed(say.SERVICES_NEEDED)


def _resolve(context: Context, host: str) -> str:
    try:
        return context.node.resolver.resolve(host).address
    except UnknownHost as error:
        raise fail(error) from None


async def _ask_password(context: Context) -> str:
    password = await context.console.secret(say.ASK_PASSWORD)
    if await context.console.secret(say.ASK_PASSWORD_AGAIN) != password:
        raise CommandFailed(say.PASSWORDS_DIFFER)
    return password


@lab_ise.command("ise list", OURS)
async def list_servers(context: Context) -> None:
    """List the ISE servers, as last asked."""
    servers = context.node.prime.ise_servers.all()
    if not servers:
        await context.console.line(say.ISE_EMPTY)
        return
    await context.console.line(
        say.ISE_ROW.format(
            address="ADDRESS",
            port="PORT",
            role="ROLE",
            version="VERSION",
            status="STATUS",
        )
    )
    for server in servers:
        await context.console.line(
            say.ISE_ROW.format(
                address=server.address,
                port=server.port,
                role=server.role,
                version=server.version,
                status=server.status,
            )
        )


@lab_ise.command("ise test <host>", OURS)
async def test(context: Context, host: str) -> None:
    """Ask an ISE server who it is, now."""
    _require_active(context)
    address = _resolve(context, host)
    try:
        known = await context.node.prime.ise_servers.test(address)
    except IseError as error:
        raise fail(error) from None
    await context.console.line(
        say.ISE_TESTED.format(address=address, role=known.role, version=known.version)
    )


@lab_ise.command("ise delete <host>", OURS)
async def delete(context: Context, host: str) -> None:
    """Delete an ISE server."""
    _require_active(context)
    address = _resolve(context, host)
    try:
        context.node.prime.ise_servers.delete(address)
    except IseError as error:
        raise fail(error) from None
    text = say.ISE_DELETED.format(address=address)
    context.node.log("ncs", text)
    await context.console.line(text)
