"""`ncs certvalidation`: who is trusted, and the certificates trusted on first use.

Knows nothing of how a certificate is judged.
"""

from __future__ import annotations

from ..shell.arguments import HostPort
from ..shell.console import CommandFailed
from ..state.seed import Role
from ..state.subjects import PkiError, comma_name, slash_name
from ..state.trust import CertificateCheck, Entry, Zone
from . import catalogue as say
from .catalogue import RECALLED, SEED
from .context import Context, fail, refusals
from .registry import PRIME, Family

ZONES = "{devicemgmt | pubnet | system | user}"

certvalidation = Family(
    {
        "ncs": "Prime Infrastructure server commands",
        "certvalidation": "Certificate validation of remote hosts",
        "tofu-certs": "Certificates trusted on first use",
        "listcerts": "List the certificates",
        "deletecert": "Delete a certificate",
        "host": "Remote host and port of the certificate",
        "certificate-check": "How certificates are checked",
        "disable": "Do not check certificates",
        "enable": "Accept certificates of trusted authorities",
        "trust-on-first-use": "Accept the first certificate, and only that later",
        "trustzone": "Trust zone",
        "truststore": "Trust store of a trust zone",
        "devicemgmt": "Managed devices",
        "pubnet": "Public internet",
        "system": "Peer servers",
        "user": "User login",
        "trusted-ca-store": "Certificates of trusted authorities",
        "importcacert": "Import a certificate",
        "listcacerts": "List the certificates",
        "deletecacert": "Delete a certificate",
        "alias": "Alias of the certificate",
        "repository": "Repository that has the file",
    },
    PRIME,
)


@certvalidation.command("ncs certvalidation tofu-certs listcerts", SEED)
async def list_entries(context: Context) -> None:
    """List the certificates trusted on first use.

    The TechNote's listings differ, and are followed: a secondary's has a blank
    line below the heading, and one blank before the subject of its primary.
    """
    secondary = context.node.seed.role is Role.SECONDARY
    peer = context.node.prime.pair.peer
    primary = peer.address if secondary and peer is not None else None
    rows = [_row(entry, primary) for entry in context.node.trust.entries()]
    blank = "\n" if secondary else ""
    await context.console.write(f"{say.TOFU_HEADING}{blank}{''.join(rows)}")


def _row(entry: Entry, primary: str | None) -> str:
    row = say.TOFU_ROW_OF_PRIMARY if entry.host == primary else say.TOFU_ROW
    subject = slash_name(entry.certificate.subject)
    return row.format(host=entry.host, port=entry.port, subject=subject)


@certvalidation.command(
    "ncs certvalidation tofu-certs deletecert host <host_port>", SEED
)
async def delete_entry(context: Context, host_port: HostPort) -> None:
    """Forget a certificate trusted on first use; the next connection stores anew."""
    node = context.node
    what = f"ncs certvalidation tofu-certs deletecert host {host_port}"
    with node.undertaking(what) as undertaking, undertaking.conclude():
        deleted = node.trust.delete(host_port.host, host_port.port)
    if not deleted:
        raise CommandFailed(say.TOFU_NOT_FOUND.format(host_port=host_port))
    node.log("ncs", say.TOFU_DELETED.format(host_port=host_port))
    await context.console.line(say.TOFU_DELETED.format(host_port=host_port))


@certvalidation.command(
    "ncs certvalidation certificate-check"
    f" check={{disable | enable | trust-on-first-use}} trustzone zone={ZONES}",
    RECALLED,
)
async def set_check(context: Context, check: str, zone: str) -> None:
    """Set how the certificates of a trust zone are checked."""
    context.node.trust.set_check(Zone(zone), CertificateCheck(check))
    text = say.CHECK_SET.format(zone=zone, check=check)
    context.node.log("ncs", text)
    await context.console.line(text)


@certvalidation.command(
    "ncs certvalidation trusted-ca-store importcacert alias <alias>"
    f" repository <repository> <file> truststore zone={ZONES}",
    RECALLED,
)
async def import_trusted(
    context: Context, alias: str, repository: str, file: str, zone: str
) -> None:
    """Import an authority's certificate to a trust store."""
    with refusals():
        data = context.node.repositories.read(repository, file)
        context.node.trust.authorities(Zone(zone)).add(alias, data)
    text = say.TRUSTED_IMPORTED.format(alias=alias, zone=zone)
    context.node.log("ncs", text)
    await context.console.line(text)


@certvalidation.command(
    f"ncs certvalidation trusted-ca-store listcacerts truststore zone={ZONES}",
    RECALLED,
)
async def list_trusted(context: Context, zone: str) -> None:
    """List the certificates of a trust store."""
    for alias, certificate in context.node.trust.authorities(Zone(zone)).all():
        issuer = comma_name(certificate.issuer)
        await context.console.line(say.CA_ROW.format(alias=alias, issuer=issuer))


@certvalidation.command(
    "ncs certvalidation trusted-ca-store deletecacert alias <alias>"
    f" truststore zone={ZONES}",
    RECALLED,
)
async def delete_trusted(context: Context, alias: str, zone: str) -> None:
    """Delete a certificate from a trust store."""
    try:
        context.node.trust.authorities(Zone(zone)).delete(alias)
    except PkiError as error:
        raise fail(error) from None
    text = say.TRUSTED_DELETED.format(alias=alias, zone=zone)
    context.node.log("ncs", text)
    await context.console.line(text)
