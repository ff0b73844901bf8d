"""Distinguished names: what a certificate is for, and how the appliance writes it.

Knows no keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier

from .seed import SubjectFields
from .texts import clean

_ABBREVIATIONS: tuple[tuple[ObjectIdentifier, str], ...] = (
    (NameOID.COUNTRY_NAME, "C"),
    (NameOID.STATE_OR_PROVINCE_NAME, "ST"),
    (NameOID.LOCALITY_NAME, "L"),
    (NameOID.ORGANIZATION_NAME, "O"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "OU"),
    (NameOID.COMMON_NAME, "CN"),
)
_BY_OID = dict(_ABBREVIATIONS)


class PkiError(ValueError):
    """A key, certificate or chain that cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A distinguished name: a common name and the fields beside it."""

    common_name: str
    fields: SubjectFields = field(default_factory=SubjectFields)

    def name(self) -> x509.Name:
        """Make the X.509 name, country first; empty fields are left out.

        Raises PkiError for a field that X.509 does not allow.
        """
        fields = self.fields
        values = (
            fields.country,
            fields.state,
            fields.locality,
            fields.organization,
            fields.organizational_unit,
            self.common_name,
        )
        try:
            return x509.Name(
                x509.NameAttribute(oid, value)
                for (oid, _), value in zip(_ABBREVIATIONS, values, strict=True)
                if value
            )
        except ValueError as error:
            raise PkiError(str(error)) from None


def _pairs(name: x509.Name) -> list[str]:
    return [
        f"{_BY_OID.get(each.oid, each.oid.dotted_string)}={clean(each.value)}"
        for each in name
    ]


def slash_name(name: x509.Name) -> str:
    """Write a name as `listcerts` does: `/C=US/ST=CA/.../CN=prime-pri`."""
    return "".join(f"/{pair}" for pair in _pairs(name))


def comma_name(name: x509.Name) -> str:
    """Write a name as the logs do: `CN=prime-pri, OU=Prime Infra, ..., C=US`."""
    return ", ".join(reversed(_pairs(name)))


def common_name(name: x509.Name) -> str:
    """Return the common name, or the whole name where there is none."""
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return clean(found[0].value) if found else comma_name(name)


def fields_of(name: x509.Name) -> SubjectFields:
    """Read the fields beside the common name; those that are missing are empty."""
    values = {
        field: "".join(str(each.value) for each in name.get_attributes_for_oid(oid)[:1])
        for field, oid in _FIELDS.items()
    }
    return SubjectFields(**values)


_FIELDS = {
    "country": NameOID.COUNTRY_NAME,
    "state": NameOID.STATE_OR_PROVINCE_NAME,
    "locality": NameOID.LOCALITY_NAME,
    "organization": NameOID.ORGANIZATION_NAME,
    "organizational_unit": NameOID.ORGANIZATIONAL_UNIT_NAME,
}
