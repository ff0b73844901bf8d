"""Keys, certificates, signing requests and chains, made and judged with `cryptography`.

Knows no disk and no node: bytes and objects in, objects out.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .seed import KeyType
from .subjects import PkiError, Subject, comma_name

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

VALIDITY = timedelta(days=3650)
_BACKDATED = timedelta(minutes=5)
_LONGEST_CHAIN = 8
_DOMAIN = re.compile(r"(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?")
_SHORTEST_RSA = 2048
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)


def new_key(key_type: KeyType) -> PrivateKey:
    """Make a private key.  RSA takes 40 ms to 1 s: call it in a thread."""
    match key_type:
        case KeyType.EC_P256:
            return ec.generate_private_key(ec.SECP256R1())
        case KeyType.RSA_2048:
            return rsa.generate_private_key(65537, 2048)
        case KeyType.RSA_4096:
            return rsa.generate_private_key(65537, 4096)


def alternative_names(names: Iterable[str]) -> x509.SubjectAlternativeName:
    """Make the subject alternative names: addresses as IP, all others as DNS names.

    Raises PkiError for what is neither.
    """
    entries: list[x509.GeneralName] = []
    for name in names:
        try:
            entries.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            entries.append(_dns_name(name))
    return x509.SubjectAlternativeName(entries)


def _dns_name(name: str) -> x509.DNSName:
    if not _DOMAIN.fullmatch(name):
        raise PkiError(f"{name} is not a domain name")
    return x509.DNSName(name)


def self_signed(
    key: PrivateKey, subject: Subject, names: Sequence[str], now: datetime
) -> x509.Certificate:
    """Make a server's self-signed certificate, valid for ten years."""
    name = subject.name()
    return (
        _builder(name, name, key.public_key(), now)
        .add_extension(alternative_names(names), critical=False)
        .add_extension(_NO_AUTHORITY, critical=True)
        .sign(key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
    now: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + VALIDITY)
    )


def signing_request(
    key: PrivateKey, subject: Subject, names: Sequence[str]
) -> x509.CertificateSigningRequest:
    """Make a certificate signing request (CSR)."""
    return (
        x509.CertificateSigningRequestBuilder()
        .subject_name(subject.name())
        .add_extension(alternative_names(names), critical=False)
        .sign(key, hashes.SHA256())
    )


def make_authority(
    common_name: str, now: datetime
) -> tuple[PrivateKey, x509.Certificate]:
    """Make a certificate authority's key and self-signed certificate (P-256)."""
    key = new_key(KeyType.EC_P256)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    certificate = (
        _builder(name, name, key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_CA_USAGE, critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    return key, certificate


_CA_USAGE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def sign(
    authority_key: PrivateKey,
    authority: x509.Certificate,
    request: x509.CertificateSigningRequest,
    now: datetime,
) -> x509.Certificate:
    """Sign a request: a server certificate with the request's subject and names.

    Raises PkiError for a request whose own signature is wrong.
    """
    public_key = request.public_key()
    if not request.is_signature_valid or not isinstance(
        public_key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey
    ):
        raise PkiError("The signature of the request is not valid")
    builder = _builder(request.subject, authority.subject, public_key, now)
    for extension in request.extensions:
        if isinstance(extension.value, x509.SubjectAlternativeName):
            builder = builder.add_extension(extension.value, extension.critical)
    return (
        builder.add_extension(_NO_AUTHORITY, critical=True)
        .add_extension(_SERVER_USE, critical=False)
        .sign(authority_key, hashes.SHA256())
    )


_NO_AUTHORITY = x509.BasicConstraints(ca=False, path_length=None)
_SERVER_USE = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


def verify_chain(
    certificate: x509.Certificate,
    trusted: Sequence[x509.Certificate],
    now: datetime,
) -> None:
    """Check that a certificate is in date and leads to a trusted root.

    Walked by hand: cryptography's verifier takes no version 1 certificate, which
    is what `openssl x509 -req` writes.  Raises PkiError.
    """
    check_dates(certificate, now)
    link = certificate
    for _ in range(_LONGEST_CHAIN):
        issuer = next((each for each in trusted if _issued(each, link)), None)
        if issuer is None:
            raise PkiError(
                "The certificate chain does not verify:"
                f" issuer {comma_name(link.issuer)} is not trusted"
            )
        check_dates(issuer, now)
        if issuer.subject == issuer.issuer:
            return
        link = issuer
    raise PkiError("The certificate chain does not verify: it is too long")


def _issued(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        constraints = authority.extensions.get_extension_for_class(
            x509.BasicConstraints
        )
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return constraints.value.ca


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Tell whether a certificate was signed with its own key."""
    try:
        certificate.verify_directly_issued_by(certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def check_dates(certificate: x509.Certificate, now: datetime) -> None:
    """Raise PkiError for a certificate that is expired or not yet active."""
    if now > certificate.not_valid_after_utc:
        raise PkiError(
            f"The certificate has expired on {certificate.not_valid_after_utc:%c}"
        )
    if now < certificate.not_valid_before_utc:
        raise PkiError(
            f"The certificate is not valid before {certificate.not_valid_before_utc:%c}"
        )


def same_key(key: PrivateKey, certificate: x509.Certificate) -> bool:
    """Tell whether a certificate is for the private key."""
    return key.public_key() == certificate.public_key()


def check_servable(key: PrivateKey) -> None:
    """Raise PkiError for a key that no TLS server of today can show.

    Once installed, it would keep the services from starting.
    """
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size < _SHORTEST_RSA:
            raise PkiError(f"The RSA key is shorter than {_SHORTEST_RSA} bits")
    elif not isinstance(key.curve, _CURVES):
        raise PkiError(f"The curve {key.curve.name} is not supported")


def read_certificates(data: bytes) -> list[x509.Certificate]:
    """Read one or more certificates from PEM, or one from DER; raise PkiError."""
    try:
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificates(data)
        return [x509.load_der_x509_certificate(data)]
    except ValueError:
        raise PkiError("The file does not hold a readable certificate") from None


def read_key(data: bytes, *, own: bool = False) -> PrivateKey:
    """Read an unencrypted RSA or EC private key from PEM or DER; raise PkiError.

    A key of our `own` making is not checked again, which takes 50 ms with RSA.
    """
    load = serialization.load_der_private_key
    if b"-----BEGIN" in data:
        load = serialization.load_pem_private_key
    try:
        key = load(data, password=None, unsafe_skip_rsa_key_validation=own)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise PkiError("The file does not hold a readable private key") from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise PkiError("The private key is neither RSA nor EC")
    return key


def read_request(data: bytes) -> x509.CertificateSigningRequest:
    """Read a signing request from PEM; raise PkiError."""
    try:
        return x509.load_pem_x509_csr(data)
    except ValueError:
        raise PkiError("The file does not hold a readable signing request") from None


def key_bytes(key: PrivateKey) -> bytes:
    """Write a private key as unencrypted PKCS 8 DER."""
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def pem(item: x509.Certificate | x509.CertificateSigningRequest) -> bytes:
    """Write a certificate or signing request as PEM."""
    return item.public_bytes(serialization.Encoding.PEM)


def der(certificate: x509.Certificate) -> bytes:
    """Write a certificate as DER."""
    return certificate.public_bytes(serialization.Encoding.DER)
