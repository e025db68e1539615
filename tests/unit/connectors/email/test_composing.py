"""What mails of ours are made of: they say what was given, and nothing that was not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.utils import getaddresses

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.email import composing
from connectors.email import header_writing as write
from connectors.email.composing import Enclosure, Head, Shape
from connectors.email.model import Address

AT = "2026-03-04T05:06:07Z"
INJECTED = "Bcc"
nasty = st.one_of(
    st.text(max_size=120),
    st.text(alphabet="ab ,;:<>\"'\\()[]@=?%*\r\n\t\0\x0b\x85\u2028éшאﷺ😀\u202e", max_size=60),
    st.sampled_from(
        [
            f"x\r\n{INJECTED}: evil@example.com",
            f"x\n{INJECTED}: evil@example.com\n\nbody",
            "=?utf-8?q?a_b?=",
            'Ünïcödé, Dr. "No" <a@b>',
            "א" * 100,
            "😀" * 60,
            "a" * 1500,
            "word " * 300,
        ]
    ),
)


def composed(
    *,
    subject: str = "Hello",
    author: str = "Ann",
    to: Sequence[Address] = (Address("customer@example.com", "Cus Tomer"),),
    cc: Sequence[Address] = (),
    text: str = "Hello\n",
    html: str = "<p>Hello</p>",
    files: Sequence[Enclosure] = (),
    references: Sequence[str] = (),
    machine: bool = False,
) -> bytes:
    shape = Shape("seed", any(f.content_id for f in files), any(not f.content_id for f in files))
    head = Head(
        "o.1@acme.example", Address("support@acme.example", author), to, cc,
        "support+t.x.y@acme.example", subject, AT, references, ("X-Loop", "hub;1"), "en", machine,
    )  # fmt: skip
    return composing.head(head, shape).encode() + b"".join(composing.body(text, html, files, shape))


def parsed(raw: bytes) -> EmailMessage:
    found = message_from_bytes(raw, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def lines_are_sound(raw: bytes) -> None:
    """CRLF only, ASCII only, no line longer than RFC 5322 allows."""
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


def enclosed(name: str, data: bytes, cid: str = "", kind: str = "application/pdf") -> Enclosure:
    return Enclosure(name, kind, lambda: [data], cid)


@given(subject=nasty, author=nasty, name=nasty, follower=nasty)
@settings(max_examples=300, deadline=None)
@example(subject="", author="", name="", follower="")
def test_whatever_the_names_the_header_says_them_and_no_more(
    subject: str, author: str, name: str, follower: str
) -> None:
    """Names and subjects are read back as they were, on one line each; no field is added."""
    raw = composed(
        subject=subject, author=author,
        to=[Address("customer@example.com", name)], cc=[Address("f@example.com", follower)],
    )  # fmt: skip
    lines_are_sound(raw)
    # The old parser splits fields without interpreting them: the second opinion.
    mail = message_from_bytes(raw)
    assert mail.keys() == [
        "Date", "From", "Reply-To", "To", "Cc", "Subject", "Message-ID", "Content-Language", "X-Loop",
        "MIME-Version", "Content-Type",
    ]  # fmt: skip
    assert str(parsed(raw)["Subject"]).strip() == write.cleaned(subject)
    assert shown(mail, "Subject") == write.cleaned(subject)
    for field, email, said in (
        ("From", "support@acme.example", author),
        ("To", "customer@example.com", name),
        ("Cc", "f@example.com", follower),
    ):
        [(phrase, address)] = getaddresses([re.sub(r"\r\n", "", str(mail[field]))])
        assert address == email
        assert str(make_header(decode_header(phrase))) == write.cleaned(said)


def shown(mail: Message, field: str) -> str:
    return str(make_header(decode_header(re.sub(r"\r\n", "", str(mail[field])))))


@given(name=nasty, data=st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_a_file_arrives_with_its_name_and_bytes(name: str, data: bytes) -> None:
    """Whatever it is called, a file is read back under that name, byte for byte."""
    raw = composed(files=[enclosed(name, data)])
    lines_are_sound(raw)
    [file] = parsed(raw).iter_attachments()
    # Not `get_filename`: it takes the quotes off a name that has some.
    assert file["Content-Disposition"].params["filename"] == (write.cleaned(name) or "file")
    assert file.get_content() == data


@given(text=st.text(max_size=400), html=st.text(max_size=400))
@settings(max_examples=200, deadline=None)
@example(text=".\n..\n.", html=".\r\n")
@example(text="From me \n trailing  \n\tq", html="=20 =\n")
def test_text_arrives_as_it_was(text: str, html: str) -> None:
    """Both texts are read back; only their line breaks and what cannot be seen are made one kind."""
    raw = composed(text=text, html=html)
    lines_are_sound(raw)
    mail = parsed(raw)
    for kind, given_text in (("plain", text), ("html", html)):
        part = mail.get_body((kind,))
        assert part is not None
        expected = re.sub(r"\r\n?", "\n", given_text)
        expected = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", " ", expected).encode("utf-8", "replace").decode()
        expected = expected if expected.endswith("\n") else expected + "\n"
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        assert payload.decode() == expected.replace("\n", "\r\n")


def test_the_same_values_make_the_same_bytes() -> None:
    """Nothing is drawn or read from a clock."""
    files = [enclosed("a.pdf", b"1"), enclosed("p.png", b"2", "p1", "image/png")]
    assert composed(files=files) == composed(files=files)


def test_pictures_lie_beside_the_text_that_shows_them() -> None:
    """`cid:` pictures are in multipart/related with the HTML; other files are attached."""
    raw = composed(files=[enclosed("a.pdf", b"1"), enclosed("p.png", b"2", "p1@x", "image/png")])
    assert [part.get_content_type() for part in parsed(raw).walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/pdf",
    ]
    picture = next(p for p in parsed(raw).walk() if p.get_content_type() == "image/png")
    assert picture["Content-ID"] == "<p1@x>"
    assert picture.get_content_disposition() == "inline"


@pytest.mark.parametrize(
    "kind", ["message/rfc822", "multipart/mixed; boundary=x", "a b", "x/y\r\nBcc: z", ""]
)
def test_a_content_type_cannot_break_the_mail(kind: str) -> None:
    """What cannot be a file in base64, or is no type at all, is sent as mere bytes."""
    [file] = parsed(composed(files=[enclosed("m.eml", b"x: y\r\n\r\nz", kind=kind)])).iter_attachments()
    assert file.get_content_type() == "application/octet-stream"
    assert file.get_content() == b"x: y\r\n\r\nz"


def test_a_large_file_is_streamed() -> None:
    """The pieces of a file go through one by one."""
    pieces = (b"x" * 1000 for _ in range(1000))
    body = composing.body("t", "h", [Enclosure("f", "a/b", lambda: pieces)], Shape("s", False, True))
    assert max(len(piece) for piece in body) < 3000


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Printer", "Re: Printer"),
        ("Re: Printer", "Re: Printer"),
        ("RE: AW: Re[2]: Printer", "Re: Printer"),
        ("Отв: Принтер", "Re: Принтер"),
        ("Reply: x", "Re: Reply: x"),
        ("Regarding", "Re: Regarding"),
        ("", "Re:"),
        ("a\r\nBcc: x", "Re: a Bcc: x"),
    ],
)
def test_an_answer_says_re_once(subject: str, expected: str) -> None:
    """However many there were, in whatever language."""
    assert composing.subject_of_answer(subject) == expected


def test_references_keep_the_root_and_the_newest() -> None:
    """At most twenty ids: the root, and the newest nineteen, the last one last; no bad one."""
    ids = composing.lineage("root@x", [f"m{n}@x" for n in range(40)] + ["bad id", "a\r\nb", "m39@x", ""])
    assert len(ids) == 20
    assert ids[0] == "root@x"
    assert ids[-1] == "m39@x"
    raw = composed(references=ids)
    mail = message_from_bytes(raw)
    assert mail["In-Reply-To"] == "<m39@x>"
    assert str(mail["References"]).split() == [f"<{it}>" for it in ids]
    lines_are_sound(raw)


def test_only_a_machine_says_that_it_is_one() -> None:
    """An agent's answer must not be dropped as automatic."""
    assert parsed(composed())["Auto-Submitted"] is None
    assert parsed(composed(machine=True))["Auto-Submitted"] == "auto-generated"
    assert parsed(composed(machine=True))["X-Auto-Response-Suppress"] == "All"


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("ann@example.com", "ann@example.com"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("änn@example.com", "änn@example.com"),
        ("a..b@docomo.example", "a..b@docomo.example"),
        ('"a b"@example.com', '"a b"@example.com'),
        ("a@[127.0.0.1]", "a@[127.0.0.1]"),
    ],
)
def test_addresses_that_mail_knows(email: str, expected: str) -> None:
    """Domains are written in ASCII."""
    assert write.mailable(email) == expected


@pytest.mark.parametrize(
    "email",
    [
        "", "ann", "ann@", "@example.com", "a b@example.com", "a@b c", "a@b\r\nRCPT TO:<x@y>", "a\nb@c.d", "<a@b>",
        "a>@b.c", "a,b@c.d", "jira:123", "a@-", f"{'a' * 65}@x.y", "a@..", "a@b..c", "\ud800@x.y",
    ],
)  # fmt: skip
def test_addresses_that_would_break_an_envelope(email: str) -> None:
    """No mail is tried to what could be read as something else than one address."""
    with pytest.raises(write.NotAnAddress):
        write.mailable(email)


@given(st.text(max_size=80))
@settings(max_examples=300)
def test_no_address_holds_a_line_or_a_bracket(email: str) -> None:
    """Whatever passes is one word between the brackets of a command."""
    try:
        found = write.mailable(email)
    except write.NotAnAddress:
        return
    assert not set("\r\n<>\0") & set(found)
