"""Header values: encoded words, raw bytes, folding, parameters; none can smuggle in another line."""

from __future__ import annotations

from email.header import Header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.email.headers import decode_header, unfold
from connectors.email.identity import message_ids, read_date, thread_index
from connectors.email.parameters import read_value

WORDS = [
    (b"=?utf-8?B?0J/RgNC4?= =?utf-8?B?0LLQtdGC?=", "Привет"),
    (b"=?utf-8?B?0J/R?= =?utf-8?B?gNC40LLQtdGC?=", "Привет"),  # cut within a letter
    (b"=?utf-8?B?0J/R\r\n gNC4?=", "При"),  # folded within a word
    (b"=?utf-8?Q?a b?= c", "a b c"),  # a space within a word
    (b"=?utf-8?B?w6Q?=", "ä"),  # no padding
    (b"=?UTF-8?B?w6Q=", "ä"),  # no end
    (b"=?iso-8859-1?q?p=F6stal?=!", "pöstal!"),
    (b"=?iso-8859-1*de?Q?Gr=FC=DFe?=", "Grüße"),  # with a language (RFC 2231)
    (b"=?x-unknown?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
    (b"=?utf-8?Q?caf=E9?=", "café"),  # wrong charset
    (b"=?us-ascii?Q?caf=E9?=", "café"),
    (b"=?gb2312?B?1tC5+g==?=", "中国"),
    (b"=?ISO-2022-JP?B?GyRCLSEbKEI=?=", "①"),  # a vendor's letter, which Python's codec refuses
    (b"=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "日本"),
    (b"=?Shift_JIS?B?h0A=?=", "①"),
    (b"a=?utf-8?q?b?=c", "abc"),
    (b"=?utf-8?q?really??= yes", "really? yes"),
    (b"=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
    (b"=? no word ?=", "=? no word ?="),
    (b"\x1b$BF|K\\\x1b(B", "日本"),  # ISO-2022-JP in the open
    ("Grüße".encode(), "Grüße"),
    ("Grüße".encode("cp1252"), "Grüße"),
    (b"one\r\n two\r\n\tthree", "one two three"),
]


@pytest.mark.parametrize(("raw", "text"), WORDS)
def test_a_value_is_read_as_it_was_meant(raw: bytes, text: str) -> None:
    """Whatever the sender's software made of RFC 2047, the words are those that a person typed."""
    assert decode_header(raw) == text


def test_raw_bytes_are_in_the_charset_of_the_text() -> None:
    """A header without a charset is in that of the body, if it is not UTF-8."""
    raw = "Привет, мир".encode("koi8-r")
    assert decode_header(raw, "koi8-r") == "Привет, мир"
    assert decode_header("Привет".encode(), "koi8-r") == "Привет"


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=200))
def test_what_the_standard_library_encodes_is_read(text: str) -> None:
    """Any text survives, cut into as many words as it takes."""
    assert decode_header(Header(text, "utf-8").encode().encode()) == text


@given(st.binary(max_size=300))
def test_no_value_holds_a_line_end_or_control_character(raw: bytes) -> None:
    """Header injection is harmless: no CR, LF or NUL is ever in a value."""
    for text in (
        decode_header(raw),
        decode_header(b"=?utf-8?b?" + raw),
        *read_value(raw).parameters.values(),
    ):
        assert not set(text) & {"\r", "\n", "\0"}
    assert not set(unfold(raw)) & set(b"\r\n\0")


def test_encoded_line_ends_are_harmless() -> None:
    """A line end hidden in an encoded word is white space."""
    assert decode_header(b"=?utf-8?Q?a=0D=0ABcc:_x@y?=") == "a Bcc: x@y"
    assert decode_header(b"a\rBcc: x@y\x00") == "a Bcc: x@y"


PARAMETERS = [
    (b'attachment; filename="a b.txt"', "a b.txt"),
    (b"attachment; filename=a b.txt", "a b.txt"),
    (b'attachment; filename="a;b.txt"; size=1', "a;b.txt"),
    (b"attachment; filename*=utf-8''%D0%9F%D1%80.txt", "Пр.txt"),
    (b"attachment; filename*=iso-8859-1'de'Gr%FC%DFe.txt", "Grüße.txt"),
    (b"attachment; filename*0*=utf-8''%D0%9F; filename*1*=%D1%80; filename*2=.txt", "Пр.txt"),
    (b"attachment; filename*1=b.txt;\r\n filename*0=a", "ab.txt"),  # in any order
    (b"attachment; filename*0*=utf-8''%D0; filename*1*=%9F.txt", "П.txt"),  # cut within a letter
    (b'attachment; filename="=?utf-8?B?0J8=?=.txt"', "П.txt"),
    (b"attachment; filename==?utf-8?Q?=D0=9F.txt?=", "П.txt"),
    (b'attachment; filename="a.txt', "a.txt"),  # no closing quote
    (b'attachment; filename="a.txt" size=1', "a.txt"),  # no semicolon
    (b'attachment; filename="a\\"b.txt"', 'a"b.txt'),
    (b'attachment; filename="C:\\new\\a.txt"', "C:\\new\\a.txt"),
    (b"attachment; FileName = a.txt", "a.txt"),
    ('attachment; filename="Отчёт.txt"'.encode(), "Отчёт.txt"),
    (b"attachment", ""),
]


@pytest.mark.parametrize(("raw", "name"), PARAMETERS)
def test_a_file_name_is_read_as_it_was_meant(raw: bytes, name: str) -> None:
    """RFC 2231 with all its pieces, and what software does instead."""
    value = read_value(raw)
    assert (value.main, value.text("filename")) == ("attachment", name)


def test_a_broken_main_value_is_still_one() -> None:
    """Comments, quotes and white space around a type do not hide it."""
    assert read_value(b' Text/HTML (old) ; charset="utf-8"').main == "text/html"
    assert read_value(b"").main == ""


def test_message_ids_as_they_come() -> None:
    """Folded, without brackets, with words around, twice: in order and once."""
    assert message_ids(b"<a@x>\r\n <b@x>, <a@x>") == ("a@x", "b@x")
    assert message_ids(b"Your message of Monday <a\r\n @x>") == ("a@x",)
    assert message_ids(b"a@x b@x") == ("a@x", "b@x")
    assert message_ids(b"<no-at-sign>") == ("no-at-sign",)
    assert message_ids(b"<CaSe@X>") == ("CaSe@X",)
    assert message_ids(b"  ") == ()


def test_thread_index_is_what_a_thread_shares() -> None:
    """The first 22 bytes, hex; nothing of one that is cut off."""
    assert thread_index(b"AQHUK7SGyb2wc5IOhUuAQlATdAYRMQ==") == "0101d42bb486c9bdb073920e854b8042501374061131"
    assert thread_index(b"AQHUK7SG") == ""


@pytest.mark.parametrize(
    ("raw", "when"),
    [
        (b"Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T15:55:06Z"),
        (b"21 Nov 97 09:55 GMT (a comment)", "1997-11-21T09:55:00Z"),
        (b"Mon, 1 Jan 2024 00:00:00 +0530", "2023-12-31T18:30:00Z"),
        (b"2017-04-29 23:34:45 +0900", "2017-04-29T14:34:45Z"),
        (b"2017-04-29T23:34:45Z", "2017-04-29T23:34:45Z"),
        (b"2017-99-29T23:34:45Z", ""),
        (b"yesterday", ""),
        (b"Fri, 99 Nov 1997 99:55:06 -0600", ""),
        (b"Fri, 21 Nov 1997 09:55:06 -999999999", ""),
    ],
)
def test_dates(raw: bytes, when: str) -> None:
    """A date in UTC, or none; never an error."""
    assert read_date(raw) == when
