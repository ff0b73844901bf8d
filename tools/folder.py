"""The lab directory: where its files lie, who runs which node, and the locks.

    lab.toml, lab.log, known_hosts
    NODE/              a node's disk
    NODE.lock          held by the process that runs the node
    run/NAME.json      a running process: its pid, its socket, its nodes
    run/NAME.lock      held by that process

Knows nothing of what is inside a node's folder.
"""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

WHOLE_LAB = "_lab"
"""The name under which a process runs all nodes; no host name can be this."""

_LOCK_PATIENCE = 0.5
_LOCK_INTERVAL = 0.02
_SOCKET_PATH_LIMIT = 103
"""Bytes that fit into `sun_path` everywhere: 104 with the final NUL on BSD."""


class Busy(Exception):
    """A lock that another process holds."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is in use by another process")
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A running process of the lab."""

    name: str
    pid: int
    socket: Path
    nodes: tuple[str, ...]


class LabFolder:
    """The directory of one lab."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.lab_file = self.path / "lab.toml"
        self.log = self.path / "lab.log"
        self.known_hosts = self.path / "known_hosts"
        self.run = self.path / "run"

    def prepare(self) -> None:
        """Make the directory; it holds private keys, so it is the owner's alone.

        Raises `OSError` where that cannot be.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.run.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            advice = f"{error.strerror}; choose another lab directory with --dir"
            raise OSError(error.errno, advice, str(self.path)) from None

    def write(self, file: Path, text: str) -> None:
        """Put a file in place in one step, readable by the owner alone."""
        descriptor, name = tempfile.mkstemp(dir=self.path, prefix=f".{file.name}.")
        try:
            with open(descriptor, "w", encoding="utf-8") as stream:
                stream.write(text)
            os.replace(name, file)
        except BaseException:
            # Whatever it was, Ctrl-C included: no half file is left lying about.
            os.unlink(name)
            raise

    @contextmanager
    def hold_process(self, name: str, nodes: Iterable[str]) -> Iterator[None]:
        """Hold a process's name and its nodes; `Busy` names what is not free."""
        with ExitStack() as stack:
            stack.enter_context(_hold(self.run / f"{name}.lock", name))
            for node in nodes:
                stack.enter_context(self.hold_node(node))
            yield

    @contextmanager
    def hold_node(self, node: str) -> Iterator[None]:
        """Hold a node's lock; `Busy` when its process runs."""
        with _hold(self._node_lock(node), node):
            yield

    @contextmanager
    def hold_file(self, file: Path) -> Iterator[None]:
        """Take turns at changing a file that all processes of the lab write."""
        self.prepare()
        with _hold(self.run / f"{file.name}.lock", file.name, patience=10.0):
            yield

    def is_running(self, node: str) -> bool:
        """Tell whether some process runs the node."""
        return _is_held(self._node_lock(node))

    def records(self) -> list[Record]:
        """Read what processes noted, whether or not they still run."""
        found = []
        for file in sorted(self.run.glob("*.json")):
            # Gone meanwhile, or cut short by a full disk: no record.
            with suppress(OSError, ValueError, KeyError, TypeError):
                found.append(_load(json.loads(file.read_text(encoding="utf-8"))))
        return found

    def add_record(self, record: Record) -> None:
        """Note a running process, whose name is held."""
        content = asdict(record) | {"socket": str(record.socket)}
        self.write(self._record_file(record.name), json.dumps(content))

    def remove_record(self, name: str) -> None:
        """Forget a process, whose name is held, with the socket it had."""
        for record in self.records():
            if record.name == name:
                record.socket.unlink(missing_ok=True)
                if record.socket.parent != self.run:
                    # A private directory of `new_socket_path`, if it is empty now.
                    with suppress(OSError):
                        record.socket.parent.rmdir()
        self._record_file(name).unlink(missing_ok=True)

    def new_socket_path(self, name: str) -> Path:
        """Choose where a process's socket goes.

        It is in the lab directory, or where that path is too long for a
        socket, in a new private directory among the temporary ones.
        """
        path = self.run / f"{name}.sock"
        if len(os.fsencode(path)) <= _SOCKET_PATH_LIMIT:
            return path
        return Path(tempfile.mkdtemp(prefix="tofulab-")) / "lab.sock"

    def _node_lock(self, node: str) -> Path:
        return self.path / f"{node}.lock"

    def _record_file(self, name: str) -> Path:
        return self.run / f"{name}.json"


def _load(content: dict[str, object]) -> Record:
    nodes = content["nodes"]
    if not isinstance(nodes, list):
        raise TypeError("nodes")
    return Record(
        name=str(content["name"]),
        pid=int(str(content["pid"])),
        socket=Path(str(content["socket"])),
        nodes=tuple(str(node) for node in nodes),
    )


@contextmanager
def _hold(file: Path, name: str, *, patience: float = _LOCK_PATIENCE) -> Iterator[None]:
    """Hold a file's lock, which ends with the process however that ends.

    Whoever asks `_is_held` has the lock for a moment, hence the patience.  The
    file stays: a file removed under somebody's lock would be locked twice.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + patience
        while not _try_lock(descriptor):
            if time.monotonic() > deadline:
                raise Busy(name)
            time.sleep(_LOCK_INTERVAL)
        yield
    finally:
        os.close(descriptor)


def _is_held(file: Path) -> bool:
    try:
        descriptor = os.open(file, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _try_lock(descriptor)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
