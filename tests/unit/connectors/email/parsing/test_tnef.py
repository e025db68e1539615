"""Outlook's winmail.dat: its text and its files, out of bytes that are made here."""

from __future__ import annotations

import base64
import hashlib
import struct

from hypothesis import given
from hypothesis import strategies as st

from connectors.email.message import read
from connectors.email.parts import open_part
from connectors.email.rtf import decompressed, rtf_text
from connectors.email.source import BytesSource

# The example of MS-OXRTFCP 4.1.1.
PACKED = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)
WORLD = b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def _attribute(level: int, kind: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def _property(kind: int, key: int, value: bytes) -> bytes:
    return struct.pack("<HHII", kind, key, 1, len(value)) + value + b"\0" * (-len(value) % 4)


def _properties(*properties: bytes) -> bytes:
    return struct.pack("<I", len(properties)) + b"".join(properties)


def _tnef(*attributes: bytes) -> bytes:
    page = _attribute(1, 0x00069007, struct.pack("<II", 1251, 0))
    return struct.pack("<IH", 0x223E9F78, 1) + page + b"".join(attributes)


def _mail(tnef: bytes, kind: bytes = b"application/ms-tnef") -> bytes:
    return (
        b"From: a@b.c\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nouter text\n--x\nContent-Type: " + kind
        + b"; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(tnef) + b"--x--\n"
    )  # fmt: skip


def _file(name: bytes, data: bytes, *properties: bytes) -> bytes:
    return (
        _attribute(2, 0x00069002, b"\0" * 14)
        + _attribute(2, 0x00018010, name + b"\0")
        + _attribute(2, 0x0006800F, data)
        + (_attribute(2, 0x00069005, _properties(*properties)) if properties else b"")
    )


def test_files_are_found_and_opened() -> None:
    """By their long names, else by the short; with their types and Content-IDs; as ranges of the raw mail."""
    long = _property(0x1F, 0x3707, "Отчёт за год.pdf\0".encode("utf-16-le"))
    mime = _property(0x1E, 0x370E, b"application/pdf\0")
    cid = _property(0x1E, 0x3712, b"<c1@x>\0")
    data = bytes(range(256)) * 900
    raw = _mail(
        _tnef(_file(b"OTCHET~1.PDF", data, mime, long, cid), _file("Имя.txt".encode("cp1251"), b"two"))
    )
    message = read(BytesSource(raw, 500))
    first, second = message.files
    assert (first.name, first.content_type, first.content_id) == (
        "Отчёт за год.pdf",
        "application/pdf",
        "c1@x",
    )
    assert (first.size, first.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert b"".join(open_part(BytesSource(raw, 333), first)) == data
    assert (second.name, b"".join(open_part(BytesSource(raw), second))) == ("Имя.txt", b"two")
    assert message.text == "outer text"


def test_a_file_in_a_property() -> None:
    """Some have their bytes there."""
    data = _property(0x0D, 0x3701, b"G" * 16 + b"inside")
    raw = _mail(_tnef(_file(b"a.msg", b"", data)))
    (file,) = read(BytesSource(raw)).files
    assert b"".join(open_part(BytesSource(raw), file)) == b"inside"
    assert file.sha256 == hashlib.sha256(b"inside").hexdigest()


def test_its_text_is_shown() -> None:
    """HTML, else plain, else RTF."""
    html = _property(0x102, 0x1013, b"<p>rich <b>words</b></p>")
    plain = _property(0x1F, 0x1000, "plain words\0".encode("utf-16-le"))
    rtf = _property(0x102, 0x1009, PACKED)
    for properties, text in (
        ((html, plain, rtf), "rich **words**"),
        ((plain, rtf), "plain words"),
        ((rtf,), "hello world"),
    ):
        raw = _mail(_tnef(_attribute(1, 0x00069003, _properties(*properties))))
        assert read(BytesSource(raw)).text == f"outer text\n\n{text}"
    body = _mail(_tnef(_attribute(1, 0x0002800C, "слова\0".encode("cp1251"))), b"application/octet-stream")
    assert read(BytesSource(body)).text == "outer text\n\nслова"


def test_compressed_rtf() -> None:
    """The example of Microsoft's document."""
    assert decompressed(PACKED) == WORLD
    assert decompressed(struct.pack("<II4sI", 20, 5, b"MELA", 0) + b"{abc}") == b"{abc}"


def test_words_of_rtf() -> None:
    """Letters by number and in code pages; what steers the look is not shown."""
    rtf = (
        b"{\\rtf1\\ansi\\ansicpg1251{\\fonttbl{\\f0 Arial;}}{\\*\\generator x;}\\uc1 "
        b"\\'cf\\'f0\\u1080 ?\\par a\\{b\\}\\tab c\\line{\\b bold}}"
    )
    assert rtf_text(rtf) == "При\na{b}\tc\nbold"
    wrapped = (
        b"{\\rtf1\\ansi\\fromhtml1{\\*\\htmltag64 <p>}\\htmlrtf {\\b \\htmlrtf0 seen\\htmlrtf }\\htmlrtf0}"
    )
    assert rtf_text(wrapped) == "seen"


def test_one_that_is_broken_is_a_file() -> None:
    """Nothing is lost."""
    raw = _mail(b"no such thing")
    assert [f.name for f in read(BytesSource(raw)).files] == ["winmail.dat"]


@given(st.integers(0, 600), st.binary(max_size=20))
def test_any_damage_is_survived(place: int, damage: bytes) -> None:
    """Cut anywhere, with anything in it."""
    whole = _tnef(
        _attribute(1, 0x00069003, _properties(_property(0x102, 0x1009, PACKED))),
        _file(b"a.txt", b"data", _property(0x1E, 0x3707, b"long.txt\0")),
    )
    raw = _mail(whole[:place] + damage + whole[place + len(damage) :])
    for file in read(BytesSource(raw)).files:
        assert sum(map(len, open_part(BytesSource(raw), file))) == file.size
    _ = rtf_text(damage + WORLD)
    _ = decompressed(PACKED[:20] + damage + PACKED[20:])
