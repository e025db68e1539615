"""What a mail says: nothing that a person could read is left out, nothing is shown twice."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.email.message import read
from connectors.email.model import Address, Message
from connectors.email.source import BytesSource, Unreadable

HEAD = b"From: A Person <a@b.c>\nTo: help@us.example\nSubject: Hi\nMessage-ID: <1@b.c>\n"


def _read(body: bytes, head: bytes = HEAD) -> Message:
    return read(BytesSource(head + body))


def _multi(kind: str, *parts: bytes, more: str = "") -> bytes:
    boundary = f"b{abs(hash((kind, parts)))}".encode()
    inner = b"".join(b"--" + boundary + b"\n" + part + b"\n" for part in parts)
    return (
        f"Content-Type: multipart/{kind}{more}; boundary=".encode()
        + boundary
        + b"\n\n"
        + inner
        + b"--"
        + boundary
        + b"--\n"
    )


def _plain(text: str, more: str = "") -> bytes:
    return f"Content-Type: text/plain; charset=utf-8{more}\n\n{text}".encode()


def _html(text: str) -> bytes:
    return f"Content-Type: text/html; charset=utf-8\n\n<html><body>{text}</body></html>".encode()


def test_html_is_preferred_and_not_said_twice() -> None:
    """Of two that say the same, one is shown: the richer."""
    message = _read(_multi("alternative", _plain("Hello big world"), _html("Hello <b>big</b> world")))
    assert message.text == "Hello **big** world"


def test_what_only_the_plain_text_says_is_shown_too() -> None:
    """No text is lost that only one alternative has."""
    message = _read(
        _multi("alternative", _plain("Look here\n\nThe password is swordfish"), _html("Look <i>here</i>"))
    )
    assert message.text.startswith("Look")
    assert "swordfish" in message.text
    assert message.text.count("here") == 1


@pytest.mark.parametrize("html", ["", "<img src='cid:x'>", "<p>&nbsp;</p>"])
def test_an_html_that_says_nothing_does_not_hide_the_text(html: str) -> None:
    """Empty alternatives do not win."""
    assert "Hello" in _read(_multi("alternative", _plain("Hello"), _html(html))).text


def test_a_picture_alone_is_shown() -> None:
    """An alternative without words is shown where there is nothing else."""
    picture = _html("<img src='cid:x' alt=''>")
    for body in (_multi("alternative", picture), _multi("alternative", _plain(""), picture)):
        assert "cid:x" in _read(body).text


def test_texts_one_after_another_are_all_shown() -> None:
    """multipart/mixed is shown in order."""
    message = _read(_multi("mixed", _plain("one"), _html("two"), _plain("three")))
    assert message.text == "one\n\ntwo\n\nthree"


def test_inline_images_are_marked_as_shown() -> None:
    """A file that the text shows by its Content-ID is inline; another one is not."""
    image = (
        b"Content-Type: image/png; name=a.png\nContent-ID: <i1@x>\nContent-Transfer-Encoding: base64\n\nAAAA"
    )
    other = image.replace(b"i1@x", b"i2@x")
    message = _read(_multi("related", _html("see <img src='cid:i1@x' alt='pic'>"), image, other))
    assert [(f.content_id, f.inline) for f in message.files] == [("i1@x", True), ("i2@x", False)]
    assert "cid:i1@x" in message.text


def test_a_reply_is_told_from_what_it_quotes() -> None:
    """And everything is in the text."""
    body = "Works now!\n\nOn Mon, Jan 1, 2024 at 10:00 AM Help <help@us.example> wrote:\n> Does it work?\n\n-- \nA. Person"
    message = _read(_plain(body))
    assert message.reply == "Works now!"
    assert "Does it work?" in message.quoted
    assert "Person" in message.signature
    assert all(words in message.text for words in ("Works now", "Does it work", "Person"))


def test_flowed_text_is_made_whole() -> None:
    """Soft line ends go, quote marks and the signature's line stay."""
    body = "a long \nline that \nflows\n> a quote \n> flows\n-- \nme"
    message = _read(_plain(body, "; format=flowed"))
    assert "a long line that flows" in message.text
    assert "a quote flows" in message.text
    assert "longline" in _read(_plain("a long \nline", "; format=flowed; delsp=yes")).text.replace(
        "a long", "long"
    )


def _forward(encoding: bytes = b"") -> bytes:
    inner = (
        b"From: =?utf-8?Q?J=C3=B6?= <jo@x.org>\nDate: Mon, 1 Jan 2024 10:00:00 +0000\nSubject: Old *one*\n"
        + _multi("mixed", _plain("inner words"), b"Content-Type: image/png; name=in.png\n\nPNG")
    )
    return b"Content-Type: message/rfc822\n" + encoding + b"\n" + inner


def test_a_forwarded_mail_is_content() -> None:
    """Its head and text are shown as a quote in the reply; its files and the whole of it are files."""
    message = _read(_multi("mixed", _plain("please look"), _forward()))
    for text in (message.text, message.reply):
        assert "please look" in text
        assert "> **From:** Jö (jo@x.org)" in text
        assert "> **Subject:** Old \\*one\\*" in text
        assert "> inner words" in text
    assert [f.name for f in message.files] == [
        "Old _one_.eml" if "_" in message.files[0].name else "Old *one*.eml",
        "in.png",
    ]
    assert message.subject == "Hi"


def test_mails_in_mails_end_somewhere() -> None:
    """However deep they are nested; each level is a file."""
    raw = b"Content-Type: message/rfc822\n\nSubject: x\n" * 30 + b"\nthe end"
    message = _read(raw)
    assert message.defects
    assert 5 < len(message.files) < 12


DSN = (
    b"Reporting-MTA: dns; mx.us.example\nOriginal-Envelope-Id: env7\n\n"
    b"Final-Recipient: rfc822; Nobody@x.org\nAction: failed\nStatus: 5.0.0\n"
    b"Diagnostic-Code: smtp; 550\n 5.1.1 <nobody@x.org>: unknown\n\n"
    b"Final-Recipient: rfc822; slow@x.org\nAction: delayed\nStatus: 4.4.1 (timeout)\n"
)


def test_a_delivery_status_is_read() -> None:
    """Every recipient, with the precise code; the returned mail is no one's reply."""
    returned = b"Content-Type: message/rfc822\n\nFrom: help@us.example\nMessage-ID: <ours@us>\nSubject: s\n\nour words"
    dsn = b"Content-Type: message/delivery-status\n\n" + DSN
    report = _multi(
        "report", _plain("Could not be delivered."), dsn, returned, more="; report-type=delivery-status"
    )
    message = _read(report)
    assert message.report is not None
    first, second = message.report.recipients
    assert (first.email, first.action, first.status) == ("nobody@x.org", "failed", "5.1.1")
    assert "unknown" in first.diagnostic
    assert (second.email, second.action, second.status) == ("slow@x.org", "delayed", "4.4.1")
    assert (message.report.kind, message.report.original_envelope_id) == ("delivery", "env7")
    assert message.report.original_message_id == "ours@us"
    assert "our words" not in message.reply
    assert "our words" in message.quoted
    assert "our words" in message.text


def test_headers_alone_name_the_returned_mail() -> None:
    """text/rfc822-headers serves as well."""
    headers = b"Content-Type: text/rfc822-headers\n\nMessage-ID: <ours@us>\nSubject: s\n"
    dsn = b"Content-Type: message/delivery-status\n\n" + DSN
    message = _read(_multi("report", _plain("No."), dsn, headers))
    assert message.report is not None
    assert message.report.original_message_id == "ours@us"


def test_read_receipts_and_complaints() -> None:
    """The other reports, by kind."""
    mdn = b"Content-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; a@b.c\nOriginal-Message-ID: <o@us>\n"
    report = _read(_multi("report", _plain("Read."), mdn)).report
    assert report is not None
    assert (report.kind, report.original_message_id) == ("disposition", "o@us")
    arf = b"Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: a@b.c\n"
    report = _read(_multi("report", _plain("Spam."), arf)).report
    assert report is not None
    assert (report.kind, report.recipients[0].email) == ("feedback", "a@b.c")


ICS = """BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:Berlin
BEGIN:STANDARD
DTSTART:19700101T000000
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
SUMMARY:Fix the *login*\\, now
DTSTART;TZID=Europe/Berlin:20260102T100000
ORGANIZER;CN="Person, A":mailto:a@b.c
ATTENDEE;PARTSTAT=DECLINED;CN=Help:MAILTO:help@us.example
END:VEVENT
END:VCALENDAR
"""


def test_an_invitation_is_a_line_and_a_file() -> None:
    """What, when and by whom."""
    part = b"Content-Type: text/calendar; method=REQUEST; charset=utf-8\n\n" + ICS.encode()
    message = _read(_multi("alternative", _plain("Come!"), part))
    assert message.calendar == "REQUEST"
    assert "Come!" in message.text
    assert "Invitation: Fix the \\*login\\*, now, 2026-01-02 10:00 Europe/Berlin" in message.text
    assert "Person, A" in message.text
    assert [f.name for f in message.files] == ["invite.ics"]


def test_an_answer_to_an_invitation() -> None:
    """Who answered what."""
    part = b"Content-Type: text/calendar; charset=utf-8\n\n" + ICS.replace("REQUEST", "REPLY").encode()
    message = _read(part)
    assert message.calendar == "REPLY"
    assert "declined by Help" in message.text


def test_encrypted_and_signed_mails() -> None:
    """Encrypted: said so, and a file. Signed: shown, the signature is a file, the raw stays as it was."""
    pgp = _multi(
        "encrypted",
        b"Content-Type: application/pgp-encrypted\n\nVersion: 1",
        b"Content-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN PGP MESSAGE-----",
    )
    message = _read(pgp)
    assert message.encrypted
    assert "encrypted.asc" in message.text
    assert [f.name for f in message.files] == ["encrypted.asc"]
    smime = _read(b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n\nxyz")
    assert smime.encrypted
    assert smime.files[0].name == "smime.p7m"
    signed = _read(_multi("signed", _plain("I said so"), b"Content-Type: application/pkcs7-signature\n\nsig"))
    assert signed.signed
    assert not signed.encrypted
    assert signed.text == "I said so"
    assert [f.name for f in signed.files] == ["file.p7s"]


def test_a_signed_envelope_is_opened() -> None:
    """The content of an opaque signature is shown; nothing is verified."""
    content = b"Content-Type: text/plain\n\nsealed words"
    octets = (
        b"\x24\x80\x04"
        + bytes((10,))
        + content[:10]
        + b"\x04"
        + bytes((len(content) - 10,))
        + content[10:]
        + b"\0\0"
    )
    inner = b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x80" + octets + b"\0\0\0\0"
    data = b"\x30\x80\x02\x01\x01\x31\x00" + inner + b"\0\0"
    der = b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80" + data + b"\0\0\0\0"
    head = b"Content-Type: application/pkcs7-mime; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n"
    message = _read(head + base64.encodebytes(der))
    assert (message.text, message.signed, message.encrypted) == ("sealed words", True, False)
    assert [f.name for f in message.files] == ["smime.p7m"]


def test_pieces_of_a_mail() -> None:
    """message/partial says which piece it is, and shows it."""
    message = _read(b"Content-Type: message/partial; number=2; total=3; id=x\n\nthe middle")
    assert "part 2 of 3" in message.text
    assert "the middle" in message.text


def test_a_text_that_is_a_file_is_shown_if_there_is_nothing_else() -> None:
    """A log beside a text is a file; alone, it is the text, too."""
    log = b"Content-Type: text/plain; name=a.log\nContent-Disposition: attachment; filename=a.log\n\nerror 7"
    assert "error 7" not in _read(_multi("mixed", _plain("see log"), log)).text
    alone = _read(log)
    assert alone.text == "error 7"
    assert [f.name for f in alone.files] == ["a.log"]


def test_a_long_text_is_shown_in_part_and_kept_whole() -> None:
    """The first megabyte is shown; all of it is a file."""
    message = _read(b"Content-Type: text/plain\n\n" + b"some words here\n" * 100_000)
    assert 1_000_000 < len(message.text) < 1_200_000
    assert [f.size for f in message.files] == [1_600_000]
    assert message.defects


def test_the_head() -> None:
    """Every header that is used, by name."""
    message = _read(
        b"In-Reply-To: <p@x>\nReferences: <r@x>\n <p@x>\nThread-Index: AQHUK7SGyb2wc5IOhUuAQlATdAYRMQ==\n"
        b"Delivered-To: Help+t.x@us.example\nX-Original-To: help@us.example\nReturn-Path: <>\n"
        b"Reply-To: other@b.c\nCc: c1@x.org, C Two <c2@x.org>\nDate: Mon, 1 Jan 2024 10:00:00 +0100\n"
        b"Content-Language: de-DE, en\nX-Two: 1\nX-Two: 2\n\nhello there"
    )
    assert message.message_id == "1@b.c"
    assert (message.in_reply_to, message.references) == (("p@x",), ("r@x", "p@x"))
    assert len(message.thread_index) == 44
    assert message.sender == Address("a@b.c", "A Person")
    assert message.reply_to == (Address("other@b.c"),)
    assert message.cc == (Address("c1@x.org"), Address("c2@x.org", "C Two"))
    assert message.delivered_to == ("help+t.x@us.example", "help@us.example")
    assert (message.return_path, message.date, message.language) == ("", "2024-01-01T09:00:00Z", "de")
    assert message.all_headers("x-two") == ("1", "2")
    assert message.header("subject") == "Hi"


def test_a_text_that_is_not_encoded_as_it_says() -> None:
    """Nothing is lost of one that is called base64, and is none; real base64 with a note below stays it."""
    head = b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"
    assert "just plain words" in _read(head + b"These are just plain words, sent wrongly.\n").text
    assert _read(head + base64.encodebytes(b"real words " * 40)).text.startswith("real words")


def test_html_that_is_not_called_so() -> None:
    """A mail without a type is what it looks like."""
    assert _read(b"\n<html><body><p>seen</p></body></html>").text == "seen"


def test_an_empty_mail_is_unreadable_and_nothing_else_is() -> None:
    """Only where there is nothing at all."""
    for raw in (b"", b"\n", b" \r\n\t\n"):
        with pytest.raises(Unreadable):
            _ = read(BytesSource(raw))
    assert read(BytesSource(b"x")).text == "x"
    assert read(BytesSource(b"Subject: x")).subject == "x"


def test_lines_that_end_in_cr_alone() -> None:
    """As on Macs of old: the same mail."""
    raw = HEAD + _multi("mixed", _plain("one\ntwo"), b"Content-Type: a/b; name=f\n\nxyz")
    old, new = read(BytesSource(raw.replace(b"\n", b"\r"))), read(BytesSource(raw))
    assert (old.text, old.subject, old.files) == (new.text, new.subject, new.files)


HOSTILE = {
    "deep html": b"Content-Type: text/html\n\n" + b"<div>" * 5000 + b"x",
    "tags without end": b"Content-Type: text/html\n\n" + b"<" * 100_000,
    "many alternatives": _multi("alternative", *(b"\nsome words number%d" % n for n in range(1500))),
    "files that never end": b"Subject: x\n\n" + b"begin 644 a\n#0V%T\n" * 5000,
    "yEnc that never ends": b"Subject: x\n\n" + b"=ybegin name=a\n" * 5000,
    "quotes": b"Subject: x\n\n" + b">" * 50_000,
    "padding": b"Content-Transfer-Encoding: base64\n\n" + b"Q=" * 50_000,
    "escapes": b"Content-Type: text/plain; charset=iso-2022-jp\n\n" + b"\x1b$B" * 50_000,
    "a calendar": b"Content-Type: text/calendar\n\nA" + b";a" * 50_000,
    "a report": b"Content-Type: message/delivery-status\n\nA: b\n" + b" c\n" * 20_000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.timeout(20)
def test_hostile_bodies_end_soon(name: str) -> None:
    """Time grows with the length, whatever is in it."""
    _ = read(BytesSource(HOSTILE[name]))


def _is_clean(text: str, *, one_line: bool) -> bool:
    return not any((c < " " and (one_line or c not in "\n\t")) or "\ud800" <= c <= "\udfff" for c in text)


_CORPUS = [
    HEAD + _multi("mixed", _plain("words"), _forward(), _html("<p>more</p>")),
    HEAD + _multi("report", DSN),
]
_PIECES = st.sampled_from(
    [b"\n", b"\r\n", b"--", b"=?utf-8?b?", b"?=", b"\0", b"\xff", b"(", b'"', b"<", b"Content-Type: multipart/mixed\n",
     b"Content-Transfer-Encoding: base64\n", b"Content-Type: message/rfc822\n\n", b"charset=utf-7", b"text/calendar",
     b"application/ms-tnef", b"application/pkcs7-mime", b"message/delivery-status", b"\x1b$B", b"begin 644 a\n"]
)  # fmt: skip


@given(
    st.one_of(
        st.binary(max_size=400),
        st.lists(st.one_of(_PIECES, st.binary(max_size=20)), max_size=30).map(b"".join),
        st.tuples(st.sampled_from(_CORPUS), st.integers(0, 800), st.integers(0, 30), _PIECES).map(
            lambda it: it[0][: it[1]] + it[3] + it[0][it[1] + it[2] :]
        ),
    )
)
def test_any_bytes_are_a_mail(raw: bytes) -> None:
    """Nothing raises but Unreadable; every text is clean, every header is one line."""
    try:
        message = read(BytesSource(raw, 50))
    except Unreadable:
        assert not raw.strip()
        return
    for text in (message.text, message.reply, message.quoted, message.signature):
        assert _is_clean(text, one_line=False)
    for text in (message.subject, message.sender.name, message.sender.email, *dict(message.headers).values()):
        assert _is_clean(text, one_line=True)
    assert all(
        _is_clean(file.name, one_line=True) and file.name == Path(file.name).name for file in message.files
    )
