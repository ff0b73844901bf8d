"""Fixtures for test suites: a lab, and logged-in sessions on its nodes.

Loaded with every pytest run of whoever has tofulab installed, so it imports
nothing but pytest until a fixture is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import pexpect

    from .harness import LabThread

Spawn = Callable[..., "pexpect.spawn[str]"]

_MARKER = "tofulab(file): lab file for the tofulab_lab fixture, relative to the test"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture(scope="session")
def _tofulab_first_boots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first lab of each file leaves its keys for those that follow."""
    return tmp_path_factory.mktemp("tofulab-first-boots")


@pytest.fixture
def tofulab_lab(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    _tofulab_first_boots: Path,
) -> Iterator[LabThread]:
    """A fresh lab with instant time, on ports of its own; gone after the test.

    It is the default lab, or that of the file named by the `tofulab` marker.
    """
    from .harness import LabThread

    file = _marked_file(request)
    name = "default" if file is None else sha256(file.read_bytes()).hexdigest()
    with LabThread(
        tmp_path_factory.mktemp("tofulab"),
        file,
        first_boots=_tofulab_first_boots / name,
    ) as lab:
        yield lab


def _marked_file(request: pytest.FixtureRequest) -> Path | None:
    marker = request.node.get_closest_marker("tofulab")
    if marker is None:
        return None
    return Path(request.path).parent / str(marker.args[0])


@pytest.fixture
def tofulab_spawn(tofulab_lab: LabThread) -> Iterator[Spawn]:
    """Start OpenSSH on a node of `tofulab_lab` under pexpect, logged in.

    Call it as `tofulab_spawn("prime-pri")`; `user` and `password` default to
    the node's first administrator, other keywords go to `pexpect.spawn`.
    """
    import pexpect

    sessions: list[pexpect.spawn[str]] = []

    def spawn(
        node: str,
        *,
        user: str | None = None,
        password: str | None = None,
        **keywords: Any,
    ) -> pexpect.spawn[str]:
        view = tofulab_lab.node(node)
        program, *arguments = tofulab_lab.ssh_command(node, user=user)
        options: dict[str, Any] = {
            "encoding": "utf-8",
            "timeout": 20,
            "echo": True,
            **keywords,
        }
        session = pexpect.spawn(program, arguments, **options)
        sessions.append(session)
        session.expect("assword: ")
        session.sendline(password or view.password or "")
        session.expect(r"[\w.-]+/[\w.-]+[#>] $")
        return session

    yield spawn
    for session in sessions:
        session.close(force=True)
