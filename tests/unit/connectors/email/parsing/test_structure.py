"""The MIME structure: where parts begin and end, whatever the sender got wrong; in linear time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.email.node import Node
from connectors.email.scan import MAX_DEPTH, MAX_PARTS, scan
from connectors.email.source import BytesSource

TWO = (
    b"From: a@b.c\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\npreamble\r\n"
    b"--x\r\nContent-Type: text/plain\r\n\r\none\r\n"
    b"--x  \r\nContent-Type: image/png\r\nContent-Transfer-Encoding: BASE64\r\n\r\nAAAA\r\n--x--\r\nepilogue\r\n"
)


def _leaves(node: Node, raw: bytes) -> Iterator[tuple[str, bytes]]:
    if not node.children:
        yield node.type, raw[node.body : node.end]
    for child in node.children:
        yield from _leaves(child, raw)


def _parts(raw: bytes, piece: int = 64 * 1024) -> list[tuple[str, bytes]]:
    return list(_leaves(scan(BytesSource(raw, piece)), raw))


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 64, 100_000])
@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_parts_lie_where_they_are(piece: int, end: bytes) -> None:
    """Whatever the pieces that the bytes come in, and the line ends."""
    raw = TWO.replace(b"\r\n", end)
    assert _parts(raw, piece) == [("text/plain", b"one"), ("image/png", b"AAAA")]


def test_every_cut_is_read() -> None:
    """A mail may end anywhere."""
    for length in range(len(TWO)):
        _ = scan(BytesSource(TWO[:length]))


def test_a_boundary_that_is_missing_or_wrong_is_found() -> None:
    """The delimiters that are used count, not the one that was declared."""
    for declared in (b"", b"; boundary=other"):
        raw = (
            b"Content-Type: multipart/mixed"
            + declared
            + b"\n\n--real123\n\none\n--real123\n\ntwo\n--real123--\n"
        )
        assert [body for _, body in _parts(raw)] == [b"one", b"two"]


def test_a_boundary_in_pieces() -> None:
    """RFC 2231 allows that, too."""
    raw = b'Content-Type: multipart/mixed; boundary*0="ab"; boundary*1=cd\n\n--abcd\n\none\n--abcd--\n'
    assert [body for _, body in _parts(raw)] == [b"one"]


def test_a_multipart_without_parts_is_a_text() -> None:
    """Nothing in it is lost."""
    raw = b"Content-Type: multipart/mixed; boundary=x\n\njust text\n"
    assert _parts(raw) == [("multipart/mixed", b"just text\n")]


def test_an_outer_delimiter_ends_what_is_within() -> None:
    """Inner parts without an end end there."""
    raw = (
        b"Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=i\n\n"
        b"--i\n\none\n--o\n\ntwo\n--o--\n"
    )
    assert [body for _, body in _parts(raw)] == [b"one", b"two"]


def test_one_boundary_used_on_two_levels() -> None:
    """Against the rules, and done: the inner one ends first."""
    raw = (
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/alternative; boundary=x\n\n"
        b"--x\n\none\n--x\n\ntwo\n--x--\n--x\nContent-Type: image/gif\n\nthree\n--x--\n"
    )
    assert [body for _, body in _parts(raw)] == [b"one", b"two", b"three"]


def test_parts_behind_an_end_that_came_too_early_are_parts() -> None:
    """Some software closes, and goes on."""
    raw = b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x--\n--x\n\ntwo\n--x--\n"
    assert [body for _, body in _parts(raw)] == [b"one", b"two"]


def test_mails_within_mails() -> None:
    """Plain ones are entered; the parts within are the outer mail's ranges."""
    raw = (
        b"Content-Type: multipart/digest; boundary=x\n\n--x\n\nSubject: a\n\none\n"
        b"--x\nContent-Type: message/rfc822\n\nSubject: b\nContent-Type: multipart/mixed; boundary=y\n\n"
        b"--y\n\ntwo\n--y--\n--x--\n"
    )
    assert [body for _, body in _parts(raw)] == [b"one", b"two"]


@pytest.mark.parametrize(
    ("raw", "names", "body"),
    [
        (b"From x@y Mon Jan 1 10:00:00 2024\nSubject: a\n\nb", ["subject"], b"b"),
        (b"\r\n\r\nSubject: a\n\nb", ["subject"], b"b"),
        (b"\xef\xbb\xbfSubject: a\n\nb", ["subject"], b"b"),
        (b"Subject: a\nb c d", ["subject"], b"b c d"),
        (b"Subject: a\nrest of it\nFrom: x@y\n\nb", ["subject", "from"], b"b"),
        (b"Subject : a\r\r\nTo: x\r\n\r\nb", ["subject", "to"], b"b"),
        (b"no header at all\nsecond line", [], b"no header at all\nsecond line"),
        (b"Hello: a text", [], b"Hello: a text"),
        (b"Subject: a", ["subject"], b""),
    ],
)
def test_headers_end_where_they_end(raw: bytes, names: list[str], body: bytes) -> None:
    """With a mailbox file's first line, without a blank line, badly folded, or not there at all."""
    node = scan(BytesSource(raw))
    assert [field.name for field in node.fields] == names
    assert raw[node.body : node.end] == body


def _deep(n: int) -> bytes:
    heads = (f'Content-Type: multipart/mixed; boundary="b{i}"\n\n--b{i}\n'.encode() for i in range(n))
    return b"".join(heads) + b"Content-Type: text/plain\n\nhello\n"


HOSTILE = {
    "nested 10,000 deep": _deep(10_000),
    "nested, one boundary": b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 10_000,
    "mails in mails": b"From: a@b.c\nContent-Type: message/rfc822\n\n" * 10_000,
    "a header line of 210 KB": b"Subject: " + b"x" * 210_000 + b"\n\nhi\n",
    "100,000 header fields": b"X-A: b\n" * 100_000 + b"\nhi\n",
    "100,000 folds": b"Subject: a\n" + b" b\n" * 100_000 + b"\nhi\n",
    "lines that look like delimiters": b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--\n" * 100_000,
    "50,000 parts": b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\nhi\n" * 50_000,
    "a line without end": b"Content-Type: multipart/mixed; boundary=x\n\n" + b"-" * 3_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.timeout(20)
def test_hostile_structures_take_no_time(name: str) -> None:
    """Depth, parts and sizes have limits, and what is beyond them costs nothing."""
    node = scan(BytesSource(HOSTILE[name]))
    count, depth, waiting = 0, 0, [(node, 1)]
    while waiting:
        one, at = waiting.pop()
        count, depth = count + 1, max(depth, at)
        waiting += [(child, at + 1) for child in one.children]
    assert count <= MAX_PARTS + 1
    assert depth <= MAX_DEPTH + 1


class _Long:
    """A mail of 300 MB that lies nowhere."""

    HEAD = b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: application/pdf\n\n"
    LINE = b"A" * 75 + b"\n"
    PIECES = 1200

    @property
    def size(self) -> int:
        return len(self.HEAD) + self.PIECES * 3449 * len(self.LINE) + len(b"--x--\n")

    def read(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        assert (offset, length) == (0, self.size)
        yield self.HEAD
        piece = self.LINE * 3449
        for _ in range(self.PIECES):
            yield piece
        yield b"--x--\n"


def test_a_huge_mail_is_scanned_as_it_streams() -> None:
    """Nothing but a piece is held."""
    source = _Long()
    (part,) = scan(source).children
    assert part.body == len(source.HEAD)
    assert part.length == source.size - len(source.HEAD) - len(b"\n--x--\n")
