"""Faults in recurring work: logged, and the next round comes all the same.

Knows nothing of what the work is.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

logger = logging.getLogger("tofulab.state")


@contextmanager
def outlive_faults(work: str) -> Iterator[None]:
    """Log an exception of one round of recurring work, instead of ending it."""
    try:
        yield
    except Exception:
        # Whatever it is: a server without heartbeats would be lost for good.
        logger.exception("%s failed", work)
