"""Lab time: every wait of a node goes through here, so that a lab can run faster.

Clock readings are the machine's own, in UTC; only waiting is scaled.
"""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime

DEFAULT_FACTOR = 300.0
"""A registration of 25 minutes takes 5 s."""

_RECURRING = 5.0
_RECURRING_INSTANT = 50.0
_SHORTEST_PATIENCE = 2.0


@dataclass(frozen=True, slots=True)
class Clock:
    """How fast lab time runs: `factor` lab seconds pass in one real second.

    1 is real time, infinity makes procedures instant.  Greater than 0.
    """

    factor: float = DEFAULT_FACTOR

    def now(self) -> datetime:
        """Read the time of day, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Read a clock that never jumps, in real seconds."""
        return time.monotonic()

    async def wait(self, seconds: float) -> None:
        """Wait while a procedure takes `seconds` of lab time."""
        await asyncio.sleep(seconds / self.factor)

    async def rest(self, seconds: float) -> None:
        """Wait `seconds` of lab time between two rounds of recurring work."""
        await asyncio.sleep(self.interval(seconds))

    def interval(self, seconds: float) -> float:
        """Say how many real seconds `rest` takes.

        Recurring work is at most 5 times as fast as on the appliance, 50 times
        when the lab is instant: handshakes without end would eat the processor.
        """
        fastest = _RECURRING_INSTANT if math.isinf(self.factor) else _RECURRING
        return seconds / min(self.factor, fastest)

    def patience(self, seconds: float) -> float:
        """Say how many real seconds to wait for an answer given `seconds` of lab time.

        Never shorter than 2 s unless `seconds` is: real work takes real time.
        """
        if self.factor <= 1:
            return seconds / self.factor
        return min(max(seconds / self.factor, _SHORTEST_PATIENCE), seconds)
