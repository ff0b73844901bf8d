"""The lab's certificate authority, over a node's repositories."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tofulab.state.pki import (
    new_key,
    pem,
    read_certificates,
    signing_request,
    verify_chain,
)
from tofulab.state.seed import KeyType
from tofulab.state.subjects import Subject
from tofulab.tools.authority import sign_request


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The default repository of a node of a lab."""
    folder = tmp_path / "prime-sec" / "disk" / "localdisk" / "defaultRepo"
    folder.mkdir(parents=True)
    return folder


def put_request(repository: Path, name: str) -> None:
    """Leave a signing request in a repository."""
    key = new_key(KeyType.EC_P256)
    request = signing_request(key, Subject("prime-sec"), ["prime-sec", "192.0.2.12"])
    (repository / name).write_bytes(pem(request))


def test_certificate_and_chain_are_put_beside_the_request(
    tmp_path: Path, repository: Path
) -> None:
    """The certificate has the request's subject and leads to the chain's authority."""
    put_request(repository, "sec.csr")
    assert ("sec.cer", "sec-chain.cer") == sign_request(
        tmp_path, "prime-sec", "sec.csr"
    )
    [signed] = read_certificates((repository / "sec.cer").read_bytes())
    chain = read_certificates((repository / "sec-chain.cer").read_bytes())
    verify_chain(signed, chain, datetime.now(UTC))
    assert Subject("prime-sec").name() == signed.subject


def test_the_authority_lasts(tmp_path: Path, repository: Path) -> None:
    """Every request of a lab is signed by the same one; its key is private."""
    chains = []
    for name in ("one", "two"):
        put_request(repository, f"{name}.csr")
        sign_request(tmp_path, "prime-sec", f"{name}.csr")
        chains.append((repository / f"{name}-chain.cer").read_bytes())
    assert chains[0] == chains[1]
    assert 0o600 == (tmp_path / "ca" / "ca.key").stat().st_mode & 0o777


def test_a_request_is_found_in_any_repository(tmp_path: Path, repository: Path) -> None:
    """Not only the default one."""
    other = repository.with_name("other")
    other.mkdir()
    put_request(other, "x.csr")
    sign_request(tmp_path, "prime-sec", "x.csr")
    assert (other / "x.cer").exists()


@pytest.mark.parametrize("name", ["no.csr", "../defaultRepo/x.csr", "/etc/passwd"])
def test_what_is_no_file_of_the_node(
    tmp_path: Path, repository: Path, name: str
) -> None:
    """Nothing outside of the repositories is read, or written to."""
    put_request(repository, "x.csr")
    with pytest.raises((OSError, ValueError)):
        sign_request(tmp_path, "prime-sec", name)
    assert ["x.csr"] == [each.name for each in repository.iterdir()]


def test_what_is_no_request(tmp_path: Path, repository: Path) -> None:
    """A file of another kind is refused, and nothing written."""
    (repository / "x.csr").write_text("hello")
    with pytest.raises(ValueError, match="not hold a readable signing request"):
        sign_request(tmp_path, "prime-sec", "x.csr")
    assert not (repository / "x.cer").exists()
