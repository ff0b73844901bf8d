"""How the floors may lean on each other, and what a user's test run has to pay."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("shell", "commands", "state", "web", "tools")
MODULES = sorted(file for folder in FOLDERS for file in (ROOT / folder).glob("*.py"))
LINE_LIMIT = 400

LIST_IMPORTED = """
import sys
import tofulab.tools.pytest_plugin
heavy = ["asyncssh", "cryptography", "prompt_toolkit", "starlette", "uvicorn"]
print([name for name in heavy if name in sys.modules])
"""


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program from the project's top folder."""
    return subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        check=False,
        text=True,
        timeout=30,
    )


def test_imports_go_down_only() -> None:
    """tools, commands and web, shell and state: no import goes up or across."""
    result = run(
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
        "--no-cache",
        PYTHONPATH="tests/static",
    )
    assert 0 == result.returncode, result.stdout


def test_the_pytest_plugin_costs_nothing_until_it_is_used() -> None:
    """A user's test run does not import what runs a lab."""
    result = run(sys.executable, "-c", LIST_IMPORTED)
    assert ("[]\n", "") == (result.stdout, result.stderr)


@pytest.mark.parametrize(
    "module", MODULES, ids=lambda file: str(file.relative_to(ROOT))
)
def test_rooms_stay_small_and_say_what_they_are(module: Path) -> None:
    """Every module begins with a docstring and stays below 400 lines."""
    text = module.read_text(encoding="utf-8")
    assert text.startswith('"""')
    assert LINE_LIMIT >= len(text.splitlines())
