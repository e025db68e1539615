"""Bytes as text: known, unknown and wrong charsets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.email.charsets import clean, codec_of, decode

RUSSIAN = "Здравствуйте! У нас не работает вход в личный кабинет, помогите пожалуйста разобраться."
JAPANESE = "いつもお世話になっております。ログインできない件についてお問い合わせいたします。"
CHINESE = "您好，我们的系统无法登录，请问是什么问题？谢谢您的帮助，请尽快回复我们的邮件。"
KOREAN = "안녕하세요 로그인이 되지 않아서 문의드립니다 빠른 답변 부탁드립니다"
GERMAN = (
    "Sehr geehrte Damen und Herren, können Sie mir bitte für den Zugang ein neues Paßwort schicken? Grüße"
)


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("utf8", "utf-8"), ("UTF-8", "utf-8"), ('"utf-8"', "utf-8"), ("us-ascii", "utf-8"), ("cp-850", "cp850"),
        ("iso-8859-1", "cp1252"), ("latin1", "cp1252"), ("ISO8859-15", "iso8859_15"), ("iso-8859-8-i", "iso8859_8"),
        ("windows-1251", "cp1251"), ("WIN-1251", "cp1251"), ("x-mac-cyrillic", "mac_cyrillic"),
        ("gb2312", "gb18030"), ("iso-gb2312", "gb18030"), ("ks_c_5601-1987", "cp949"), ("shift_jis", "cp932"),
        ("windows-1252http-equivcontent-type", None), ("X-UNKNOWN", None), ("", None), ("unicode_escape", None),
        ("zlib", None), ("idna", None), ("punycode", None), ("../etc", None), ("utf-8; format=flowed", "utf-8"),
    ],
)  # fmt: skip
def test_charsets_by_any_name(charset: str, codec: str | None) -> None:
    """Aliases are known; names that are no charset of texts never reach Python's codecs."""
    assert codec_of(charset) == codec


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (RUSSIAN, "cp1251"), (RUSSIAN, "koi8-r"), (RUSSIAN, "utf-8"), (RUSSIAN, "utf-16"),
        (JAPANESE, "cp932"), (JAPANESE, "euc-jp"), (JAPANESE, "iso-2022-jp"), (JAPANESE, "utf-8"),
        (CHINESE, "gb18030"), (CHINESE, "utf-8"), (KOREAN, "cp949"), (GERMAN, "cp1252"), (GERMAN, "utf-8"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("said", ["", "x-unknown", "us-ascii", "utf-8"])
def test_a_long_text_is_read_whatever_is_said_of_it(text: str, codec: str, said: str) -> None:
    """A charset that is missing, unknown or wrong is told by the text itself."""
    assert decode(text.encode(codec), said).text == text


def test_utf8_is_recognised_under_any_name() -> None:
    """The commonest lie of all; but a few bytes that could be both are what they are said to be."""
    for said in ("iso-8859-1", "windows-1252", "koi8-r", "gb2312", "iso-2022-jp", "big5"):
        assert decode(CHINESE.encode(), said).text == CHINESE
        assert decode(CHINESE.encode(), said).defect
    assert decode("Grüße".encode(), "iso-8859-1").text == "Grüße"
    assert decode(b"plain words", "utf-16").text == "plain words"
    assert decode("Ã".encode("latin-1") + b" ", "iso-8859-1").text == "Ã "
    assert decode("联通".encode("gb2312"), "gb2312").text == "联通"


def test_single_broken_bytes_do_not_spoil_a_text() -> None:
    """One byte that is not of the charset is read as a Western one; the rest stays."""
    raw = RUSSIAN.encode() + b" \xe9 " + RUSSIAN.encode()
    assert decode(raw, "utf-8").text == f"{RUSSIAN} é {RUSSIAN}"
    assert decode(CHINESE.encode("gb18030") + b"\xff", "gb2312").text.startswith(CHINESE)


def test_a_wrong_charset_is_a_defect_and_a_right_one_is_not() -> None:
    """What was guessed is said."""
    assert decode(b"caf\xe9", "utf-8").defect
    assert decode(b"caf\xe9", "x-unknown").defect
    assert not decode(b"cafe", "us-ascii").defect
    assert not decode(b"caf\xe9", "iso-8859-1").defect


@given(
    st.binary(max_size=400),
    st.sampled_from(["", "utf-8", "gb2312", "iso-2022-jp", "utf-7", "utf-16", "big5", "no"]),
)
def test_any_bytes_give_a_clean_text(raw: bytes, charset: str) -> None:
    """No error, no replacement character that was not sent, no control character, no half of a pair."""
    text = decode(raw, charset).text
    assert not any(c < " " and c not in "\n\t" for c in text)
    assert not any("\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" for c in text)
    if charset in {"", "utf-8", "no"} and not raw.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        assert "\ufffd" not in text or b"\xef\xbf\xbd" in raw or b"\x84\x31\xa4\x37" in raw


def test_clean() -> None:
    """LF alone between lines."""
    assert clean("a\r\nb\rc\0d\x1b\x9b\ud800e\u00a0") == "a\nb\ncde\u00a0"
