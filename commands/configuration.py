"""Configuration mode: host name, name servers, hosts entries, repositories.

Knows nothing of how the configuration is kept.
"""

from __future__ import annotations

from ..shell.console import CommandFailed
from ..state.configuration import DEFAULT_REPOSITORY
from ..state.repositories import RepositoryError, check_url
from . import catalogue as say
from .catalogue import RECALLED, SEEN
from .context import Context, fail
from .registry import CONFIG, Family, Mode

MOST_NAME_SERVERS = 3

configuration = Family(
    {
        "no": "Take a setting back",
        "hostname": "Set the host name",
        "ip": "IP settings",
        "name-server": "Addresses of DNS servers",
        "host": "Host name of an address",
        "<address>": "IP address",
        "<servers>": "Address of a DNS server, three at most",
        "repository": "Set up a repository",
        "url": "Place of the repository's files",
        "<url>": "URL, as disk:/path",
    }
)


@configuration.command("hostname <name:hostname>", RECALLED, modes=CONFIG)
async def set_hostname(context: Context, name: str) -> None:
    """Set the host name; a new certificate takes it up, the present one does not."""
    await context.console.line(say.HOSTNAME_WARNING)
    if not await _confirm(context):
        return
    context.node.configuration.change(hostname=name)
    context.node.log(context.node.program, f"hostname {name}")


async def _confirm(context: Context) -> bool:
    while True:
        answer = (await context.console.ask(say.HOSTNAME_QUESTION)).lower()
        if answer in ("y", "yes", "n", "no"):
            return answer.startswith("y")
        await context.console.line(say.NOT_YES_OR_NO)


@configuration.command("ip name-server <servers:ip>...", RECALLED, modes=CONFIG)
async def set_name_servers(context: Context, servers: tuple[str, ...]) -> None:
    """Set the DNS servers, in the order in which they are asked."""
    servers = tuple(dict.fromkeys(servers))
    if len(servers) > MOST_NAME_SERVERS:
        raise fail(f"No more than {MOST_NAME_SERVERS} name servers")
    context.node.configuration.change(name_servers=servers)


@configuration.command("no ip name-server [<servers:ip>...]", RECALLED, modes=CONFIG)
async def remove_name_servers(context: Context, servers: tuple[str, ...] = ()) -> None:
    """Take DNS servers away: those named, or all."""
    present = context.node.configuration.values.name_servers
    for server in servers:
        if server not in present:
            raise CommandFailed(say.NAME_SERVER_NOT_FOUND.format(address=server))
    left = tuple(each for each in present if servers and each not in servers)
    context.node.configuration.change(name_servers=left)


@configuration.command("ip host <address:ip> <name:hostname>", RECALLED, modes=CONFIG)
async def add_host(context: Context, address: str, name: str) -> None:
    """Add a hosts entry."""
    context.node.configuration.add_host(address, name)


@configuration.command(
    "no ip host <address:ip> <name:hostname>", RECALLED, modes=CONFIG
)
async def remove_host(context: Context, address: str, name: str) -> None:
    """Take a hosts entry away."""
    if not context.node.configuration.remove_host(address, name):
        raise CommandFailed(say.HOST_NOT_FOUND.format(address=address, name=name))


@configuration.command("repository <name>", SEEN, modes=CONFIG)
async def enter_repository(context: Context, name: str) -> None:
    """Set up a repository, new or known."""
    configuration = context.node.configuration
    repositories = configuration.values.repositories
    if name not in repositories:
        configuration.change(repositories={**repositories, name: None})
    context.enter(Mode.REPOSITORY, name)


@configuration.command("no repository <repository>", RECALLED, modes=CONFIG)
async def remove_repository(context: Context, repository: str) -> None:
    """Take a repository away; its files stay on the disk."""
    present = dict(context.node.configuration.values.repositories)
    if repository == DEFAULT_REPOSITORY:
        raise CommandFailed(say.BUILT_IN_REPOSITORY.format(name=repository))
    if repository not in present:
        raise CommandFailed(say.REPOSITORY_NOT_FOUND)
    del present[repository]
    context.node.configuration.change(repositories=present)


@configuration.command("url <url>", SEEN, modes=(Mode.REPOSITORY,))
async def set_url(context: Context, url: str) -> None:
    """Set where the repository's files are."""
    try:
        check_url(url)
    except RepositoryError as error:
        raise fail(error) from None
    repositories = context.node.configuration.values.repositories
    context.node.configuration.change(repositories={**repositories, context.place: url})


@configuration.command("no url", RECALLED, modes=(Mode.REPOSITORY,))
async def remove_url(context: Context) -> None:
    """Take the repository's URL away."""
    repositories = context.node.configuration.values.repositories
    context.node.configuration.change(
        repositories={**repositories, context.place: None}
    )
