"""Faults in recurring work."""

from __future__ import annotations

import asyncio
import logging

import pytest

from tofulab.state.faults import outlive_faults


def stumble() -> None:
    """Do what nobody foresaw."""
    raise ZeroDivisionError


def test_a_fault_is_logged_and_outlived(caplog: pytest.LogCaptureFixture) -> None:
    """The next round comes all the same."""
    with caplog.at_level(logging.ERROR), outlive_faults("heartbeat"):
        stumble()
    assert ["heartbeat failed"] == [record.message for record in caplog.records]


def test_a_cancelled_round_is_the_last() -> None:
    """Who stops the work is not kept from it."""
    with pytest.raises(asyncio.CancelledError), outlive_faults("heartbeat"):
        raise asyncio.CancelledError
