"""Unmodified clients at the stand-in and at Dovecot and Exim: what they ask, they get, alike."""

from __future__ import annotations

import imaplib
import os
import re
import smtplib
import threading
import time
from collections.abc import Iterator

import imapclient
import pytest
from imapclient.exceptions import IMAPClientError, LoginError

from tests.mailservers import MailServer, wait_until
from tests.sandbox.email.mails import MULTIPART, PLAIN, mail


@pytest.fixture
def client(mail_server: MailServer) -> Iterator[imapclient.IMAPClient]:
    with _client(mail_server) as client:
        client.login(mail_server.address, str(mail_server.imap.password))
        yield client


def _client(server: MailServer) -> imapclient.IMAPClient:
    return imapclient.IMAPClient(server.imap.host, server.imap.port, ssl=False, timeout=20)


class TestSigningIn:
    """Passwords and tokens, good and bad."""

    def test_password(self, mail_server: MailServer) -> None:
        with _client(mail_server) as client:
            with pytest.raises(LoginError, match=r"\[AUTHENTICATIONFAILED\] Authentication failed\."):
                client.login(mail_server.address, "wrong")
            client.plain_login(mail_server.address, str(mail_server.imap.password))
            assert client.has_capability("MOVE")

    def test_xoauth2(self, mail_server: MailServer) -> None:
        """A lapsed token is answered with a challenge that says so, then refused; a good one signs in."""
        with _client(mail_server) as client:
            with pytest.raises(LoginError, match="Authentication failed"):
                client.oauth2_login(mail_server.address, mail_server.expired_token)
            client.oauth2_login(mail_server.address, mail_server.token)
            client.select_folder("INBOX")

    def test_the_challenge_of_a_bad_token(self, mail_server: MailServer) -> None:
        heard: list[bytes] = []
        with imaplib.IMAP4(mail_server.imap.host, mail_server.imap.port) as session:

            def answer(challenge: bytes) -> bytes:
                heard.append(challenge)
                bearer = f"user={mail_server.address}\x01auth=Bearer {mail_server.expired_token}\x01\x01"
                return bearer.encode() if len(heard) == 1 else b""

            with pytest.raises(imaplib.IMAP4.error):
                session.authenticate("XOAUTH2", answer)
        assert heard[1].startswith(b'{"status":"') and b'"schemes":"bearer"' in heard[1]


class TestReading:
    """What lies in a mailbox comes out as it went in."""

    def test_bytes_and_facts(self, mail_server: MailServer, client: imapclient.IMAPClient) -> None:
        mail_server.deliver(PLAIN)
        mail_server.deliver(MULTIPART)
        client.select_folder("INBOX", readonly=True)
        uids = client.search("ALL")
        got = client.fetch(uids, ["BODY.PEEK[]", "RFC822.SIZE", "INTERNALDATE", "ENVELOPE", "FLAGS"])
        assert [row[b"BODY[]"] for row in got.values()] == [PLAIN, MULTIPART]
        assert [row[b"RFC822.SIZE"] for row in got.values()] == [len(PLAIN), len(MULTIPART)]
        assert got[uids[0]][b"ENVELOPE"].message_id == b"<1@x.example>"
        assert not any(b"\\Seen" in row[b"FLAGS"] for row in got.values())
        assert all(row[b"INTERNALDATE"] for row in got.values())

    def test_any_byte(self, mail_server: MailServer, client: imapclient.IMAPClient) -> None:
        """8-bit bytes stay; a bare LF becomes CRLF and NUL becomes 0x80, as Dovecot has it."""
        odd = bytes(byte for byte in range(1, 256) if byte not in b"\r\n") * 3
        mail_server.deliver(mail(1, odd + b"\nline\r\n"))
        client.select_folder("INBOX")
        [row] = client.fetch(client.search(), ["BODY.PEEK[TEXT]"]).values()
        assert row[b"BODY[TEXT]"] == odd + b"\r\nline\r\n"

    def test_a_large_mail_by_parts(self, mail_server: MailServer, client: imapclient.IMAPClient) -> None:
        big = mail(1, os.urandom(1_500_000).hex().encode() + b"\r\n")
        mail_server.deliver(big)
        client.select_folder("INBOX")
        [uid] = client.search()
        pieces = []
        for start in range(0, len(big), 700_000):
            row = client.fetch([uid], [f"BODY.PEEK[]<{start}.700000>"])[uid]
            pieces.append(row[f"BODY[]<{start}>".encode()])
        assert b"".join(pieces) == big

    def test_reading_sets_seen_unless_peeked(self, mail_server: MailServer, client: imapclient.IMAPClient) -> None:
        mail_server.deliver(PLAIN)
        client.select_folder("INBOX")
        [uid] = client.search("UNSEEN")
        client.fetch([uid], ["BODY.PEEK[]"])
        assert client.search("UNSEEN") == [uid]
        client.fetch([uid], ["BODY[]"])
        assert client.search("UNSEEN") == []

    def test_the_star_always_means_the_last(self, mail_server: MailServer, client: imapclient.IMAPClient) -> None:
        mail_server.deliver(PLAIN)
        mail_server.deliver(MULTIPART)
        client.select_folder("INBOX")
        last = client.search()[-1]
        assert client.search(["UID", f"{last + 1000}:*"]) == [last]
        assert client.search(["UID", f"{last + 1000}:{last + 2000}"]) == []


class TestNumbers:
    """UIDs and UIDVALIDITY name a mail for ever, or say that they no longer do."""

    def test_uids_only_grow(self, mail_server: MailServer, client: imapclient.IMAPClient) -> None:
        mail_server.deliver(mail(1))
        first = client.select_folder("INBOX")
        client.delete_messages(client.search())
        client.expunge()
        mail_server.deliver(mail(2))
        again = client.select_folder("INBOX")
        assert again[b"UIDVALIDITY"] == first[b"UIDVALIDITY"]
        assert again[b"UIDNEXT"] > first[b"UIDNEXT"]
        assert client.search() == [first[b"UIDNEXT"]]

    def test_a_new_uidvalidity(self, mail_server: MailServer) -> None:
        mail_server.deliver(mail(1))
        mail_server.deliver(mail(2))
        seen = []
        for _ in range(2):
            with _client(mail_server) as client:
                client.login(mail_server.address, str(mail_server.imap.password))
                seen.append((client.select_folder("INBOX")[b"UIDVALIDITY"], client.search()))
            mail_server.new_uidvalidity()
        assert seen[0][0] != seen[1][0]
        assert seen[1][1] == [1, 2]

    def test_a_mailbox_made_anew(self, mail_server: MailServer, client: imapclient.IMAPClient) -> None:
        mail_server.create("Team")
        before = client.folder_status("Team", ["UIDVALIDITY"])[b"UIDVALIDITY"]
        mail_server.remove("Team")
        with pytest.raises(IMAPClientError, match="Mailbox doesn't exist: Team"):
            client.select_folder("Team")
        mail_server.create("Team")
        assert client.folder_status("Team", ["UIDVALIDITY"])[b"UIDVALIDITY"] != before

    def test_modseq(self, mail_server: MailServer, client: imapclient.IMAPClient) -> None:
        """With CONDSTORE, what changed since a moment can be asked for."""
        mail_server.deliver(mail(1))
        mail_server.deliver(mail(2))
        client.enable("CONDSTORE")
        before = client.select_folder("INBOX")[b"HIGHESTMODSEQ"]
        uid = client.search()[0]
        mail_server.read_all()
        client.noop()
        changed = client.fetch(client.search(), ["FLAGS"], [f"CHANGEDSINCE {before}"])
        assert uid in changed and b"\\Seen" in changed[uid][b"FLAGS"]
        assert client.search(["MODSEQ", str(before + 1)])


class TestActing:
    """Flags, folders, copies, and what others see of them."""

    def test_append_move_expunge(self, client: imapclient.IMAPClient) -> None:
        told = client.append("INBOX", PLAIN, flags=[b"\\Seen", b"urgent"])
        uid = int(re.findall(rb"APPENDUID \d+ (\d+)", told)[0])
        client.select_folder("INBOX")
        assert set(client.get_flags([uid])[uid]) >= {b"\\Seen", b"urgent"}
        client.copy([uid], "Junk")
        client.move([uid], "Sent")
        assert client.search() == []
        for folder in ("Junk", "Sent"):
            assert client.select_folder(folder)[b"EXISTS"] == 1
        client.delete_messages(client.search())
        client.uid_expunge(client.search())
        assert client.search() == []

    def test_special_folders(self, client: imapclient.IMAPClient) -> None:
        assert client.find_special_folder(b"\\Sent") == "Sent"
        assert client.find_special_folder(b"\\Junk") == "Junk"

    def test_idle_hears_of_new_mail(self, mail_server: MailServer, client: imapclient.IMAPClient) -> None:
        mail_server.deliver(mail(1))
        client.select_folder("INBOX")
        client.idle()
        bringer = threading.Thread(target=mail_server.deliver, args=(mail(2),))
        bringer.start()
        heard: list[tuple[object, ...]] = []

        def told() -> bool:
            heard.extend(client.idle_check(timeout=0.2))
            return (2, b"EXISTS") in heard

        wait_until(told, "EXISTS during IDLE")
        bringer.join()
        client.idle_done()
        assert len(client.search()) == 2

    def test_what_another_session_removes(self, mail_server: MailServer, client: imapclient.IMAPClient) -> None:
        """Another session's expunge is told with the next command, and sequence numbers move only then."""
        for number in range(3):
            mail_server.deliver(mail(number))
        client.select_folder("INBOX")
        uids = client.search()
        mail_server.move_all("INBOX", "Junk")
        assert client.fetch(uids[:1], ["BODY.PEEK[HEADER]"])  # not told yet
        client.noop()
        assert client.search() == []
        assert client.fetch(uids, ["FLAGS"]) == {}

    def test_imaplib(self, mail_server: MailServer) -> None:
        """The standard library's client, with names that must be quoted."""
        with imaplib.IMAP4(mail_server.imap.host, mail_server.imap.port) as session:
            session.login(mail_server.address, str(mail_server.imap.password))
            for name in ('"Fran&AOc-ais"', '"two words"'):
                assert session.create(name)[0] == "OK"
                assert session.append(name, "(\\Seen)", imaplib.Time2Internaldate(1_772_000_000), PLAIN)[0] == "OK"
                session.select(name)
                [(fact, raw), _] = session.fetch("1", "(INTERNALDATE BODY.PEEK[])")[1]  # type: ignore[misc]
                assert raw == PLAIN
                assert imaplib.Internaldate2tuple(fact) == time.localtime(1_772_000_000)
            assert session.uid("SEARCH", "HEADER", "Message-ID", '"<nothing@x>"') == ("OK", [b""])
            assert session.unselect()[0] == "OK"


class TestSending:
    """Mail goes out by SMTP and comes back in, as it was written."""

    def test_to_the_house(self, mail_server: MailServer) -> None:
        mail_server.send(mail(1), "ann@x.example", mail_server.address.replace("@", "+t.abc.def@"))
        [raw] = mail_server.mails_in(at_least=1)
        top = raw.partition(b"From: ann@x.example")[0].decode()
        assert "Return-Path: <ann@x.example>" in top
        assert "Delivered-To: support+t.abc.def@helpdesk.example" in top
        assert top.index(f"Authentication-Results: {mail_server.mx}") < top.rindex("Received: from ")
        assert raw.endswith(mail(1))

    def test_dots_and_long_lines(self, mail_server: MailServer) -> None:
        body = b".\r\n..\r\n.x\r\n\r\n" + b"y" * 900 + b"\r\n..end.\r\n.\r\n"
        with _smtp(mail_server) as session:
            session.sendmail(mail_server.address, ["joe@x.example", "mia@y.example"], mail(1, body))
        for address in ("joe@x.example", "mia@y.example"):
            [raw] = mail_server.mails_of(address, at_least=1)
            assert raw.endswith(b"\r\n\r\n" + body)

    def test_who_does_not_exist(self, mail_server: MailServer) -> None:
        with _smtp(mail_server) as session:
            session.mail(mail_server.address)
            assert (session.rcpt("nobody@helpdesk.example")[0], session.rcpt("a@b.defer")[0]) == (550, 451)
            assert session.rcpt("joe@x.example")[0] == 250
            assert session.rset()[0] == 250

    def test_a_bounce(self, mail_server: MailServer) -> None:
        """What cannot be delivered comes back to the envelope's sender as a report of RFC 3464."""
        with _smtp(mail_server) as session:
            session.sendmail("bounces+o.17@helpdesk.example", ["gone@x.fail"], mail(1))
        [raw] = mail_server.mails_in(at_least=1)
        assert b"Return-Path: <>" in raw and b"report-type=delivery-status" in raw
        assert b"bounces+o.17@helpdesk.example" in raw.partition(b"\r\n\r\n")[0]
        assert re.search(rb"Final-Recipient: rfc822; ?gone@x.fail", raw) and b"Action: failed" in raw
        assert b"Message-ID: <m1@x.example>" in raw

    def test_too_large(self, mail_server: MailServer) -> None:
        with _smtp(mail_server) as session:
            session.ehlo_or_helo_if_needed()
            assert session.mail(mail_server.address, ["SIZE=99000000"])[0] == 552

    def test_relaying_wants_a_sign_in(self, mail_server: MailServer) -> None:
        with smtplib.SMTP(mail_server.smtp.host, mail_server.smtp.port) as session:
            session.ehlo()
            session.mail("ann@x.example")
            assert session.rcpt("joe@x.example")[0] in {550, 554}
            assert session.docmd("AUTH", "PLAIN AAAA")[0] == 503
            session.rset()
            with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
                session.login(mail_server.address, "wrong")
            assert refused.value.smtp_code == 535


def _smtp(server: MailServer) -> smtplib.SMTP:
    session = smtplib.SMTP(server.smtp.host, server.smtp.port, timeout=20)
    session.login(server.address, str(server.smtp.password))
    return session
