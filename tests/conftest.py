"""What holds for all tests: real clients where they are installed, no skips in CI."""

from __future__ import annotations

import os
import shutil

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what drives a real OpenSSH client where none is installed."""
    if shutil.which("ssh"):
        return
    for item in items:
        if item.get_closest_marker("e2e"):
            item.add_marker(pytest.mark.skip(reason="there is no ssh program"))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in CI that left something out: there, everything is installed."""
    if _skipped(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say why such a run fails."""
    if _skipped(config):
        terminalreporter.write_line("failed: in CI nothing may be skipped", red=True)


def _skipped(config: pytest.Config) -> bool:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or reporter is None:
        return False
    return bool(reporter.stats.get("skipped"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let golden transcripts be written anew."""
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the golden transcripts anew, as the lab speaks now",
    )
