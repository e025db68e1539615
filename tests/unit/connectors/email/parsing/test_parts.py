"""Files in mails: measured, named and opened where they lie, in any encoding."""

from __future__ import annotations

import base64
import binascii
import hashlib
import quopri
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.email.message import read
from connectors.email.parts import name_of, open_part
from connectors.email.source import BytesSource
from connectors.email.transfer import from_base64, from_quoted, undo

DATA = bytes(range(256)) * 40


def _uu(data: bytes) -> bytes:
    lines = (binascii.b2a_uu(data[n : n + 45]) for n in range(0, len(data), 45))
    return b"begin 644 a.bin\n" + b"".join(lines) + b"`\nend\n"


def _yenc(data: bytes) -> bytes:
    coded = bytearray()
    for byte in data:
        out = (byte + 42) % 256
        coded += bytes((out,)) if out not in b"\0\n\r=" else bytes((ord("="), (out + 64) % 256))
    text, lines = bytes(coded), []
    while text:
        end = 128 + (text[127:128] == b"=")
        lines.append(text[:end])
        text = text[end:]
    return b"=ybegin line=128 size=10240 name=a.bin\r\n" + b"\r\n".join(lines) + b"\r\n=yend size=10240\r\n"


def _mail(encoding: str, body: bytes) -> bytes:
    return (
        b"From: a@b.c\nContent-Type: multipart/mixed; boundary=xyz\n\n--xyz\n\nhello\n--xyz\n"
        b"Content-Type: application/x-thing; name=a.bin\nContent-Disposition: attachment\n"
        b"Content-Transfer-Encoding: " + encoding.encode() + b"\n\n" + body + b"\n--xyz--\n"
    )


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("base64", base64.encodebytes(DATA)),
        ("Base64", base64.b64encode(DATA)),
        ("base64", base64.encodebytes(DATA).replace(b"\n", b" \r\n!")),
        ("base64", base64.b64encode(DATA).rstrip(b"=")),
        ("quoted-printable", quopri.encodestring(DATA, quotetabs=True)),
        ("x-uuencode", _uu(DATA)),
        ("uuencode", _uu(DATA)),
        ("x-uue", _uu(DATA).replace(b"`\nend\n", b"")),
        ("x-yenc", _yenc(DATA)),
    ],
)
def test_a_file_is_measured_and_opened(encoding: str, body: bytes) -> None:
    """Size and fingerprint are those of the decoded bytes, whatever the encoding."""
    raw = _mail(encoding, body)
    (file,) = read(BytesSource(raw, 1000)).files
    assert b"".join(open_part(BytesSource(raw, 777), file)) == DATA
    assert (file.size, file.sha256) == (len(DATA), hashlib.sha256(DATA).hexdigest())
    assert (file.name, file.content_type) == ("a.bin", "application/x-thing")


@pytest.mark.parametrize("make", [_uu, _yenc])
def test_files_in_the_open_in_a_text(make: object) -> None:
    """As of old: the file is one, and its bytes are not in the text."""
    assert callable(make)
    raw = b"From: a@b.c\r\nSubject: x\r\n\r\nBefore it.\r\n" + make(DATA) + b"After it.\r\n"
    message = read(BytesSource(raw))
    (file,) = message.files
    assert file.name == "a.bin"
    assert b"".join(open_part(BytesSource(raw), file)) == DATA
    assert "Before it." in message.text
    assert "After it." in message.text
    assert len(message.text) < 40


@given(st.binary(max_size=500), st.integers(1, 50))
def test_base64_in_any_pieces(data: bytes, size: int) -> None:
    """Where the pieces are cut does not matter, nor what is between the characters."""
    coded = base64.encodebytes(data)
    pieces = [coded[n : n + size] for n in range(0, len(coded), size)]
    assert b"".join(undo("base64", pieces)) == data


@given(st.binary(max_size=500), st.integers(1, 50))
def test_quoted_printable_in_any_pieces(data: bytes, size: int) -> None:
    """The same for quoted-printable."""
    coded = quopri.encodestring(data, quotetabs=True)
    pieces = [coded[n : n + size] for n in range(0, len(coded), size)]
    assert b"".join(undo("quoted-printable", pieces)) == quopri.decodestring(coded)


@given(
    st.sampled_from(["base64", "quoted-printable", "x-uuencode", "x-yenc"]), st.lists(st.binary(max_size=60))
)
def test_garbage_is_decoded_to_something(encoding: str, pieces: list[bytes]) -> None:
    """No encoding refuses anything."""
    _ = b"".join(undo(encoding, pieces))


def test_broken_encodings_keep_what_can_be_read() -> None:
    """Padding in the middle, no padding, one character too many, soft breaks with blanks."""
    assert from_base64(b"QQ==QUI=\nQUJD") == b"AABABC"
    assert from_base64(b"QUJDR") == b"ABC"
    assert from_base64(b"QUJDREU") == b"ABCDE"
    assert from_quoted(b"a=  \r\nb=ZZ=41=") == b"ab=ZZA"


@pytest.mark.parametrize(
    ("given", "kind", "name"),
    [
        ("a.txt", "text/plain", "a.txt"),
        ("../../etc/passwd", "", ".._.._etc_passwd".strip(".")),
        ("C:\\Users\\me\\a.txt", "", "a.txt"),
        ("a\nb.txt", "", "a b.txt"),
        ("", "image/png", "file.png"),
        ("...", "image/png", "file.png"),
        ("", "x/y", "file.bin"),
    ],
)
def test_names_are_fit_for_any_system(given: str, kind: str, name: str) -> None:
    """No path, no line end; and there is always one."""
    assert name_of(given, kind) == name
    assert len(name_of("x" * 300 + ".docx", "")) <= 200
    assert name_of("x" * 300 + ".docx", "").endswith(".docx")


def test_a_mail_within_base64_is_read_and_its_files_are_opened() -> None:
    """Against the rules, and done: the ranges lie within each other."""
    inner = _mail("base64", base64.encodebytes(DATA))
    raw = (
        b"From: a@b.c\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(inner)
    )
    message = read(BytesSource(raw))
    whole, file = message.files
    assert b"".join(open_part(BytesSource(raw), whole)) == inner
    assert b"".join(open_part(BytesSource(raw, 100), file)) == DATA
    assert file.sha256 == hashlib.sha256(DATA).hexdigest()
    assert "hello" in message.text


class _Big:
    """A mail with a file of 25 MB, that lies nowhere."""

    HEAD = (
        b"From: a@b.c\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nhello\n--x\nContent-Type: a/b\n"
        b"Content-Transfer-Encoding: base64\n\n"
    )
    PIECE = (b"QUJD" * 19 + b"\n") * 850
    COUNT = 525
    TAIL = b"--x--\n"

    @property
    def size(self) -> int:
        return len(self.HEAD) + len(self.PIECE) * self.COUNT + len(self.TAIL)

    def read(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        left = self.size - offset if length is None else length
        for piece in (self.HEAD, *([self.PIECE] * self.COUNT), self.TAIL):
            some = piece[offset:][:left]
            offset, left = max(0, offset - len(piece)), left - len(some)
            if some:
                yield some


def test_a_file_of_25_mb_is_never_held() -> None:
    """Reading the mail and opening the file take the memory of some pieces."""
    tracemalloc.start()
    (file,) = read(_Big()).files
    size = sum(map(len, open_part(_Big(), file)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size == file.size == 57 * 850 * 525
    assert peak < 3_000_000
