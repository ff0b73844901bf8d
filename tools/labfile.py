"""Read a lab file (TOML) into a `Lab`, or say everything that is wrong with it.

Knows nothing of running nodes; whether a port is free shows when the lab comes up.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

from ..state.seed import (
    KeyType,
    Kind,
    NodeSeed,
    Role,
    SubjectFields,
    UserRole,
    UserSeed,
)
from . import fields
from .lab import (
    DEFAULT_SCALE,
    HEALTH_MONITOR,
    HTTPS,
    SERVICES,
    SSH,
    Dns,
    Lab,
    LabNode,
    Link,
    LinkState,
)
from .lab_checks import check_lab
from .tables import LabFileError, Mistake, MistakeList, Refusal, Table, show

__all__ = [
    "HEALTH_MONITOR",
    "HTTPS",
    "SSH",
    "Dns",
    "Lab",
    "LabFileError",
    "LabNode",
    "Link",
    "LinkState",
    "Mistake",
    "default_lab",
    "default_text",
    "parse_lab",
    "read_lab",
    "read_text",
]

_PRIME_VERSIONS = ("3.5", "3.6", "3.7", "3.8", "3.9", "3.10")
_ISE_VERSIONS = ("2.7", "3.0", "3.1", "3.2", "3.3")
# None stands for a kind that the file does not say, or says wrong.
_VERSIONS: Mapping[Kind | None, Sequence[str]] = {
    Kind.PRIME: _PRIME_VERSIONS,
    Kind.ISE: _ISE_VERSIONS,
    None: _ISE_VERSIONS + _PRIME_VERSIONS,
}
_ROLES: Mapping[Kind | None, Sequence[Role]] = {
    Kind.PRIME: (Role.PRIMARY, Role.SECONDARY),
    Kind.ISE: tuple(Role),
    None: tuple(Role),
}
_NAME_SERVER_LIMIT = 3
"""As many as `ip name-server` of the appliance takes."""

_SYNTAX = re.compile(r"(?P<reason>.*) \(at (line (?P<line>\d+)|end of).*\)", re.DOTALL)


def read_lab(file: Path) -> Lab:
    """Read a lab file; `LabFileError` holds all of its mistakes at once."""
    return parse_lab(read_text(file), str(file))


def read_text(file: Path) -> str:
    """Read the text of a lab file; `LabFileError` when that cannot be done."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise _whole_file(file, str(error.strerror), "name a file to read") from None
    except UnicodeDecodeError:
        raise _whole_file(file, "is not UTF-8 text", "save it as UTF-8") from None


def default_lab() -> Lab:
    """Read the lab that is embedded in the package."""
    return parse_lab(default_text(), "default.toml")


def default_text() -> str:
    """Return the embedded lab file: the default lab, with comments for its readers."""
    source = resources.files(__package__) / "labs" / "default.toml"
    return source.read_text(encoding="utf-8")


def parse_lab(text: str, file: str, *, own_ports: bool = False) -> Lab:
    """Read the text of a lab file; `file` is what mistakes call it.

    With `own_ports` it does not matter where its nodes would listen: whoever
    runs the lab puts them on loopback.

    Raises `LabFileError` with all mistakes at once; an error of syntax comes alone.
    """
    notes = MistakeList(file)
    table = Table(_parse_toml(text, file), notes)
    lab = _read_lab(table)
    table.close()
    check_lab(lab, notes, own_ports=own_ports)
    notes.check()
    return lab


def _parse_toml(text: str, file: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = _SYNTAX.fullmatch(str(error))
        reason = match["reason"] if match else str(error)
        line = (match and match["line"]) or str(text.count("\n") + 1)
        raise _whole_file(f"{file}:{line}", reason, "mend it there") from None
    except RecursionError:
        raise _whole_file(file, "is nested too deep", "write it flatter") from None


def _whole_file(file: Path | str, reason: str, remedy: str) -> LabFileError:
    mistake = Mistake(file=str(file), key="", reason=reason, remedy=remedy)
    return LabFileError([mistake])


def _read_lab(table: Table) -> Lab:
    hosts = _read_hosts(table)
    nodes = tuple(_read_node(node, hosts) for node in table.tables("node"))
    if not nodes:
        table.note("node", "the lab has no nodes", "write a [[node]] table for each")
    return Lab(
        name=table.get("name", fields.host_name, "lab"),
        nodes=nodes,
        scale=table.get("scale", fields.scale, DEFAULT_SCALE),
        links=tuple(_read_link(link) for link in table.tables("link")),
        dns=_read_dns(table.table("dns")),
        hosts=hosts,
    )


def _read_hosts(table: Table) -> tuple[tuple[str, str], ...]:
    entries = table.table("hosts").items(fields.dns_name, fields.ip_address, "")
    return tuple((address, name) for name, address in entries.items())


def _read_dns(table: Table) -> Dns:
    records = table.table("records").items(fields.dns_name, fields.ip_address, "")
    if records and "server" not in table:
        table.note("server", "is missing", "say at which address nodes find it")
    dns = Dns(
        server=table.get("server", fields.ip_address, None),
        records={name.lower(): address for name, address in records.items()},
    )
    table.close()
    return dns


def _read_link(table: Table) -> Link:
    ends = table.members("between", fields.host_name)
    if len(ends) != 2:
        table.note("between", "does not name two nodes", 'write it as ["one", "other"]')
        ends = ["", ""]
    link = Link(
        nodes=(ends[0], ends[1]),
        state=table.get("state", fields.one_of(LinkState), LinkState.UP),
        port=table.get("port", fields.port, None),
        one_way=table.get("one_way", fields.flag, False),
    )
    table.close()
    return link


def _read_node(table: Table, hosts: tuple[tuple[str, str], ...]) -> LabNode:
    kind = table.need("kind", fields.one_of(Kind), None)
    role = table.need("role", fields.one_of(Role, _ROLES[kind]), Role.PRIMARY)
    versions = _VERSIONS[kind]
    seed = NodeSeed(
        name=table.need("name", fields.host_name, ""),
        kind=kind or Kind.PRIME,
        role=role,
        address=table.need("address", fields.ipv4_address, ""),
        version=table.get("version", fields.version(versions), versions[0]),
        users=tuple(_read_user(user) for user in table.tables("user")),
        ha_authkey=_read_ha_authkey(table, kind, role),
        subject=_read_subject(table.table("subject")),
        key_type=table.get("key_type", fields.one_of(KeyType), KeyType.RSA_2048),
        name_servers=_read_name_servers(table),
        hosts=hosts + _read_hosts(table),
    )
    listen = _read_listen(table.table("listen"), seed.kind)
    table.close()
    return LabNode(seed=seed, listen=listen)


def _read_name_servers(table: Table) -> tuple[str, ...]:
    servers = table.members("name_servers", fields.ip_address)
    if len(servers) > _NAME_SERVER_LIMIT:
        reason = f"{len(servers)} are too many"
        table.note("name_servers", reason, f"name up to {_NAME_SERVER_LIMIT}")
    return tuple(servers)


def _read_ha_authkey(table: Table, kind: Kind | None, role: Role) -> str | None:
    key = table.get("ha_authkey", fields.secret, None)
    given = "ha_authkey" in table
    if given and kind is Kind.ISE:
        table.note("ha_authkey", "an ISE node has no such key", "take it out")
    if not given and kind is Kind.PRIME and role is Role.SECONDARY:
        reason = "is missing: a secondary is installed with one"
        table.note("ha_authkey", reason, "add it")
    return key


def _read_user(table: Table) -> UserSeed:
    user = UserSeed(
        name=table.need("name", fields.user_name, ""),
        password=table.get("password", fields.password, None),
        role=table.get("role", fields.one_of(UserRole), UserRole.ADMIN),
        public_keys=tuple(table.members("public_keys", fields.public_key)),
    )
    if "password" not in table and "public_keys" not in table:
        table.note("password", "is missing", "give the user one, or public_keys")
    table.close()
    return user


def _read_subject(table: Table) -> SubjectFields:
    usual = SubjectFields()
    subject = SubjectFields(
        country=table.get("country", fields.country, usual.country),
        state=table.get("state", fields.short_text, usual.state),
        locality=table.get("locality", fields.short_text, usual.locality),
        organization=table.get("organization", fields.short_text, usual.organization),
        organizational_unit=table.get(
            "organizational_unit", fields.short_text, usual.organizational_unit
        ),
    )
    table.close()
    return subject


def _read_listen(table: Table, kind: Kind) -> Mapping[int, tuple[str, int]]:
    def real_port(value: object) -> int:
        services = {str(port): port for port in SERVICES[kind]}
        if str(value) not in services:
            choice = ", ".join(services)
            raise Refusal(f"{kind} nodes do not serve {show(value)}", f"map {choice}")
        return services[str(value)]

    # A wrong place counts as mapped, lest the real address be held against it.
    return table.items(real_port, fields.listening_place, ("", 0))
