"""Handing a mail to a server: what is certain, what is in doubt, and who is to blame."""

from __future__ import annotations

import base64
import ssl
import threading
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from connectors.email import smtp as module
from connectors.email.answers import Accepted, InDoubt, Later, Refused, Unreached, given_ids, status_in
from connectors.email.server import Server
from connectors.email.smtp import Smtp
from hub.errors import Misconfigured, SignInFailed, Unavailable
from tests.contract.smtp_world import (
    CUT,
    CUT_BEFORE,
    CUT_IN_DATA,
    TAKE_AND_CUT,
    FaultyServer,
    faulty_server,
)

MAIL = b"Subject: x\r\n\r\n.dot\r\n..\r\nbody\r\n"
TO = ("customer@example.com",)
COPY = "us+copy@example.com"


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server() as world:
        yield world


@pytest.fixture
def calls() -> Counter[str]:
    return Counter()


@pytest.fixture
def smtp(server: FaultyServer, calls: Counter[str]) -> Iterator[Smtp]:
    made = Smtp(at(server), calls)
    yield made
    made.close()


def at(server: FaultyServer, **settings: object) -> Server:
    return Server("127.0.0.1", server.port, security="none", timeout=5, **settings)  # type: ignore[arg-type]


def send(smtp: Smtp, to: tuple[str, ...] = TO, mail: bytes = MAIL, size: int = 0) -> object:
    return smtp.send("us+b.1@example.com", to, [mail], size=size)


def test_many_mails_share_a_connection(smtp: Smtp, server: FaultyServer, calls: Counter[str]) -> None:
    """One sign-in for all; each arrives as it was, to whom it was for."""
    answers = [send(smtp, to=(f"{n}@example.com", COPY)) for n in range(3)]
    assert all(isinstance(it, Accepted) for it in answers)
    assert [it.recipients for it in server.taken] == [(f"{n}@example.com", COPY) for n in range(3)]
    assert {it.raw for it in server.taken} == {MAIL}
    assert calls == {"SMTP connect": 1, "SMTP MAIL": 3}


@given(st.binary(max_size=80).map(lambda it: it.replace(b"\n", b"\r\n.")), st.integers(1, 7))
def test_dots_are_doubled_wherever_the_pieces_end(mail: bytes, width: int) -> None:
    """However a mail is cut, each line that begins with a dot gets another; and one dot ends it."""
    pieces = [mail[at : at + width] for at in range(0, len(mail), width)]
    stuffed = b"".join(module._stuffed(pieces))
    lines = stuffed.split(b"\r\n")
    assert lines[-2:] == [b".", b""]
    assert not any(line == b"." for line in lines[:-2])
    undone = b"\r\n".join(line.removeprefix(b".") for line in lines[:-2])
    assert undone in {mail, mail.removesuffix(b"\r\n")}


def test_a_connection_that_was_dropped_while_idle_is_made_anew(
    smtp: Smtp, server: FaultyServer, calls: Counter[str]
) -> None:
    """The next mail goes over a new connection, once."""
    server.say(".", f"250 OK{CUT_BEFORE}")
    assert isinstance(send(smtp), Accepted)
    assert isinstance(send(smtp), Accepted)
    assert len(server.taken) == 2
    assert calls["SMTP connect"] == 2


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_cut_before_the_mail_is_no_doubt(smtp: Smtp, server: FaultyServer, verb: str) -> None:
    """Nothing of the mail was sent: it can be sent again."""
    server.say(verb, CUT)
    assert isinstance(send(smtp), Unreached)
    assert server.taken == []
    assert isinstance(send(smtp), Accepted)


def test_a_server_that_closes_is_tried_once_more(smtp: Smtp, server: FaultyServer) -> None:
    """421 to a connection that was left over means: enough mails over this one."""
    send(smtp)
    server.say("MAIL", "421 4.7.0 too many mails")
    assert isinstance(send(smtp), Accepted)


@pytest.mark.parametrize("fault", [CUT, TAKE_AND_CUT, CUT_IN_DATA, "999 what"])
def test_once_the_mail_has_begun_every_failure_is_doubt(smtp: Smtp, server: FaultyServer, fault: str) -> None:
    """Whether the server has it cannot be told, and nothing is sent again here."""
    server.say(".", fault)
    answer = send(smtp, mail=MAIL + b"x" * 70 * 100_000)
    assert isinstance(answer, InDoubt)
    assert len(server.taken) == (fault == TAKE_AND_CUT)
    assert isinstance(send(smtp), Accepted)


def test_no_answer_is_doubt(server: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait for the last word ends, too."""
    monkeypatch.setattr(module, "_PATIENCE", 0.01)

    def silence(_line: str) -> str:
        raise EOFError if hold.wait(5) else OSError

    hold = threading.Event()
    server.say(".", silence)
    smtp = Smtp(at(server), Counter())
    try:
        assert send(smtp) == InDoubt("the connection timed out")
    finally:
        hold.set()
        smtp.close()


@pytest.mark.parametrize(
    ("verb", "said", "kind"),
    [
        ("MAIL", "451 4.3.0 full", Later),
        ("RCPT", "450 4.2.1 greylisted", Later),
        ("RCPT", "550 5.1.1 no such user", Refused),
        ("DATA", "554 5.5.1 no", Refused),
        (".", "452 4.3.1 disk", Later),
        (".", "554 5.7.1 spam", Refused),
        (".", "421 4.3.2 going down", Later),
    ],
)
def test_the_server_s_word(smtp: Smtp, server: FaultyServer, verb: str, said: str, kind: type) -> None:
    """4xx is later, 5xx never; the reason is the server's; the connection is good for the next mail."""
    server.say(verb, said)
    answer = send(smtp)
    assert isinstance(answer, kind)
    assert answer == kind(said)
    assert isinstance(send(smtp), Accepted)


def test_a_copy_that_is_refused_does_not_stop_the_mail(smtp: Smtp, server: FaultyServer) -> None:
    """The recipient gets it; the answer says that no copy was made."""
    server.say("RCPT", "250 OK", "550 5.1.1 no copies")
    answer = send(smtp, to=(*TO, COPY))
    assert isinstance(answer, Accepted)
    assert answer.refused == {COPY: "550 5.1.1 no copies"}
    assert server.taken[0].recipients == TO


def test_without_its_recipient_a_mail_goes_to_nobody(smtp: Smtp, server: FaultyServer) -> None:
    """A copy alone would be evidence of what never was."""
    server.say("RCPT", "550 5.1.1 no such user")
    assert isinstance(send(smtp, to=(*TO, COPY)), Refused)
    assert server.taken == []


def test_bounces_of_the_copy_are_not_wanted(smtp: Smtp, server: FaultyServer) -> None:
    """They would come to the address that names the mail, and say nothing of its recipient."""
    send(smtp, to=(*TO, COPY))
    assert [it.partition("> ")[2] for it in server.lines if it.startswith("RCPT")] == [
        "NOTIFY=FAILURE,DELAY",
        "NOTIFY=NEVER",
    ]


def test_a_mail_that_is_too_large_is_not_sent(smtp: Smtp, server: FaultyServer) -> None:
    """The reason names both sizes; nothing was sent to find out."""
    answer = send(smtp, size=30_000_001)
    assert isinstance(answer, Refused)
    assert "30,000,001" in answer.text and "30,000,000" in answer.text
    assert not any(it.startswith("MAIL") for it in server.lines)
    send(smtp, size=1000)
    assert any("SIZE=1000" in it for it in server.lines)


def test_an_address_beyond_ascii(calls: Counter[str]) -> None:
    """It needs a server that takes it, and says so to one that does."""
    with faulty_server() as plain:
        smtp = Smtp(at(plain), calls)
        answer = send(smtp, to=("änn@example.com",))
        smtp.close()
    assert isinstance(answer, Refused)
    assert "SMTPUTF8" in answer.text
    with faulty_server(extensions=("SMTPUTF8", "8BITMIME")) as able:
        smtp = Smtp(at(able), calls)
        assert isinstance(send(smtp, to=("änn@example.com",)), Accepted)
        smtp.close()
    assert any(it.endswith(" BODY=8BITMIME SMTPUTF8") for it in able.lines)


@pytest.mark.parametrize("mechanisms", ["PLAIN LOGIN", "LOGIN", "PLAIN"])
def test_signing_in_with_a_password(mechanisms: str) -> None:
    """By whichever way the server offers, passwords beyond ASCII too."""
    with faulty_server(extensions=(f"AUTH {mechanisms}",)) as server:
        smtp = Smtp(at(server, user="ann@example.com", password="pässword"), Counter())
        assert isinstance(send(smtp), Accepted)
        smtp.close()
    decoded = b" ".join(_decoded(word) for line in server.lines for word in line.split(" "))
    assert "pässword".encode() in decoded and b"ann@example.com" in decoded


def _decoded(word: str) -> bytes:
    try:
        return base64.b64decode(word, validate=True)
    except ValueError:
        return b""


def test_signing_in_with_a_token(server: FaultyServer) -> None:
    """XOAUTH2; the token is asked for at every connection."""
    smtp = Smtp(at(server, user="ann@example.com", token=lambda: "tok-1"), Counter())
    assert isinstance(send(smtp), Accepted)
    smtp.close()
    said = next(it for it in server.lines if it.startswith("AUTH XOAUTH2 "))
    assert base64.b64decode(said.split()[2]) == b"user=ann@example.com\1auth=Bearer tok-1\1\1"


@pytest.mark.parametrize("settings", [{"password": "s3cr3t-pass-word-for-test"}, {"token": lambda: "s3cr3t"}])
def test_a_sign_in_that_fails_says_no_secret(server: FaultyServer, settings: dict[str, object]) -> None:
    """Even where the server repeats what it got."""
    first = "334 eyJzdGF0dXMiOiI0MDAifQ==" if "token" in settings else "535 5.7.8"
    server.say("AUTH", lambda line: f"{first} {line}" if "token" not in settings else first)
    smtp = Smtp(at(server, user="ann@example.com", **settings), Counter())
    with pytest.raises(SignInFailed) as caught:
        send(smtp)
    assert "s3cr3t" not in str(caught.value)
    assert base64.b64encode(b"\0ann@example.com\0s3cr3t-pass-word-for-test").decode() not in str(caught.value)
    assert "ann@example.com" in str(caught.value)


@pytest.mark.parametrize(
    ("verb", "said"), [("GREETING", CUT), ("GREETING", "554 no"), ("EHLO", CUT), ("AUTH", "454 4.7.0 later")]
)
def test_a_server_out_of_order_is_unavailable(server: FaultyServer, verb: str, said: str) -> None:
    """It is not the mail's fault."""
    server.say(verb, said, said)
    smtp = Smtp(at(server, user="u", password="p"), Counter())
    with pytest.raises(Unavailable):
        send(smtp)


def test_nobody_there(server: FaultyServer) -> None:
    """A closed port, and a server without the encryption that was asked for."""
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1 "):
        send(Smtp(Server("127.0.0.1", 1, security="none", timeout=2), Counter()))
    with pytest.raises(Unavailable, match="STARTTLS"):
        send(Smtp(Server("127.0.0.1", server.port, security="starttls", timeout=2), Counter()))


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_encrypted(security: str, tmp_path: Path) -> None:
    """With a certificate that is trusted, and never without one."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    extensions = ("STARTTLS", "AUTH PLAIN") if security == "starttls" else ("AUTH PLAIN",)
    with faulty_server(tls=context, extensions=extensions) as server:
        trusting = replace(at(server, user="u", password="p", ca=str(tmp_path / "ca.pem")), security=security)
        smtp = Smtp(trusting, Counter())
        assert isinstance(send(smtp), Accepted)
        smtp.close()
        with pytest.raises(Unavailable, match="certificate"):
            send(Smtp(replace(trusting, ca=None), Counter()))
        with pytest.raises(Misconfigured, match="nowhere"):
            send(Smtp(replace(trusting, ca="/nowhere.pem"), Counter()))
    assert sum(it.startswith("AUTH") for it in server.lines) == 1


def test_a_server_that_wants_a_sign_in(smtp: Smtp, server: FaultyServer) -> None:
    """530 is about us, not about the mail."""
    server.say("MAIL", "530 5.7.0 Authentication required")
    with pytest.raises(SignInFailed):
        send(smtp)


def test_a_stream_that_breaks_leaves_no_mail(smtp: Smtp, server: FaultyServer) -> None:
    """The connection is ended without the dot: the server has to forget what it got."""

    def broken() -> Iterator[bytes]:
        yield MAIL
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        smtp.send("a@b.c", TO, broken())
    assert isinstance(send(smtp), Accepted)
    assert len(server.taken) == 1


def test_a_large_mail_is_not_held() -> None:
    """Its pieces pass through one by one."""
    tracemalloc.start()
    for _ in module._stuffed(b"x" * 65536 + b"\r\n" for _ in range(200)):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


def test_ids_that_providers_give() -> None:
    """Amazon says the new id in its answer, Exchange the one it kept; others say nothing of the kind."""
    ses = "250 Ok 0102019a1b2c3d4e-aaaabbbb-cccc-dddd-eeee-ffff00001111-000000"
    assert given_ids("email-smtp.eu-west-1.amazonaws.com", ses) == (
        "0102019a1b2c3d4e-aaaabbbb-cccc-dddd-eeee-ffff00001111-000000@eu-west-1.amazonses.com",
    )
    assert given_ids("email-smtp.us-east-1.amazonaws.com", ses)[0].endswith("@email.amazonses.com")
    assert given_ids("mail.example.com", ses) == ()
    exchange = "250 2.6.0 <AB12@EUR01.prod.exchangelabs.com> [InternalId=1, Hostname=x] Queued mail"
    assert given_ids("smtp.office365.com", exchange) == ("AB12@EUR01.prod.exchangelabs.com",)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("550 5.1.1 no", "5.1.1"),
        ("550 no 10.0.0.1", ""),
        ("250 2.0.0 OK", "2.0.0"),
        ("550-5.7.26 x", "5.7.26"),
    ],
)
def test_status_codes(text: str, status: str) -> None:
    """The enhanced code stands on its own; an address of a machine is none."""
    assert status_in(text) == status
