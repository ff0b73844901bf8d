"""The lab directory: locks that end with their process, records, atomic files."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tofulab.tools.folder import Busy, LabFolder, Record

HOLDER = """
import sys
from pathlib import Path
from tofulab.tools.folder import LabFolder
with LabFolder(Path(sys.argv[1])).hold_process("one", ["one"]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> LabFolder:
    """A lab directory."""
    folder = LabFolder(tmp_path / "lab")
    folder.prepare()
    return folder


def record(folder: LabFolder, name: str) -> Record:
    """Make what a process would note."""
    return Record(name=name, pid=1, socket=folder.run / f"{name}.sock", nodes=(name,))


def test_the_directory_is_the_owners_alone(folder: LabFolder) -> None:
    """Private keys lie here, so nobody else may look."""
    assert 0o700 == stat.S_IMODE(folder.path.stat().st_mode)
    assert 0o700 == stat.S_IMODE(folder.run.stat().st_mode)


def test_a_place_that_cannot_be_a_directory(tmp_path: Path) -> None:
    """The reason comes with the way out."""
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="choose another lab directory with --dir"):
        LabFolder(tmp_path / "file").prepare()


def test_a_node_runs_once(folder: LabFolder) -> None:
    """Whoever wants to run a node that runs already is told which."""
    with folder.hold_process("_lab", ["one", "two"]):
        assert folder.is_running("one")
        with pytest.raises(Busy, match="two"), folder.hold_process("two", ["two"]):
            pytest.fail("two processes hold one node")
        with pytest.raises(Busy, match="_lab"), folder.hold_process("_lab", []):
            pytest.fail("two processes have one name")
    assert not folder.is_running("one")
    with folder.hold_process("two", ["two"]):
        assert folder.is_running("two")
        assert not folder.is_running("one")


def test_a_failed_hold_lets_everything_go(folder: LabFolder) -> None:
    """Nodes taken before the one that was not free are free again."""
    with folder.hold_node("two"):
        with pytest.raises(Busy), folder.hold_process("_lab", ["one", "two"]):
            pytest.fail("two processes hold one node")
        assert not folder.is_running("one")


def test_locks_end_with_a_killed_process(folder: LabFolder) -> None:
    """After kill -9 nothing says that the node still runs."""
    command = [sys.executable, "-c", HOLDER, str(folder.path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert b"held\n" == holder.stdout.readline()
        assert folder.is_running("one")
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        assert not folder.is_running("one")


def test_records_come_back_as_they_were_noted(folder: LabFolder) -> None:
    """What one process notes another reads."""
    one, two = record(folder, "one"), record(folder, "two")
    folder.add_record(two)
    folder.add_record(one)
    assert [one, two] == folder.records()
    folder.remove_record("one")
    folder.remove_record("one")
    assert [two] == folder.records()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", '{"name": "x"}', '{"nodes": 3}', "\x00"]
)
def test_broken_records_are_passed_over(folder: LabFolder, text: str) -> None:
    """A record that is cut short hides no other."""
    (folder.run / "a.json").write_text(text, encoding="utf-8")
    folder.add_record(record(folder, "one"))
    assert [record(folder, "one")] == folder.records()


def test_no_records_where_there_is_no_directory(tmp_path: Path) -> None:
    """Asking about a lab that never ran finds nothing, and makes nothing."""
    folder = LabFolder(tmp_path / "lab")
    assert [] == folder.records()
    assert not folder.is_running("one")
    assert not folder.path.exists()


def test_files_are_replaced_in_one_step(folder: LabFolder) -> None:
    """A file is the old one or the new one, and the owner's alone."""
    folder.write(folder.lab_file, "old")
    folder.write(folder.lab_file, "new")
    assert "new" == folder.lab_file.read_text(encoding="utf-8")
    assert 0o600 == stat.S_IMODE(folder.lab_file.stat().st_mode)
    with pytest.raises(UnicodeEncodeError):
        folder.write(folder.lab_file, "\udc80")
    assert "new" == folder.lab_file.read_text(encoding="utf-8")
    assert {"lab.toml", "run"} == {path.name for path in folder.path.iterdir()}
