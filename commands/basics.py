"""The commands of the shell itself: leaving, the terminal, entering configuration.

Knows nothing of what is configured.
"""

from __future__ import annotations

from ..shell.grammar import Privilege
from . import catalogue as say
from .catalogue import RECALLED, SEEN
from .context import Context
from .registry import CONFIG, EVERYWHERE_IN_CONFIG, EXEC, SUBMODES, Family, Mode

basics = Family(
    {
        "exit": "Leave this mode, or log out",
        "end": "Go back to EXEC mode",
        "configure": "Enter configuration mode",
        "terminal": "Configure from the terminal",
        "length": "Lines to a page; 0 for no paging",
        "<lines>": "Number of lines",
    }
)


@basics.command("exit", RECALLED, modes=EXEC, privilege=Privilege.USER)
async def log_out(context: Context) -> None:
    """Log out."""
    context.ended = True


@basics.command("exit", RECALLED, modes=CONFIG)
@basics.command("end", RECALLED, modes=EVERYWHERE_IN_CONFIG)
async def leave(context: Context) -> None:
    """Go back to EXEC mode."""
    context.leave_modes()


@basics.command("exit", RECALLED, modes=SUBMODES)
async def leave_submode(context: Context) -> None:
    """Go back to configuration mode."""
    context.enter(Mode.CONFIG)


@basics.command("configure [terminal]", SEEN)
async def configure(context: Context) -> None:
    """Enter configuration mode."""
    context.enter(Mode.CONFIG)
    await context.console.line(say.CONFIGURE)


@basics.command(
    "terminal length <lines:0-511>",
    RECALLED,
    privilege=Privilege.USER,
    words={"terminal": "Settings of this terminal"},
)
async def set_length(context: Context, lines: int) -> None:
    """Set how many lines make a page of output, for this session."""
    context.length = lines
