"""Bytes on their way in and out: whatever they are and however they are cut, they come out as they went in."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.email.content import PIECE, Spool, values
from sandbox.email.imap_words import BadWords, NumberSet, quoted, words
from sandbox.email.smtp import unstuffed

_BYTES = st.lists(st.sampled_from([b"\r\n", b".", b"\n", b"\r", b"\0", b"x", b"--", b"\r\n.\r\n", b"\r\n.."]), max_size=40)
_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


class _Pieces:
    """A wire on which bytes come in just these pieces."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.rest = pieces

    def piece(self) -> bytes:
        return self.rest.pop(0)

    def give_back(self, data: bytes) -> None:
        self.rest.insert(0, data)


def _cut(raw: bytes, at: list[int]) -> Iterator[bytes]:
    marks = sorted({0, len(raw), *(mark % (len(raw) + 1) for mark in at)})
    return (raw[low:high] for low, high in pairwise(marks))


@given(_BYTES, st.lists(st.integers(0, 200), max_size=8))
def test_a_mail_over_smtp(parts: list[bytes], at: list[int]) -> None:
    """Dots that were doubled for the journey are single again, and what follows the final dot is left alone."""
    lines = b"".join(parts).replace(b"\r\n", b"\n").replace(b"\r", b"").replace(b"\n", b"\r\n")
    raw = lines if not lines or lines.endswith(b"\r\n") else lines + b"\r\n"
    stuffed = (b"\r\n" + raw).replace(b"\r\n.", b"\r\n..")[2:]
    wire = _Pieces(list(_cut(stuffed + b".\r\nQUIT\r\n", at)))
    assert b"".join(unstuffed(wire)) == raw  # type: ignore[arg-type]
    assert b"".join(wire.rest) == b"QUIT\r\n"


@given(_BYTES, st.lists(st.integers(0, 200), max_size=8))
def test_a_mail_as_it_is_kept(parts: list[bytes], at: list[int]) -> None:
    """Line ends become CRLF and NUL becomes 0x80; everything else stays, wherever the pieces end."""
    raw = b"".join(parts)
    kept = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n").replace(b"\0", b"\x80")
    spool = Spool()
    content = spool.of(_cut(raw, at)).under(b"Top: 1\r\n")
    assert content.read() == b"Top: 1\r\n" + kept
    assert content.read(5, 7) == (b"Top: 1\r\n" + kept)[5:12]
    assert b"".join(content.pieces(3)) == (b"Top: 1\r\n" + kept)[3:]
    spool.close()


def test_a_large_mail_is_kept_in_a_file_of_its_own() -> None:
    spool = Spool()
    small, large = spool.of(b"small\r\n"), spool.of(b"x" * 65_536 for _ in range(40))
    assert large.size == 40 * 65_536
    assert max(len(piece) for piece in large.pieces()) == PIECE
    assert small.read() == b"small\r\n"
    spool.close()


@given(_TEXT)
def test_a_string_is_read_as_it_was_written(text: str) -> None:
    shown = quoted(text)
    if shown.startswith('"'):
        assert words(shown, []) == [text]
    else:
        assert shown == f"{{{len(text.encode())}}}\r\n{text}"


@given(st.lists(st.tuples(st.integers(1, 30), st.none() | st.integers(1, 30) | st.just("*")), min_size=1), st.integers(1, 25))
def test_sets_of_numbers(parts: list[tuple[int, int | str | None]], largest: int) -> None:
    """A set means the numbers between its ends, either way round, with `*` for the largest."""
    text = ",".join(str(low) if high is None else f"{low}:{high}" for low, high in parts)
    meant: set[int] = set()
    for low, high in parts:
        end = low if high is None else largest if high == "*" else int(high)
        meant |= set(range(min(low, end), max(low, end) + 1))
    ranges = NumberSet(text).ranges(largest)
    assert {number for low, high in ranges for number in range(low, high + 1)} == meant
    assert all(one[1] < other[0] for one, other in pairwise(ranges))


@pytest.mark.parametrize("text", ["", "a", "1:", ":1", "1,,2", "1:2:3", "-1"])
def test_what_is_no_set(text: str) -> None:
    with pytest.raises(BadWords):
        NumberSet(text)


def test_header_fields_are_unfolded() -> None:
    header = b"Subject: one\r\n two\r\nRECEIVED: a\r\nReceived: b\r\n\r\n"
    assert values(header, "subject") == ["one two"]
    assert values(header, "Received") == ["a", "b"]
