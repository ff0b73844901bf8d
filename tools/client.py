"""Ask a running lab over its operator socket: one JSON line there, one back.

Knows neither what may be asked nor where the socket lies.
"""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

Message = dict[str, Any]
"""What JSON makes of a request or an answer; checked where its parts are used."""

PATIENCE = 60.0
"""Seconds to wait for an answer; a rebuild makes several RSA keys."""

_CHUNK = 65536


class OperationError(Exception):
    """An operation that cannot be done; the message is for the operator."""


class NoAnswer(OSError):
    """Nobody serves the socket, or whoever does says nothing."""


def ask(path: Path, request: Message, patience: float = PATIENCE) -> Message:
    """Send a request to the socket at `path` and return the answer.

    Raises `OperationError` when the answer is an error, and `NoAnswer` when
    none comes within `patience` seconds.
    """
    try:
        answer = _exchange(path, json.dumps(request).encode() + b"\n", patience)
    except OSError as error:
        raise NoAnswer(f"{path}: {error.strerror or error}") from None
    if not answer.endswith(b"\n"):
        raise NoAnswer(f"{path}: the answer broke off")
    message = json.loads(answer)
    if not isinstance(message, dict):
        raise NoAnswer(f"{path}: the answer is not an object")
    if "error" in message:
        raise OperationError(message["error"])
    return message


def is_served(path: Path) -> bool:
    """Tell whether a process listens on the socket at `path`."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(str(path))
        except TimeoutError:
            # Nobody accepts, but somebody listens: the process is stopped or busy.
            return True
        except OSError:
            return False
    return True


def _exchange(path: Path, request: bytes, patience: float) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(patience)
        connection.connect(str(path))
        connection.sendall(request)
        chunks = []
        while chunk := connection.recv(_CHUNK):
            chunks.append(chunk)
    return b"".join(chunks)
