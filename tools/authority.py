"""The lab's certificate authority: signs requests that lie in a node's repository.

Works on the lab directory alone, whether or not the lab runs.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from ..state.birth import LOCAL_DISK
from ..state.pki import (
    PrivateKey,
    key_bytes,
    make_authority,
    pem,
    read_certificates,
    read_key,
    read_request,
    sign,
)

COMMON_NAME = "tofulab CA"


def sign_request(directory: Path, node: str, file: str) -> tuple[str, str]:
    """Sign the request `file` in a repository of a node.

    Returns the names of the certificate and of the chain (the authority's own
    certificate), written beside it.  Raises OSError, or ValueError for a file
    that is no request.
    """
    request = _find(directory / node / LOCAL_DISK, file)
    key, authority = _open(directory / "ca")
    certificate = sign(
        key, authority, read_request(request.read_bytes()), datetime.now(UTC)
    )
    signed = request.with_suffix(".cer")
    chain = request.with_name(f"{request.stem}-chain.cer")
    signed.write_bytes(pem(certificate))
    chain.write_bytes(pem(authority))
    return signed.name, chain.name


def _find(local_disk: Path, file: str) -> Path:
    """Find a file in the node's repositories, whichever it is in."""
    if Path(file).name != file:
        raise ValueError("the name of a file in a repository is expected")
    for path in sorted(local_disk.glob("**/*")):
        if path.name == file and path.is_file() and not path.is_symlink():
            return path
    raise FileNotFoundError(2, "no such file in the node's repositories", file)


def _open(folder: Path) -> tuple[PrivateKey, x509.Certificate]:
    """Open the authority, made when it is first needed."""
    key_file, certificate_file = folder / "ca.key", folder / "ca.cer"
    if not certificate_file.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key, authority = make_authority(COMMON_NAME, datetime.now(UTC))
        _write_private(key_file, key_bytes(key))
        unfinished = folder / "ca.cer.new"
        unfinished.write_bytes(pem(authority))
        os.replace(unfinished, certificate_file)  # with it the authority is made
    key = read_key(key_file.read_bytes())
    return key, read_certificates(certificate_file.read_bytes())[0]


def _write_private(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as stream:
        stream.write(data)
