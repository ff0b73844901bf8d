"""`show`: version, clock, uptime, users, configuration and logs.

Knows nothing of how what it shows came about.
"""

from __future__ import annotations

from ..shell.grammar import Privilege
from ..state.logs import LogName
from . import catalogue as say
from .catalogue import OURS, RECALLED, SEEN
from .context import Context, refusals
from .registry import BOTH, PRIME, Family
from .running import configuration_text
from .versions import release_of

_FOLLOWED_LINES = 10

show = Family(
    {
        "show": "Show information about the system",
        "clock": "System clock",
        "uptime": "Time since the system was started",
        "version": "Versions of the system and its applications",
        "users": "Users logged in",
        "running-config": "Running configuration",
        "repository": "Files of a repository",
        "logging": "System log",
        "last": "Latest lines of the log",
        "<count>": "Number of lines",
        "follow": "Go on with new lines; Ctrl-C ends it",
    },
    BOTH,
)


@show.command("show version", SEEN, privilege=Privilege.USER)
async def show_version(context: Context) -> None:
    """Show the versions of the system and of its application."""
    node = context.node
    release = release_of(node.seed.kind, node.seed.version)
    header = say.VERSION_HEADER.format(
        release=release.system,
        build=release.system_build,
        year=release.year,
        hostname=node.hostname,
    )
    product = say.PRIME_PRODUCT if node.is_prime else say.ISE_PRODUCT
    application = say.VERSION_APPLICATION.format(
        product=product, version=release.version, build=release.build
    )
    await context.console.write(header + application)


@show.command("show clock", RECALLED, privilege=Privilege.USER)
async def show_clock(context: Context) -> None:
    """Show the time of day."""
    now = context.node.clock.now()
    await context.console.line(f"{now:%a %b %e %H:%M:%S UTC %Y}")


@show.command("show uptime", RECALLED, privilege=Privilege.USER)
async def show_uptime(context: Context) -> None:
    """Show how long the system has been up."""
    minutes, seconds = divmod(int(context.node.uptime), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    await context.console.line(
        say.UPTIME.format(days=days, hours=hours, minutes=minutes, seconds=seconds)
    )


@show.command("show users", RECALLED, privilege=Privilege.USER)
async def show_users(context: Context) -> None:
    """Show who is logged in, from where and since when."""
    await context.console.line(say.USERS_HEADING)
    for attendant in context.attendants():
        await context.console.line(
            say.USERS_ROW.format(
                user=attendant.user.name,
                role=attendant.user.role.capitalize(),
                host=attendant.host,
                tty=attendant.tty,
                time=f"{attendant.since:%a %b %e %H:%M:%S %Y}",
            )
        )


@show.command("show running-config", RECALLED)
async def show_running_config(context: Context) -> None:
    """Show the running configuration, without secrets."""
    await context.console.line(say.GENERATING)
    await context.console.write(configuration_text(context.node))


@show.command("show repository <repository>", RECALLED)
async def show_repository(context: Context, repository: str) -> None:
    """List the files of a repository."""
    with refusals():
        files = context.node.repositories.files(repository)
    for file in files:
        await context.console.line(file)


@show.command("show logging [last <count:1-10000>] [follow=follow]", OURS)
async def show_system_log(context: Context, count: int = 0, follow: str = "") -> None:
    """Show the system log."""
    await _show_log(context, LogName.SYSTEM, count, bool(follow))


async def _show_log(context: Context, log: LogName, count: int, follow: bool) -> None:
    logs, console = context.node.logs, context.console
    if not follow:
        lines = logs.last(log, count) if count else logs.lines(log)
        for line in lines:
            await console.line(line)
        return
    await console.stream_on()
    with logs.followed(log) as new_lines:
        for line in logs.last(log, count or _FOLLOWED_LINES):
            await console.line(line)
        async for line in new_lines:
            await console.line(line)


prime_logs = Family(
    {
        "show": "Show information about the system",
        "logging": "System log",
        "health-monitor": "Log of the health monitor",
        "infrastructure": "Log of the infrastructure",
        "last": "Latest lines of the log",
        "<count>": "Number of lines",
        "follow": "Go on with new lines; Ctrl-C ends it",
    },
    PRIME,
)

_LOGS = {
    "health-monitor": LogName.HEALTH_MONITOR,
    "infrastructure": LogName.INFRASTRUCTURE,
}


@prime_logs.command(
    "show logging log={health-monitor | infrastructure} [last <count:1-10000>]"
    " [follow=follow]",
    OURS,
)
async def show_prime_log(
    context: Context, log: str, count: int = 0, follow: str = ""
) -> None:
    """Show the log of the health monitor or of the infrastructure."""
    await _show_log(context, _LOGS[log], count, bool(follow))
