"""Keys, certificates and requests: what is in them, and which chains hold."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from tofulab.state.pki import (
    VALIDITY,
    PrivateKey,
    alternative_names,
    check_dates,
    check_servable,
    der,
    is_self_signed,
    key_bytes,
    make_authority,
    new_key,
    pem,
    read_certificates,
    read_key,
    read_request,
    same_key,
    self_signed,
    sign,
    signing_request,
    verify_chain,
)
from tofulab.state.seed import KeyType
from tofulab.state.subjects import PkiError, Subject, slash_name

T = TypeVar("T", bound=x509.ExtensionType)

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
KEY = new_key(KeyType.EC_P256)
NAMES = ("prime-sec", "192.0.2.12", "2001:db8::12")
CA_KEY, CA = make_authority("Lab CA", NOW)
REQUEST = signing_request(KEY, Subject("prime-sec"), NAMES)
SIGNED = sign(CA_KEY, CA, REQUEST, NOW)

# Version 1, as `openssl x509 -req` writes it, by an authority of the same origin.
V1_CA = b"""-----BEGIN CERTIFICATE-----
MIIBdzCCAR2gAwIBAgIUNqW4ZbQ8a5dwvNn+60NacAK/VrMwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGT2xkIENBMB4XDTI2MTEyNDAzNDEwM1oXDTM2MTEyMTAzNDEw
M1owETEPMA0GA1UEAwwGT2xkIENBMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
yCj1YO0rflRpuk6Q7xdXpmsW/T3wG06wt+P/8SQ1YnTxiJ03ufunh7mQ9b4iiCSE
nOTFac17kSQ/lbpfNgOIBaNTMFEwHQYDVR0OBBYEFCFyCRPktsTLN/sX7a1I9kYL
+U/eMB8GA1UdIwQYMBaAFCFyCRPktsTLN/sX7a1I9kYL+U/eMA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAPjy118vPn/wByXCxNle8cX5xandQo4R
5geBrcxF0v6hAiA2fN8yvxCXEBzIFW6oNRg4cyqmCwNcPOLiIu5gDg3How==
-----END CERTIFICATE-----
"""
V1 = b"""-----BEGIN CERTIFICATE-----
MIIBDDCBswIBATAKBggqhkjOPQQDAjARMQ8wDQYDVQQDDAZPbGQgQ0EwHhcNMjYx
MTI0MDM0MTAzWhcNMzYxMTIxMDM0MTAzWjAUMRIwEAYDVQQDDAlwcmltZS1zZWMw
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARMQbPSfwnODrNOG7QZfXYNUOBuKClR
01e675mc5GwqstnqAvBdFtdDK/jEwh6mscvT+H67KDaT48hugM3W/yeSMAoGCCqG
SM49BAMCA0gAMEUCIGs58ZQPsTjLmsRXw0lOReMOecIPlhKU5TOb3Ga1WRFXAiEA
8miVSCuUdkZVGyefAkswjMpljWCeykXOia9mfc4xKNw=
-----END CERTIFICATE-----
"""


def make(
    subject: str,
    issuer: str,
    signer: PrivateKey,
    *,
    key: PrivateKey = KEY,
    ca: bool | None = True,
    start: datetime = NOW,
) -> x509.Certificate:
    """Make a certificate of any kind, valid for a day; `ca` None has no extension."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(Subject(subject).name())
        .issuer_name(Subject(issuer).name())
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=1))
    )
    if ca is not None:
        constraints = x509.BasicConstraints(ca=ca, path_length=None)
        builder = builder.add_extension(constraints, critical=True)
    return builder.sign(signer, hashes.SHA256())


def extension(
    item: x509.Certificate | x509.CertificateSigningRequest, kind: type[T]
) -> x509.Extension[T]:
    """Find an extension of a kind."""
    return item.extensions.get_extension_for_class(kind)


@pytest.mark.parametrize(
    ("key_type", "bits"),
    [(KeyType.EC_P256, 256), (KeyType.RSA_2048, 2048), (KeyType.RSA_4096, 4096)],
)
def test_keys_are_of_the_kind_asked_for(key_type: KeyType, bits: int) -> None:
    """A lab file's key type decides family and length."""
    key = new_key(key_type)
    family = rsa.RSAPrivateKey if "rsa" in key_type else ec.EllipticCurvePrivateKey
    assert (True, bits) == (isinstance(key, family), key.key_size)


def test_a_self_signed_certificate_has_all_that_a_server_needs() -> None:
    """It names itself and its addresses, is no authority, and lasts ten years."""
    certificate = self_signed(KEY, Subject("prime-sec"), NAMES, NOW)
    assert certificate.subject == certificate.issuer
    assert is_self_signed(certificate)
    assert (
        alternative_names(NAMES)
        == extension(certificate, x509.SubjectAlternativeName).value
    )
    constraints = extension(certificate, x509.BasicConstraints)
    assert (True, False) == (constraints.critical, constraints.value.ca)
    assert NOW + VALIDITY == certificate.not_valid_after_utc
    assert NOW > certificate.not_valid_before_utc
    assert x509.Version.v3 is certificate.version


def test_alternative_names_tell_addresses_from_names() -> None:
    """Addresses of both families are IP entries, all others DNS entries."""
    names = alternative_names(NAMES)
    assert ["prime-sec"] == names.get_values_for_type(x509.DNSName)
    assert [*map(ipaddress.ip_address, NAMES[1:])] == names.get_values_for_type(
        x509.IPAddress
    )


def test_a_request_carries_subject_names_and_key() -> None:
    """A signing request is signed with the key that it is for."""
    assert REQUEST.is_signature_valid
    assert REQUEST.subject == Subject("prime-sec").name()
    assert KEY.public_key() == REQUEST.public_key()
    assert (
        alternative_names(NAMES)
        == extension(REQUEST, x509.SubjectAlternativeName).value
    )


def test_a_signed_certificate_is_what_was_requested() -> None:
    """It has the request's subject and names, and may be used by a server."""
    assert (CA.subject, REQUEST.subject) == (SIGNED.issuer, SIGNED.subject)
    assert (
        alternative_names(NAMES) == extension(SIGNED, x509.SubjectAlternativeName).value
    )
    usage = extension(SIGNED, x509.ExtendedKeyUsage).value
    assert [ExtendedKeyUsageOID.SERVER_AUTH] == list(usage)
    SIGNED.verify_directly_issued_by(CA)


def test_a_request_does_not_make_itself_an_authority() -> None:
    """Of what it asks for, a server's certificate has subject and names alone."""
    greedy = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(Subject("prime-sec").name())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(KEY, hashes.SHA256())
    )
    signed = sign(CA_KEY, CA, greedy, NOW)
    assert not extension(signed, x509.BasicConstraints).value.ca


@pytest.mark.parametrize("name", ["café", "a b", "", "a..b"])
def test_what_is_no_domain_name_is_refused(name: str) -> None:
    """Before it gets into a certificate."""
    with pytest.raises(PkiError, match="is not a domain name"):
        alternative_names([name])


def test_an_authority_may_sign_certificates_and_nothing_else() -> None:
    """The lab CA's certificate says what it is for."""
    constraints = extension(CA, x509.BasicConstraints)
    assert (True, True, 0) == (
        constraints.critical,
        constraints.value.ca,
        constraints.value.path_length,
    )
    usage = extension(CA, x509.KeyUsage)
    assert (True, True, True, False) == (
        usage.critical,
        usage.value.key_cert_sign,
        usage.value.crl_sign,
        usage.value.digital_signature,
    )
    identifier = extension(CA, x509.SubjectKeyIdentifier).value
    expected = x509.SubjectKeyIdentifier.from_public_key(CA_KEY.public_key())
    assert expected == identifier


def test_a_request_with_a_wrong_signature_is_not_signed() -> None:
    """A request that was changed on its way is refused."""
    data = bytearray(REQUEST.public_bytes(serialization.Encoding.DER))
    place = data.index(b"prime-sec")
    data[place : place + 9] = b"prime-bad"
    forged = x509.load_der_x509_csr(bytes(data))
    with pytest.raises(PkiError, match="signature of the request is not valid"):
        sign(CA_KEY, CA, forged, NOW)


def test_a_request_for_an_unusual_key_is_not_signed() -> None:
    """Keys other than RSA and EC are refused."""
    key = ed25519.Ed25519PrivateKey.generate()
    builder = x509.CertificateSigningRequestBuilder(Subject("a").name())
    with pytest.raises(PkiError):
        sign(CA_KEY, CA, builder.sign(key, None), NOW)


def test_a_signed_certificate_verifies() -> None:
    """One step to a trusted root is a chain."""
    verify_chain(SIGNED, [CA], NOW)


def test_a_chain_may_have_links() -> None:
    """A certificate may lead to its root over authorities between them."""
    root, between = new_key(KeyType.EC_P256), new_key(KeyType.EC_P256)
    chain = [
        make("between", "root", root, key=between),
        make("root", "root", root, key=root),
    ]
    leaf = make("leaf", "between", between, ca=False)
    verify_chain(leaf, chain, NOW)
    with pytest.raises(PkiError, match=r"issuer CN=root, .* is not trusted"):
        verify_chain(leaf, chain[:1], NOW)
    with pytest.raises(PkiError, match=r"issuer CN=between, .* is not trusted"):
        verify_chain(leaf, chain[1:], NOW)


def test_a_chain_without_end_is_given_up() -> None:
    """Authorities that sign each other are no chain."""
    one, two = new_key(KeyType.EC_P256), new_key(KeyType.EC_P256)
    circle = [make("one", "two", two, key=one), make("two", "one", one, key=two)]
    with pytest.raises(PkiError, match="too long"):
        verify_chain(make("leaf", "one", one), circle, NOW)


def test_the_same_name_is_not_enough() -> None:
    """An authority of the right name with another key did not sign it."""
    _, impostor = make_authority("Lab CA", NOW)
    with pytest.raises(PkiError, match="issuer CN=Lab CA is not trusted"):
        verify_chain(SIGNED, [impostor], NOW)


@pytest.mark.parametrize("ca", [False, None])
def test_only_an_authority_can_issue(ca: bool | None) -> None:
    """A certificate that is not an authority's signs nothing, whatever it claims."""
    issuer = make("issuer", "issuer", KEY, ca=ca)
    leaf = make("leaf", "issuer", KEY)
    with pytest.raises(PkiError, match="is not trusted"):
        verify_chain(leaf, [issuer], NOW)


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (NOW - timedelta(days=2), "has expired on"),
        (NOW + timedelta(days=1), "not valid before"),
    ],
)
def test_every_link_must_be_in_date(start: datetime, reason: str) -> None:
    """An expired or future certificate is refused, and so is one below such a root."""
    root = make("root", "root", KEY)
    with pytest.raises(PkiError, match=reason):
        verify_chain(make("leaf", "root", KEY, start=start), [root], NOW)
    old_root = make("root", "root", KEY, start=start)
    with pytest.raises(PkiError, match=reason):
        verify_chain(make("leaf", "root", KEY), [old_root], NOW)


def test_dates_hold_to_the_second() -> None:
    """The first and last second of a certificate's life are part of it."""
    certificate = make("a", "a", KEY)
    check_dates(certificate, certificate.not_valid_before_utc)
    check_dates(certificate, certificate.not_valid_after_utc)


def test_version_1_certificates_verify() -> None:
    """What `openssl x509 -req` writes without extensions is accepted."""
    certificate, authority = read_certificates(V1)[0], read_certificates(V1_CA)[0]
    assert x509.Version.v1 is certificate.version
    verify_chain(certificate, [authority], certificate.not_valid_before_utc)


def test_a_version_1_certificate_is_no_authority() -> None:
    """Without extensions nothing says that it may sign."""
    certificate = read_certificates(V1)[0]
    with pytest.raises(PkiError, match="is not trusted"):
        verify_chain(certificate, [certificate], certificate.not_valid_before_utc)


def test_self_signed_is_a_matter_of_the_signature() -> None:
    """Naming oneself as issuer does not make a certificate self-signed."""
    other = new_key(KeyType.EC_P256)
    assert not is_self_signed(make("a", "a", other))
    assert not is_self_signed(SIGNED)
    assert is_self_signed(CA)


def test_certificates_are_read_in_every_form() -> None:
    """PEM with several, PEM with text around it, and DER can be read."""
    assert [SIGNED, CA] == read_certificates(pem(SIGNED) + b"text\n" + pem(CA))
    assert [SIGNED] == read_certificates(der(SIGNED))
    assert "/CN=Lab CA" == slash_name(read_certificates(pem(CA))[0].subject)


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", pem(CA)[:-40], pem(CA).replace(b"M", b"?", 3), pem(REQUEST)],
    ids=["empty", "text", "cut", "broken", "a request"],
)
def test_what_is_no_certificate_is_refused(data: bytes) -> None:
    """A file that holds something else is an error that can be shown."""
    with pytest.raises(PkiError, match="does not hold a readable certificate"):
        read_certificates(data)


def test_keys_are_read_in_every_form() -> None:
    """Keys are read from DER, PKCS 8 and traditional PEM."""
    assert same_key(read_key(key_bytes(KEY)), make("a", "a", KEY))
    for form in (
        serialization.PrivateFormat.PKCS8,
        serialization.PrivateFormat.TraditionalOpenSSL,
    ):
        text = KEY.private_bytes(
            serialization.Encoding.PEM, form, serialization.NoEncryption()
        )
        assert same_key(read_key(text), make("a", "a", KEY))


def test_unusable_keys_are_refused() -> None:
    """Encrypted keys, other families and other files are errors that can be shown."""
    locked = KEY.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    for data in (b"", b"hello", locked, pem(CA)):
        with pytest.raises(PkiError, match="does not hold a readable private key"):
            read_key(data)
    other = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with pytest.raises(PkiError, match="neither RSA nor EC"):
        read_key(other)


def test_requests_are_read_from_pem() -> None:
    """A signing request comes back as it was written; other files are refused."""
    assert read_request(pem(REQUEST)) == REQUEST
    with pytest.raises(PkiError, match="does not hold a readable signing request"):
        read_request(pem(CA))


def test_keys_that_no_server_can_show_are_refused() -> None:
    """Short RSA keys and curves that TLS does not use are told by name."""
    check_servable(KEY)
    with pytest.raises(PkiError, match="shorter than 2048 bits"):
        check_servable(rsa.generate_private_key(65537, 1024))
    with pytest.raises(PkiError, match="curve secp256k1 is not supported"):
        check_servable(ec.generate_private_key(ec.SECP256K1()))
