"""`ncs start|stop|status`, and ISE's `application status ise`.

Knows nothing of what the services are made of.
"""

from __future__ import annotations

from ..shell.console import CommandFailed
from ..state.services import START_SECONDS, Power, ServicesBusy
from . import catalogue as say
from .catalogue import RECALLED
from .context import Context, fail
from .registry import ISE, PRIME, Family

services = Family(
    {
        "ncs": "Prime Infrastructure server commands",
        "start": "Start the server",
        "stop": "Stop the server",
        "status": "Show the status of the server",
        "verbose": "Show more of what is done",
    },
    PRIME,
)


@services.command("ncs status", RECALLED)
async def show_status(context: Context) -> None:
    """Show which processes run, and the HA role and state."""
    node = context.node
    if not node.services.running:
        await context.console.write(say.STATUS_MONITOR_STOPPED + say.STATUS_STOPPED)
        return
    machine = node.prime.pair.machine
    monitor = say.STATUS_MONITOR.format(
        role=machine.role.capitalize(), state=machine.state
    )
    await context.console.write(monitor + say.STATUS_RUNNING)


@services.command("ncs stop [verbose]", RECALLED)
async def stop(context: Context) -> None:
    """Stop all processes of the server."""
    if context.node.services.power is Power.STOPPED:
        raise CommandFailed(say.ALREADY_STOPPED)
    await context.console.write(say.STOPPING)
    try:
        await context.node.services.stop()
    except ServicesBusy as busy:
        raise fail(busy) from None
    await context.console.write(say.STOPPED)


@services.command("ncs start [verbose]", RECALLED)
async def start(context: Context) -> None:
    """Start all processes of the server; a new certificate is used from then on."""
    if context.node.services.power is Power.RUNNING:
        raise CommandFailed(say.ALREADY_RUNNING)
    await context.console.write(say.STARTING)
    try:
        await context.node.services.start()
    except (ServicesBusy, OSError) as error:
        raise fail(error) from None
    await context.console.write(say.STARTED.format(seconds=START_SECONDS))


application = Family(
    {
        "application": "Installed applications",
        "status": "Show the status of an application",
        "ise": "Identity Services Engine",
    },
    ISE,
)

_ISE_PROCESSES = (
    ("Database Listener", 3241),
    ("Database Server", 3242),
    ("Application Server", 6790),
    ("M&T Session Database", 3688),
    ("M&T Log Collector", 7042),
    ("M&T Log Processor", 6972),
    ("Certificate Authority Service", 6651),
)
"""Names as ISE lists them (recalled); the numbers are ours."""


@application.command("application status ise", RECALLED)
async def show_ise_status(context: Context) -> None:
    """Show which processes of ISE run."""
    running = context.node.services.running
    rows = [
        say.ISE_STATUS_ROW.format(
            name=name,
            state="running" if running else "not running",
            pid=pid if running else "",
        )
        for name, pid in _ISE_PROCESSES
    ]
    await context.console.write(say.ISE_STATUS + "".join(rows))
