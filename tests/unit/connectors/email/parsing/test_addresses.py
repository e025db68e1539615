"""Addresses, as people and programs write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.email.addresses import read_addresses
from connectors.email.model import Address

LISTS: list[tuple[bytes, list[tuple[str, str]]]] = [
    (b"jdoe@Example.org", [("jdoe@example.org", "")]),
    (b"John Doe <JDoe@example.org>", [("jdoe@example.org", "John Doe")]),
    (b'"Doe, John" <j@x.org>, b@x.org', [("j@x.org", "Doe, John"), ("b@x.org", "")]),
    (b'"A \\"B\\" C" <j@x.org>', [("j@x.org", 'A "B" C')]),
    (b"j@x.org (John (the first) Doe)", [("j@x.org", "John (the first) Doe")]),
    (b"Pete(a comment) <pete(his account)@silly.test(his host)>", [("pete@silly.test", "Pete")]),
    (b"undisclosed-recipients:;", []),
    (
        b"A Group:Chris <c@x.org>,joe@x.org;, d@x.org",
        [("c@x.org", "Chris"), ("joe@x.org", ""), ("d@x.org", "")],
    ),
    (b"a@x.org; b@x.org", [("a@x.org", ""), ("b@x.org", "")]),
    (b"<a@x.org> <b@x.org>", [("a@x.org", ""), ("b@x.org", "")]),
    (b"a@x.org b@x.org", [("a@x.org", ""), ("b@x.org", "")]),
    (b"root", [("root", "")]),
    (b"<root>", [("root", "")]),
    (b"MAILER-DAEMON <>", [("", "MAILER-DAEMON")]),
    (b"Just A Name", [("", "Just A Name")]),
    (b"<>", []),
    (b" , ,", []),
    (b"a @ x . org", [("a@x.org", "")]),
    (b"<mailto:a@x.org>", [("a@x.org", "")]),
    (b"<@relay,@other:a@x.org>", [("a@x.org", "")]),
    (b"'a@x.org' <a@x.org>", [("a@x.org", "a@x.org")]),
    (b"'John' <a@x.org>", [("a@x.org", "John")]),
    (b"a@b.c <real@x.org>", [("real@x.org", "a@b.c")]),
    (b"<<a@x.org>>", [("a@x.org", "")]),
    (b"=?utf-8?B?0J/RgNC4?= =?utf-8?B?0LLQtdGC?= <a@x.org>", [("a@x.org", "Привет")]),
    (b"=?utf-8?Q?Doe=2C_J?= <a@x.org>, b@x.org", [("a@x.org", "Doe, J"), ("b@x.org", "")]),
    (b'"=?utf-8?Q?J=C3=B6?=" <a@x.org>', [("a@x.org", "Jö")]),
    (b"=?utf-8?Q?J_<a@x.org>?=", [("a@x.org", "J")]),
    ("Jürgen <k.günther@x.org>".encode("latin-1"), [("k.günther@x.org", "Jürgen")]),
    (b'"no end <a@x.org>', [("a@x.org", "no end")]),
    (b"(no end a@x.org", [("a@x.org", "(no end")]),
    (b"A <a@x.org\r\n >, B\r\n <b@x.org>", [("a@x.org", "A"), ("b@x.org", "B")]),
]


@pytest.mark.parametrize(("raw", "found"), LISTS)
def test_a_list_is_read_as_it_was_meant(raw: bytes, found: list[tuple[str, str]]) -> None:
    """Every address is found once, with the name that stands by it."""
    got = [(a.email, a.name) for a in read_addresses(raw)]
    assert got == found


@given(st.binary(max_size=300))
def test_any_bytes_give_clean_addresses(raw: bytes) -> None:
    """No address and no name holds a line end, NUL, or an end of a bracket."""
    for address in read_addresses(raw):
        assert isinstance(address, Address)
        assert address.email or address.name
        assert not set(address.email + address.name) & {"\r", "\n", "\0"}
        assert not set(address.email) & {" ", "\t"}


@given(
    st.lists(
        st.tuples(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.text("abc ,;:<>()\"'\\@=?.", max_size=12))
    )
)
def test_quoted_names_never_break_a_list(people: list[tuple[str, str]]) -> None:
    """Whatever is in a quoted name, the addresses are those that were written."""
    quoted = ('"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"' for _, name in people)
    raw = ", ".join(f"{name} <{local}@x.org>" for name, (local, _) in zip(quoted, people, strict=True))
    assert [a.email for a in read_addresses(raw.encode())] == [f"{local}@x.org" for local, _ in people]


@pytest.mark.parametrize(
    "piece", [b"(", b"()", b'"', b'"\\', b"<", b"<>", b",", b":", b"a ", b"a@b ", b"@ ", b"=?", b". ", b"\\"]
)
@pytest.mark.timeout(60)
def test_time_grows_with_the_length(piece: bytes) -> None:
    """A second or two; were anything looked at from each piece on to the end, it would be minutes."""
    _ = read_addresses(piece * 400_000)


def test_ten_thousand_recipients() -> None:
    """All of them are there."""
    raw = b",\r\n ".join(b'"Person No %d" <P.%d@example.com>' % (n, n) for n in range(10_000))
    found = read_addresses(raw)
    assert len(found) == 10_000
    assert found[9999] == Address("p.9999@example.com", "Person No 9999")
