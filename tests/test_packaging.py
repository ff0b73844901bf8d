"""The wheel: everything that the five folders hold, and nothing else."""

from __future__ import annotations

import email
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("shell", "commands", "state", "web", "tools")
ROOT_PACKAGE = PurePosixPath("tools/tofulab")


def list_sources() -> list[PurePosixPath]:
    """List the files of the project as git sees them, ignored ones left out.

    Files that are not committed yet count, so that a forgotten line in setup.cfg
    shows before the commit.
    """
    output = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    names = sorted({name for name in output.split("\0") if name})
    return [PurePosixPath(name) for name in names if (ROOT / name).is_file()]


def installed_name(source: PurePosixPath) -> str:
    """Say where a file of the five folders is installed."""
    if source.is_relative_to(ROOT_PACKAGE):
        return str("tofulab" / source.relative_to(ROOT_PACKAGE))
    return str("tofulab" / source)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a wheel from a copy of nothing but the project's files."""
    copy = tmp_path_factory.mktemp("clone")
    for source in list_sources():
        target = copy / source
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / source, target, follow_symlinks=False)
    output = tmp_path_factory.mktemp("wheel")
    options = ["--quiet", "--no-deps", "--no-build-isolation", f"--wheel-dir={output}"]
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *options, str(copy)],
        check=True,
        timeout=120,
    )
    (built,) = output.iterdir()
    return built


@pytest.fixture(scope="module")
def contents(wheel: Path) -> dict[str, str]:
    """Read the wheel's text files."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.mark.timeout(120)
def test_the_wheel_holds_all_of_the_five_folders_and_no_tests(
    contents: dict[str, str],
) -> None:
    """Every module and data file is installed under `tofulab`, nothing beside it."""
    expected = {
        installed_name(source)
        for source in list_sources()
        if source.parts[0] in FOLDERS
    }
    assert "tofulab/py.typed" in expected
    assert "tofulab/tools/labs/default.toml" in expected
    packed = {name for name in contents if ".dist-info/" not in name}
    assert sorted(expected) == sorted(packed)


def test_the_entry_points(contents: dict[str, str]) -> None:
    """Installing brings the command and the pytest plugin."""
    (text,) = (
        text for name, text in contents.items() if name.endswith("entry_points.txt")
    )
    assert [
        "[console_scripts]",
        "tofulab = tofulab.tools.cli:main",
        "[pytest11]",
        "tofulab = tofulab.tools.pytest_plugin",
    ] == [line for line in text.splitlines() if line]


def test_the_version_is_the_root_packages(contents: dict[str, str]) -> None:
    """The version stands in one place."""
    (text,) = (
        text for name, text in contents.items() if name.endswith("dist-info/METADATA")
    )
    match = re.search('^__version__ = "(.*)"$', contents["tofulab/__init__.py"], re.M)
    assert match is not None
    assert match[1] == email.message_from_string(text)["Version"]


def test_the_wheel_runs(wheel: Path, tmp_path: Path) -> None:
    """The command works from the wheel alone, the default lab included."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    program = (
        "import sys; sys.path.insert(0, '.');"
        "import tofulab; assert tofulab.__file__.startswith(sys.argv.pop(1));"
        "from tofulab.tools.cli import main; main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path), "init", "new.toml"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        text=True,
        timeout=20,
    )
    assert (0, "") == (result.returncode, result.stderr)
    assert (tmp_path / "tofulab/tools/labs/default.toml").read_text() == (
        tmp_path / "new.toml"
    ).read_text()
