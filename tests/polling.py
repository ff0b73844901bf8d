"""The one place where tests sleep: until something holds, or for too long."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

_INTERVAL = 0.01


def wait_until(predicate: Callable[[], object], timeout: float = 10.0) -> None:
    """Return as soon as `predicate()` holds; fail after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not predicate():
        assert time.monotonic() < deadline, f"not within {timeout} s"
        time.sleep(_INTERVAL)


# ASYNC109 wants the callers to write `asyncio.timeout` themselves, all of them.
async def until(predicate: Callable[[], object], timeout: float = 10.0) -> None:  # noqa: ASYNC109
    """Return as soon as `predicate()` holds, while tasks run; fail after `timeout`."""
    deadline = time.monotonic() + timeout
    while not predicate():
        assert time.monotonic() < deadline, f"not within {timeout} s"
        await asyncio.sleep(_INTERVAL)
