"""How fast lab time runs."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC

import pytest

from tofulab.state.clock import DEFAULT_FACTOR, Clock


async def test_procedures_are_instant_without_end() -> None:
    """A lab without waiting does not wait for a procedure of 25 minutes."""
    async with asyncio.timeout(1):
        await Clock(math.inf).wait(1500)


async def test_waits_are_scaled() -> None:
    """A procedure takes its lab seconds divided by the factor."""
    clock = Clock(10_000)
    before = clock.monotonic()
    await clock.wait(500)
    assert 0.05 <= clock.monotonic() - before < 5


@pytest.mark.parametrize(
    ("factor", "seconds"),
    [(1, 5.0), (0.5, 10.0), (4, 1.25), (DEFAULT_FACTOR, 1.0), (math.inf, 0.1)],
)
def test_recurring_work_is_never_much_faster_than_real(
    factor: float, seconds: float
) -> None:
    """Heartbeats come 5 times as fast at most, 50 times where time is instant."""
    assert seconds == Clock(factor).interval(5)


@pytest.mark.parametrize(
    ("factor", "asked", "given"),
    [
        (1, 10, 10),
        (0.5, 10, 20),
        (300, 5, 2),
        (300, 900, 3),
        (math.inf, 60, 2),
        (math.inf, 0.5, 0.5),
    ],
)
def test_patience_leaves_time_for_real_work(
    factor: float, asked: float, given: float
) -> None:
    """An answer is waited for 2 s at least, but no longer than was asked for."""
    assert given == Clock(factor).patience(asked)


def test_the_time_of_day_is_utc() -> None:
    """Clock readings carry their time zone."""
    assert UTC is Clock().now().tzinfo
