"""Which deliveries are of one mail."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from connectors.email.arrivals_sameness import HEAD, fields, marks_of, message_id

MAIL = (
    b"Message-ID: <one@shop.example>\r\nDate: Mon, 5 Jan 2026 10:00:00 +0000\r\n"
    b"From: Ann <ann@shop.example>\r\nSubject: late\r\n\r\nWhere is it?\r\n"
)
TRACE = (
    b"Return-Path: <ann@shop.example>\r\nDelivered-To: help@support.test\r\n"
    b"Received: from a (a [10.0.0.1])\r\n\tby mx.support.test with ESMTP id X;\r\n\tMon, 5 Jan 2026\r\n"
    b"Authentication-Results: mx.support.test; dmarc=pass\r\nX-Spam-Status: No,\r\n score=-1\r\n"
    b"ARC-Seal: i=1; a=rsa\r\n"
)


class TestSameness:
    def test_what_servers_write_above_a_mail_does_not_count(self) -> None:
        """Two ways to us: two traces, one mail."""
        here = marks_of([TRACE + MAIL])
        there = marks_of([b"Received: by elsewhere\r\nX-Original-To: billing@support.test\r\n" + MAIL])
        assert here.sameness == there.sameness == marks_of([MAIL]).sameness
        assert here.sha256 != there.sha256

    def test_a_known_message_id_on_another_text_is_another_mail(self) -> None:
        """Mailers repeat Message-IDs; what was written differs."""
        other = MAIL.replace(b"Where is it?", b"It came, thanks.")
        assert marks_of([MAIL]).sameness != marks_of([other]).sameness
        assert marks_of([MAIL]).message_id == marks_of([other]).message_id == "one@shop.example"

    def test_another_message_id_on_the_same_text_is_another_mail(self) -> None:
        """The same words on two days are said twice."""
        assert marks_of([MAIL]).sameness != marks_of([MAIL.replace(b"<one@", b"<two@")]).sameness

    def test_without_name_and_date_only_the_same_bytes_are_the_same(self) -> None:
        """A form that sends the same words twice means them twice."""
        bare = b"From: form@shop.example\r\n\r\nCall me.\r\n"
        first, second = (marks_of([b"Received: id %d\r\n" % n + bare]) for n in (1, 2))
        assert first.sameness != second.sameness
        assert first == marks_of([b"Received: id 1\r\n" + bare])

    def test_what_was_not_fetched_counts_by_its_length(self) -> None:
        """Of two huge mails with one beginning, nobody knows whether they are one."""
        assert marks_of([MAIL], beyond=10).sameness != marks_of([MAIL], beyond=11).sameness
        assert marks_of([MAIL], beyond=10).sha256 != marks_of([MAIL]).sha256

    def test_a_trace_name_in_the_text_stays(self) -> None:
        """Only the header block is looked at: a forwarded mail's own lines are text."""
        one, other = (MAIL + b"Received: from %d\r\n" % n for n in (1, 2))
        assert marks_of([one]).sameness != marks_of([other]).sameness

    @given(
        st.binary(max_size=300),
        st.lists(st.integers(0, 400), max_size=5),
        st.sampled_from([b"", MAIL, TRACE + MAIL, MAIL.replace(b"\r\n", b"\n"), b"\r\n\r\nx", b"\n"]),
    )
    def test_pieces_do_not_matter(self, tail: bytes, cuts: list[int], front: bytes) -> None:
        """However a mail is cut into pieces, it has the same marks; and no bytes raise."""
        raw = front + tail
        edges = sorted({0, len(raw), *(cut for cut in cuts if cut < len(raw))})
        pieces = [raw[a:b] for a, b in pairwise(edges)]
        assert marks_of(pieces) == marks_of([raw])
        assert marks_of(pieces).size == len(raw)

    def test_a_header_without_end_is_not_held(self) -> None:
        """A megabyte of header is enough."""
        piece = b"X-Long: " + b"a" * 65_000 + b"\r\n"
        assert marks_of([piece] * (HEAD // len(piece) + 5)).size == len(piece) * (HEAD // len(piece) + 5)

    @given(st.binary(max_size=200))
    def test_fields_are_all_of_the_header(self, head: bytes) -> None:
        """Cutting a header block into fields loses no byte."""
        assert b"".join(fields(head)) == head


class TestMessageId:
    def test_it_is_read_as_mailers_write_it(self) -> None:
        """Folded, without <>, with words around, with bytes that are no text."""
        assert message_id(b"Message-ID:\r\n <a@b>\r\n") == "a@b"
        assert message_id(b"message-id: a@b\r\n") == "a@b"
        assert message_id(b"Message-ID: <a@b> (by me)\r\n") == "a@b"
        assert message_id(b"Message-ID: \0\xff<x\0@y>") == "x@y"
        assert message_id(b"Message-ID:") == ""
