"""Log files: laid out as the appliance does, rotated, read and followed."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from tofulab.state.logs import Level, LogName, NodeLogs

HM = LogName.HEALTH_MONITOR
STAMP = r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d\.\d{3}"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let logs rotate after a hundred bytes."""
    monkeypatch.setattr("tofulab.state.logs._LARGEST", 100)


def test_a_record_has_time_level_thread_and_text(logs: NodeLogs) -> None:
    """One header line, with the continuation lines below it as they are."""
    logs.record(HM, "TOFU failed.\n- CN=a\nend", level=Level.ERROR)
    logs.record(LogName.INFRASTRUCTURE, "done", thread="seqtaskexecutor-3069")
    first, *rest = logs.lines(HM)
    header = rf"{STAMP} ERROR \[system\] \[HealthMonitorThread\] TOFU failed\."
    assert re.fullmatch(header, first)
    assert ["- CN=a", "end"] == rest
    header = rf"{STAMP} INFO \[system\] \[seqtaskexecutor-3069\] done"
    assert re.fullmatch(header, "\n".join(logs.lines(LogName.INFRASTRUCTURE)))


def test_the_system_log_is_a_syslog(logs: NodeLogs) -> None:
    """The system log has month and day, host and program."""
    logs.system("prime-pri", "ncs", "Services started")
    pattern = r"[A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d prime-pri ncs: Services started"
    assert re.fullmatch(pattern, "\n".join(logs.lines(LogName.SYSTEM)))


def test_logs_are_files_where_the_appliance_has_them(
    logs: NodeLogs, tmp_path: Path
) -> None:
    """The health monitor's log is `hm-0-0.log` on the node's disk."""
    logs.write(HM, "line")
    path = tmp_path / "disk/opt/CSCOlumos/logs/hm-0-0.log"
    assert "line\n" == path.read_text()
    assert [path] == logs.files(HM)
    assert [] == logs.files(LogName.SYSTEM)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("log", "names"),
    [
        (HM, ["hm-0-3.log", "hm-0-2.log", "hm-0-1.log", "hm-0-0.log"]),
        (LogName.SYSTEM, ["ADE.log.3", "ADE.log.2", "ADE.log.1", "ADE.log"]),
    ],
)
def test_old_files_are_kept_under_their_names(
    logs: NodeLogs, log: LogName, names: list[str]
) -> None:
    """A full log is moved on, three are kept, and reading goes over all of them."""
    for number in range(30):
        logs.write(log, f"line {number:02} of about thirty bytes")
    assert names == [path.name for path in logs.files(log)]
    assert sorted(names) == sorted(
        each.name for each in logs.files(log)[0].parent.iterdir()
    )
    numbers = [int(line[5:7]) for line in logs.lines(log)]
    assert [*range(numbers[0], 30)] == numbers
    assert numbers[0] > 0


@pytest.mark.usefixtures("small")
def test_the_last_lines_may_be_in_several_files(logs: NodeLogs) -> None:
    """`last` counts lines, wherever they are."""
    for number in range(12):
        logs.write(HM, f"line {number:02} of about thirty bytes")
    assert ["line 07", "line 11"] == [logs.last(HM, 5)[i][:7] for i in (0, -1)]
    assert [] == logs.last(HM, 0)
    assert [] == logs.last(LogName.SYSTEM, 5)


async def test_a_follower_gets_what_is_written_from_now_on(logs: NodeLogs) -> None:
    """Lines come as they are written, none from before and none of other logs."""
    logs.write(HM, "before")
    with logs.followed(HM) as lines:
        logs.write(HM, "first\nsecond")
        logs.write(LogName.SYSTEM, "other")
        logs.write(HM, "third")
        async with asyncio.timeout(5):
            got = [await anext(lines) for _ in range(3)]
    assert ["first", "second", "third"] == got


@pytest.mark.usefixtures("small")
async def test_a_follower_does_not_notice_rotation(logs: NodeLogs) -> None:
    """Following goes on when the file changes its name."""
    with logs.followed(HM) as lines:
        for number in range(20):
            logs.write(HM, f"line {number:02} of about thirty bytes")
        async with asyncio.timeout(5):
            got = [int((await anext(lines))[5:7]) for _ in range(20)]
    assert [*range(20)] == got


async def test_a_follower_who_does_not_read_costs_no_more_memory(
    logs: NodeLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest unread lines are dropped for the newest."""
    monkeypatch.setattr("tofulab.state.logs._UNREAD", 3)
    with logs.followed(HM) as lines:
        for number in range(10):
            logs.write(HM, str(number))
        async with asyncio.timeout(5):
            assert ["7", "8", "9"] == [await anext(lines) for _ in range(3)]


def test_a_follower_who_has_gone_is_forgotten(logs: NodeLogs) -> None:
    """Writing goes on after a follower has left."""
    with logs.followed(HM):
        pass
    logs.write(HM, "line")
    assert ["line"] == list(logs.lines(HM))


def test_logs_go_on_after_a_restart(logs: NodeLogs, tmp_path: Path) -> None:
    """Closed logs are read and continued by the next start."""
    logs.write(HM, "one")
    logs.close()
    again = NodeLogs(tmp_path / "disk")
    again.write(HM, "two")
    again.close()
    assert ["one", "two"] == list(again.lines(HM))


def test_any_text_can_be_logged(logs: NodeLogs) -> None:
    """Text that is no Unicode, as a user name may be, does not stop the log."""
    logs.write(HM, "누구 \udcff end")
    assert ["누구 ? end"] == list(logs.lines(HM))
