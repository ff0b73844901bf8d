"""`ncs key`: the server's own key and certificate, and who signed it.

Knows nothing of when a new certificate is taken up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from ..state.keystore import KeyPair
from ..state.node import Node
from ..state.pki import alternative_names, new_key, pem, self_signed, signing_request
from ..state.repositories import RepositoryError
from ..state.subjects import PkiError, Subject, comma_name, fields_of
from . import catalogue as say
from .catalogue import RECALLED, SEEN
from .context import Context, fail, refusals
from .registry import PRIME, Family

key = Family(
    {
        "ncs": "Prime Infrastructure server commands",
        "key": "Keys and certificates of this server",
        "genkey": "Generate a new key",
        "-newdn": "Ask for the distinguished name",
        "-csr": "Write a certificate signing request",
        "<file>": "Name of the file",
        "<key_file>": "Name of the private key's file",
        "importsignedcert": "Import the signed certificate of a request",
        "importkey": "Import a private key and its certificate",
        "importcacert": "Import an authority's certificate",
        "listcacerts": "List the authorities' certificates",
        "deletecacert": "Delete an authority's certificate",
        "<alias>": "Alias of the certificate",
        "repository": "Repository of the file",
    },
    PRIME,
)


@key.command("ncs key genkey [newdn=-newdn]", SEEN)
@key.command("ncs key genkey [newdn=-newdn] -csr <file> repository <repository>", SEEN)
async def generate(
    context: Context, newdn: str = "", file: str = "", repository: str = ""
) -> None:
    """Generate a key: with a self-signed certificate, or with a signing request."""
    node = context.node
    with refusals():
        if repository:
            node.repositories.check_writable(repository, file)
        if node.services.running:
            await context.console.write(say.RUNNING_CHANGES)
        subject = await _ask_subject(context) if newdn else _default_subject(context)
        subject.name()  # what cannot be in a certificate is refused before the key
        alternative_names(_names(context, subject))
        await context.console.line(say.GENERATING_KEY)
        if repository:
            await _make_request(context, subject, file, repository)
        else:
            await _make_certificate(context, subject)


def _default_subject(context: Context) -> Subject:
    """The host name, with the fields of the certificate in use."""
    name = context.node.keystore.certificate.subject
    return Subject(context.node.hostname, fields_of(name))


async def _ask_subject(context: Context) -> Subject:
    """Ask the questions of the appliance (seen); Enter keeps the default."""
    default, ask = _default_subject(context), context.console.ask
    fields = default.fields
    domain = await ask(say.ASK_DOMAIN)
    fields = replace(
        fields,
        organizational_unit=await ask(say.ASK_UNIT) or fields.organizational_unit,
        organization=await ask(say.ASK_ORGANIZATION) or fields.organization,
        locality=await ask(say.ASK_LOCALITY) or fields.locality,
        state=await ask(say.ASK_STATE) or fields.state,
        country=await _ask_country(context) or fields.country,
    )
    return Subject(domain or default.common_name, fields)


async def _ask_country(context: Context) -> str:
    while True:
        answer = await context.console.ask(say.ASK_COUNTRY)
        if not answer or (len(answer) == 2 and answer.isascii() and answer.isalpha()):
            return answer.upper()
        await context.console.line(say.BAD_COUNTRY)


def _names(context: Context, subject: Subject) -> list[str]:
    """The alternative names: the common name, the host name and the address."""
    node = context.node
    return list(dict.fromkeys((subject.common_name, node.hostname, node.seed.address)))


async def _make_certificate(context: Context, subject: Subject) -> None:
    node = context.node
    with node.undertaking("ncs key genkey") as undertaking:
        private = await asyncio.to_thread(new_key, node.seed.key_type)
        now, names = node.clock.now(), _names(context, subject)
        certificate = self_signed(private, subject, names, now)
        with undertaking.conclude():
            node.keystore.install(KeyPair(private, certificate))
    node.log_certificate()


async def _make_request(
    context: Context, subject: Subject, file: str, repository: str
) -> None:
    node = context.node
    with node.undertaking(f"ncs key genkey -csr {file}") as undertaking:
        private = await asyncio.to_thread(new_key, node.seed.key_type)
        request = pem(signing_request(private, subject, _names(context, subject)))
        previous = node.keystore.awaited
        with undertaking.conclude():
            node.keystore.expect_certificate(private)
            undertaking.keep_file(repository, file, request)
        try:
            undertaking.write_file()
        except RepositoryError:
            node.keystore.expect_certificate(previous)
            raise
    text = say.REQUEST_WRITTEN.format(file=file, repository=repository)
    node.log("ncs", text)


@contextmanager
def _concluded(node: Node, what: str) -> Iterator[None]:
    with node.undertaking(what) as undertaking, undertaking.conclude():
        yield


@key.command("ncs key importsignedcert <file> repository <repository>", SEEN)
async def import_signed(context: Context, file: str, repository: str) -> None:
    """Import the signed certificate of the last signing request."""
    await _announce_import(context)
    await context.console.line(say.IMPORTING_SIGNED)
    node = context.node
    with refusals():
        data = node.repositories.read(repository, file)
        with _concluded(node, f"ncs key importsignedcert {file}"):
            node.keystore.import_signed(data, node.clock.now())
    node.log_certificate()


@key.command(
    "ncs key importkey <key_file:file> <file> repository <repository>", RECALLED
)
async def import_key(
    context: Context, key_file: str, file: str, repository: str
) -> None:
    """Import a private key and the certificate for it."""
    await _announce_import(context)
    await context.console.line(say.IMPORTING_KEY)
    node = context.node
    with refusals():
        key_data = node.repositories.read(repository, key_file)
        data = node.repositories.read(repository, file)
        with _concluded(node, f"ncs key importkey {key_file} {file}"):
            node.keystore.import_pair(key_data, data, node.clock.now())
    node.log_certificate()


@key.command("ncs key importcacert <alias> <file> repository <repository>", RECALLED)
async def import_authority(
    context: Context, alias: str, file: str, repository: str
) -> None:
    """Import the certificate of an authority that signs this server's."""
    await _announce_import(context)
    await context.console.line(say.IMPORTING_CA)
    with refusals():
        data = context.node.repositories.read(repository, file)
        context.node.keystore.authorities.add(alias, data)


async def _announce_import(context: Context) -> None:
    await context.console.write(say.RUNNING_IMPORTS)
    if context.node.services.running:
        await context.console.write(say.RUNNING_IMPORTED)


@key.command("ncs key listcacerts", RECALLED)
async def list_authorities(context: Context) -> None:
    """List the certificates of the authorities that sign this server's."""
    for alias, certificate in context.node.keystore.authorities.all():
        issuer = comma_name(certificate.issuer)
        await context.console.line(say.CA_ROW.format(alias=alias, issuer=issuer))


@key.command("ncs key deletecacert <alias>", RECALLED)
async def delete_authority(context: Context, alias: str) -> None:
    """Delete the certificate of an authority."""
    await context.console.line(say.DELETING_CA)
    try:
        context.node.keystore.authorities.delete(alias)
    except PkiError as error:
        raise fail(error) from None
