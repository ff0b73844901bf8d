"""Distinguished names and the two ways in which the appliance writes them."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from tofulab.state.seed import SubjectFields
from tofulab.state.subjects import (
    PkiError,
    Subject,
    comma_name,
    common_name,
    fields_of,
    slash_name,
)

NAME = Subject("prime-pri").name()


def test_the_list_writes_country_first() -> None:
    """`listcerts` has the TechNote's form, with the fields' defaults."""
    expected = "/C=US/ST=CA/L=SJ/O=Cisco Systems/OU=Prime Infra/CN=prime-pri"
    assert expected == slash_name(NAME)


def test_the_logs_write_the_common_name_first() -> None:
    """The logs have the TechNote's form."""
    expected = "CN=prime-pri, OU=Prime Infra, O=Cisco Systems, L=SJ, ST=CA, C=US"
    assert expected == comma_name(NAME)


def test_empty_fields_are_left_out() -> None:
    """A field that was not given is not in the name."""
    name = Subject("a", SubjectFields(country="", locality="")).name()
    assert "/ST=CA/O=Cisco Systems/OU=Prime Infra/CN=a" == slash_name(name)


@pytest.mark.parametrize(
    "subject",
    [Subject("x" * 65), Subject("a", SubjectFields(country="USA"))],
    ids=["long common name", "long country"],
)
def test_what_x509_does_not_allow_is_refused(subject: Subject) -> None:
    """A field that is too long is an error that can be shown."""
    with pytest.raises(PkiError):
        subject.name()


def test_fields_are_read_back() -> None:
    """What went into a name comes out of it; what is missing is empty."""
    fields = SubjectFields(state="", organization="Lab")
    assert fields == fields_of(Subject("a", fields).name())


def test_a_name_without_a_common_name_stands_for_itself() -> None:
    """Where there is no common name, the whole name is shown."""
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Lab")])
    assert ("O=Lab", "prime-pri") == (common_name(name), common_name(NAME))


def test_an_attribute_without_abbreviation_is_shown_by_number() -> None:
    """Unusual attributes do not disappear."""
    name = x509.Name([x509.NameAttribute(NameOID.SERIAL_NUMBER, "7")])
    assert "/2.5.4.5=7" == slash_name(name)
