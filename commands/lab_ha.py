"""`ha`: the lab's own commands for what the appliance does on its HA pages.

`ha register` is the HA Configuration page, `ha readiness` its Check Readiness.
Knows nothing of how servers talk to each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ..shell.arguments import TYPES, parse_emails
from ..shell.console import CommandFailed, Console
from ..state.pair import FailoverType
from ..state.preconditions import RegistrationRefused, RegistrationRequest
from ..state.readiness import check_readiness
from ..state.registration import Milestone, Progress, Registration
from . import catalogue as say
from .catalogue import OURS
from .context import Context
from .registry import PRIME, Family

lab_ha = Family(
    {
        "ha": "High availability pages, as commands of the lab",
        "register": "Register a secondary server",
        "secondary": "Secondary server",
        "<secondary>": "IP address, or host name known to DNS",
        "authkey": "Authentication key of the servers; the rest is not asked for then",
        "<key>": "Authentication key",
        "email": "Who is told of HA state changes",
        "failover": "Who starts a failover",
        "manual": "The administrator (recommended)",
        "automatic": "The secondary server",
        "virtual-ip": "Virtual IP address of the active server",
        "<ipv4>": "IPv4 address, in the subnet of both servers",
        "<ipv6>": "IPv6 address, not in fe80",
        "readiness": "Check what high availability depends on",
    },
    PRIME,
)


_Value = TypeVar("_Value")


@dataclass(slots=True)
class _Form:
    """What the HA Configuration page asks for, as far as it is filled in."""

    key: str
    emails: tuple[str, ...]
    failover: str
    virtual_ip: tuple[str, ...]


@lab_ha.command(
    "ha register secondary <secondary:host> [authkey <key:secret>]"
    " [email <emails>] [failover failover={manual | automatic}]"
    " [virtual-ip <ipv4> [<ipv6>]]",
    OURS,
)
async def register(
    context: Context,
    secondary: str,
    key: str = "",
    emails: tuple[str, ...] = (),
    failover: str = "",
    ipv4: str = "",
    ipv6: str = "",
) -> None:
    """Register a secondary server; asks for what is not given with the key."""
    node = context.node
    if not node.services.running:
        raise CommandFailed(say.SERVICES_NEEDED)
    form = _Form(key, emails, failover, tuple(filter(None, (ipv4, ipv6))))
    if not key:
        await _fill_in(context, form)
    request = RegistrationRequest(
        secondary=secondary,
        key=form.key,
        failover=FailoverType((form.failover or "manual").capitalize()),
        emails=form.emails,
        virtual_ip=form.virtual_ip,
    )
    try:
        registration = node.prime.register(request)
    except RegistrationRefused as refused:
        raise _refusal(refused) from None
    await context.console.line(say.REGISTERING.format(address=secondary))
    await _watch(context, registration)


def _refusal(refused: RegistrationRefused) -> CommandFailed:
    lines = [say.REGISTRATION_FAILED.format(reason=refused)]
    if refused.hint:
        lines.append(say.HINT.format(hint=refused.hint))
    return CommandFailed("\n".join(lines))


async def _fill_in(context: Context, form: _Form) -> None:
    """Ask for every field of the page that the command line has left empty."""
    form.key = await context.console.secret(say.ASK_AUTHKEY)
    if not form.emails:
        form.emails = await _ask(context, say.ASK_EMAIL, parse_emails) or ()
    if not form.failover:
        form.failover = await _ask(context, say.ASK_FAILOVER, _parse_failover) or ""
    if not form.virtual_ip:
        ipv4 = await _ask(context, say.ASK_VIRTUAL_IP, TYPES["ipv4"].parse)
        asked = TYPES["ipv6"].parse
        ipv6 = await _ask(context, say.ASK_VIRTUAL_IPV6, asked) if ipv4 else None
        form.virtual_ip = tuple(str(each) for each in (ipv4, ipv6) if each)


async def _ask(
    context: Context, question: str, parse: Callable[[str], _Value]
) -> _Value | None:
    """Ask until the answer is valid or empty."""
    while True:
        answer = await context.console.ask(question)
        try:
            return parse(answer) if answer else None
        except ValueError:
            await context.console.line(say.BAD_ANSWER.format(answer=answer))


def _parse_failover(answer: str) -> str:
    return FailoverType(answer.capitalize()).lower()


async def _watch(context: Context, registration: Registration) -> None:
    """Show the milestones until the end; who goes away does not end it."""
    assert registration.done is not None
    bars = _Bars(context.console)
    while not registration.done.done():
        await bars.show(registration.progress)
        await registration.moved()
    failure = registration.failure
    if failure is not None:
        await bars.leave()
        raise CommandFailed(say.REGISTRATION_FAILED.format(reason=failure))
    await bars.show(registration.progress)
    state = context.node.prime.pair.state
    await context.console.line(say.REGISTRATION_DONE.format(state=state))


class _Bars:
    """The progress bars of the milestones, one line each."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._waiting = list(Milestone)
        self._open = False

    async def show(self, progress: Progress) -> None:
        """Draw the bar of the milestone at work; those before it are full."""
        while self._waiting and self._waiting[0] is not progress.milestone:
            await self._draw(self._waiting.pop(0), 100)
        if self._waiting:
            await self._draw(progress.milestone, progress.percent)
            if progress.percent >= 100:
                self._waiting.pop(0)

    async def leave(self) -> None:
        """End the line of a bar that will not be full."""
        if self._open and self._console.interactive:
            await self._console.line()

    async def _draw(self, milestone: Milestone, percent: int) -> None:
        width = max(map(len, Milestone))
        await self._console.progress(f"{milestone:<{width}}", percent)
        self._open = percent < 100


@lab_ha.command("ha readiness [secondary <secondary:host>]", OURS)
async def show_readiness(context: Context, secondary: str = "") -> None:
    """Check what high availability depends on, with the secondary if it is known."""
    for check in await check_readiness(context.node, secondary or None):
        status = "PASS" if check.passed else "FAIL"
        row = say.READINESS_ROW.format(item=check.item, status=status)
        await context.console.line(row)
        if not check.passed:
            await context.console.write(
                say.READINESS_ADVICE.format(
                    impact=check.impact, recommendation=check.recommendation
                )
            )
