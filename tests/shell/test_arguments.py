"""What a word must look like to be an argument."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tofulab.shell.arguments import (
    TYPES,
    HostPort,
    argument_type,
    parse_emails,
    parse_host,
)

GOOD: dict[str, list[tuple[str, object]]] = {
    "host": [
        ("192.0.2.12", "192.0.2.12"),
        ("prime-sec", "prime-sec"),
        ("prime-sec.example.com.", "prime-sec.example.com."),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("3com", "3com"),
        ("1.2.3.4.com", "1.2.3.4.com"),
    ],
    "host_port": [
        ("192.0.2.12_8082", HostPort("192.0.2.12", 8082)),
        ("2001:db8::1_443", HostPort("2001:db8::1", 443)),
        ("prime-sec_1", HostPort("prime-sec", 1)),
        ("h_65535", HostPort("h", 65535)),
    ],
    "file": [("sec.csr", "sec.csr"), ("a_b+c@d,e=f%", "a_b+c@d,e=f%")],
    "repository": [("defaultRepo", "defaultRepo"), ("a.b-c_d", "a.b-c_d")],
    "hostname": [("prime-pri", "prime-pri"), ("a" * 63, "a" * 63)],
    "ip": [("192.0.2.1", "192.0.2.1"), ("::1", "::1")],
    "ipv4": [("192.0.2.1", "192.0.2.1")],
    "ipv6": [("2001:DB8::1", "2001:db8::1")],
    "emails": [
        ("a@example.com", ("a@example.com",)),
        ("a@example.com,b@x.example.org", ("a@example.com", "b@x.example.org")),
    ],
    "url": [("disk:/files", "disk:/files")],
    "word": [("<anything>", "<anything>")],
    "secret": [("Lab-Key-1", "Lab-Key-1")],
    "0-511": [("0", 0), ("511", 511), ("007", 7)],
}
BAD: dict[str, list[str]] = {
    "host": [
        *("", "-a", "a-", "a..b", "a_b", "192.0.2.300", "192.0.2", "1.2.3.4.5"),
        *("a" * 64, "a." * 127, "пр", "a/b", "2001:db8::1::2", "7"),
    ],
    "host_port": [
        *("192.0.2.12", "192.0.2.12_", "_8082", "192.0.2.12_0", "h_65536"),
        *("h_+1", "h_\u0661", "h 1_2", "h_" + "9" * 5000, "192.0.2.12:8082"),
    ],
    "file": ["", ".", "..", "../x", "a/b", ".hidden", "-rf", "a b", "a" * 256, "a\0"],
    "repository": ["", "a/b", "..", "-x", "a" * 81, "a b"],
    "hostname": ["", "a.b", "-a", "a-", "a" * 64, "a_b"],
    "ip": ["prime-sec", "192.0.2.1/24", "192.0.2"],
    "ipv4": ["::1", "192.0.2.256"],
    "ipv6": ["192.0.2.1", "1::2::3"],
    "emails": ["", "a", "a@b", "a@b.c,", "a@b.c,,d@e.f", "a b@c.d", "@b.c", "a@b@c.d"],
    "url": [""],
    "word": [""],
    "secret": [""],
    "0-511": ["", "-1", "512", "1.0", "0x1", "\u0661", "9" * 5000],
}


@pytest.mark.parametrize("kind", GOOD)
def test_words_that_are_arguments(kind: str) -> None:
    """A word of the right form becomes its value."""
    type_ = argument_type(kind)
    assert [value for _, value in GOOD[kind]] == [
        type_.parse(word) for word, _ in GOOD[kind]
    ]


@pytest.mark.parametrize("kind", BAD)
def test_words_that_are_none(kind: str) -> None:
    """A word of another form is refused."""
    type_ = argument_type(kind)
    assert [] == [word for word in BAD[kind] if type_.accepts(word)]


def test_an_entry_is_written_as_it_is_read() -> None:
    """A host and port show as the trust list has them."""
    assert "192.0.2.12_8082" == str(HostPort.parse("192.0.2.12_8082"))


def test_names_of_types() -> None:
    """A range names integers, and an unknown name nothing."""
    assert "<1-4096>" == argument_type("1-4096").label
    with pytest.raises(KeyError):
        argument_type("integer")


def test_only_secrets_are_secret_and_only_text_is_greedy() -> None:
    """One type is kept out of history, one takes the rest of the line."""
    assert ["secret"] == [kind for kind, each in TYPES.items() if each.secret]
    assert ["text"] == [kind for kind, each in TYPES.items() if each.greedy]


def test_every_type_explains_itself() -> None:
    """Each has a label and help for `?`."""
    assert [] == [
        kind for kind, each in TYPES.items() if not each.label or not each.help
    ]


@given(word=st.text(max_size=300), kind=st.sampled_from(sorted({*TYPES, "0-511"})))
def test_no_word_breaks_a_type(word: str, kind: str) -> None:
    """Whatever is typed, a type says yes or no."""
    assert argument_type(kind).accepts(word) in (True, False)


@given(st.ip_addresses().map(str), st.integers(1, 65535))
def test_any_address_and_port_can_be_named(address: str, port: int) -> None:
    """What the trust list shows can be typed again."""
    entry = HostPort(address, port)
    assert entry == HostPort.parse(str(entry))


@given(st.text(max_size=300))
def test_a_host_that_is_accepted_is_stable(text: str) -> None:
    """The value of a host is a host, the same one."""
    if TYPES["host"].accepts(text):
        host = parse_host(text)
        assert host == parse_host(host)


@given(st.lists(st.emails(), min_size=1, max_size=3))
def test_mail_addresses_keep_their_order(addresses: list[str]) -> None:
    """Addresses without commas in them come back as they were typed."""
    plain = [each for each in addresses if TYPES["emails"].accepts(each)]
    if plain:
        assert tuple(plain) == parse_emails(",".join(plain))
